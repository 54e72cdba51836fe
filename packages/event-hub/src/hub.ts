import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.js';
import { HubLog, type LogOptions } from './log/hub-log.js';
import { LogError } from './log/log-error.js';

export const PARTITIONS_MAX = 32;
export const GROUPS_MAX = 20;
export const DEFAULT_GROUP = '$default';

/** A hub as its owner declares it. */
export interface HubSpec {
  readonly name: string;
  /** 1 to 32, fixed once the hub exists. */
  readonly partitions: number;
  /** Besides `$Default`, which is always there. */
  readonly consumerGroups: readonly string[];
}

const Meta = z.object({
  format: z.literal(1),
  hubId: z.uuid(),
  name: z.string(),
  createdMs: z.number(),
  partitions: z.number().int().min(1).max(PARTITIONS_MAX),
});
type Meta = z.infer<typeof Meta>;

/** A hub that is open. Names in lower case, as they compare. */
export interface Hub {
  readonly name: string;
  readonly createdMs: number;
  readonly partitions: number;
  readonly groups: ReadonlySet<string>;
  readonly log: HubLog;
}

/** Opens the hub in `<dataDir>/<name>`, making it on first start. @throws LogError `config` or `corrupt` */
export async function openHub(
  dataDir: string,
  spec: HubSpec,
  log: Omit<LogOptions, 'folder' | 'hubId' | 'partitionCount'>,
): Promise<Hub> {
  checkSpec(spec);
  const folder = join(dataDir, spec.name);
  await mkdir(join(folder, 'log'), { recursive: true, mode: 0o700 });
  const meta = await openMeta(join(folder, 'meta.json'), spec, log.clock.wallMs());
  return {
    name: spec.name.toLowerCase(),
    createdMs: meta.createdMs,
    partitions: meta.partitions,
    groups: new Set([DEFAULT_GROUP, ...spec.consumerGroups.map((g) => g.toLowerCase())]),
    log: await HubLog.open({ ...log, folder: join(folder, 'log'), hubId: meta.hubId, partitionCount: meta.partitions }),
  };
}

function checkSpec({ name, partitions, consumerGroups }: HubSpec): void {
  const isName = (text: string): boolean => /^[a-z0-9$][a-z0-9._-]{0,49}$/i.test(text);
  if (!isName(name) || !consumerGroups.every(isName)) throw new LogError('config', 'hub and group names: letters, digits, . _ -');
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    throw new LogError('config', `a hub has 1 to ${PARTITIONS_MAX} partitions`);
  }
  if (consumerGroups.length > GROUPS_MAX) throw new LogError('config', `a hub has at most ${GROUPS_MAX} consumer groups`);
}

async function openMeta(path: string, spec: HubSpec, nowMs: number): Promise<Meta> {
  const text = await readFile(path, 'utf8').catch((e: NodeJS.ErrnoException) => {
    if (e.code === 'ENOENT') return null;
    throw e;
  });
  if (text === null) {
    const meta: Meta = { format: 1, hubId: randomUUID(), name: spec.name, createdMs: nowMs, partitions: spec.partitions };
    await writeFileAtomically(path, `${JSON.stringify(meta, null, 2)}\n`);
    return meta;
  }
  let meta: Meta;
  try {
    meta = Meta.parse(JSON.parse(text));
  } catch (cause) {
    throw new LogError('corrupt', `${path} is damaged or of a later version; restore it from a backup`, cause);
  }
  if (meta.partitions === spec.partitions) return meta;
  throw new LogError(
    'config',
    `hub ${spec.name} has ${meta.partitions} partitions, not ${spec.partitions}; this can't be changed later`,
  );
}
