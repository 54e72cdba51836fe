import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DEFAULT_GROUP,
  groupsFault,
  type HubLimits,
  type HubMeta,
  type HubSpec,
  mergeGroups,
  metaText,
  newMeta,
  readMeta,
  type Retention,
  retentionFault,
  specFault,
  writeMeta,
} from './hub-meta.js';
import { nodeDisk } from './log/disk.js';
import { LogError } from './log/log-error.js';

/** A hub as it is declared on disk. */
export interface DeclaredHub {
  readonly folder: string;
  readonly meta: HubMeta;
}

/** Why a change of what is declared is refused; `message` says what to do. */
export interface HubRefusal {
  readonly ok: false;
  readonly reason: 'invalid' | 'exists' | 'missing' | 'in-use' | 'limit';
  readonly message: string;
}
export type HubResult<T> = { readonly ok: true; readonly value: T } | HubRefusal;

export const refused = (reason: HubRefusal['reason'], message: string): HubRefusal => ({ ok: false, reason, message });

/**
 * The hubs declared in a data folder: each sub-folder with a `meta.json`. What it holds may be read and changed only by
 * who has the folder's lock.
 *
 * @throws LogError `corrupt` for a damaged `meta.json`, `config` for two hubs of one name
 */
export async function listHubs(dataDir: string, specs: readonly HubSpec[] = []): Promise<DeclaredHub[]> {
  const bySpec = new Map(specs.map((spec) => [spec.name.toLowerCase(), spec]));
  const names = await readdir(dataDir, { withFileTypes: true }).catch((e: NodeJS.ErrnoException) => {
    if (e.code === 'ENOENT') return [];
    throw e;
  });
  const hubs = new Map<string, DeclaredHub>();
  for (const entry of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory()) continue;
    const folder = join(dataDir, entry.name);
    const meta = await readMeta(join(folder, 'meta.json'), bySpec.get(entry.name.toLowerCase()));
    if (meta === null) continue;
    const key = meta.name.toLowerCase();
    const other = hubs.get(key);
    if (other !== undefined) {
      throw new LogError('config', `${other.folder} and ${folder} both hold the hub ${meta.name}; move one of them away`);
    }
    hubs.set(key, { folder, meta });
  }
  return [...hubs.values()];
}

/** Declares a hub that is not there yet. Its log is made when it is opened. Durable when it resolves. */
export async function declareHub(
  dataDir: string,
  spec: HubSpec,
  { limits, nowMs }: { readonly limits: HubLimits; readonly nowMs: number },
): Promise<HubResult<DeclaredHub>> {
  const fault = specFault(spec, limits);
  if (fault !== null) return refused('invalid', fault);
  const present = await listHubs(dataDir);
  if (present.some(({ meta }) => meta.name.toLowerCase() === spec.name.toLowerCase())) {
    return refused('exists', `there is a hub ${spec.name} already`);
  }
  if (present.length >= limits.hubs) return refused('limit', `there are ${limits.hubs} hubs already, which is the limit`);
  const folder = join(dataDir, spec.name);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const names = await readdir(dataDir);
  const isTaken = names.some((name) => name.toLowerCase() === spec.name.toLowerCase());
  if (isTaken && !(await isEmptyLog(folder))) return refused('exists', `${folder} is there and is no hub; take another name`);
  await mkdir(join(folder, 'log'), { recursive: true, mode: 0o700 });
  const meta = newMeta(spec, nowMs);
  await writeMeta(join(folder, 'meta.json'), meta);
  await nodeDisk.syncFolder(dataDir);
  return { ok: true, value: { folder, meta } };
}

/** Takes back what `declareHub` has done, of a hub that was never open. */
export async function undeclareHub({ folder }: DeclaredHub): Promise<void> {
  await nodeDisk.remove(join(folder, 'meta.json'));
  await nodeDisk.syncFolder(folder);
}

/** A start that was interrupted before it wrote `meta.json` leaves this; there is nothing in it to lose. */
async function isEmptyLog(folder: string): Promise<boolean> {
  const inside = await readdir(folder).catch(() => null);
  if (inside === null || !inside.every((name) => name === 'log' || name === 'meta.json.tmp')) return false;
  return !inside.includes('log') || (await readdir(join(folder, 'log'))).length === 0;
}

/** Changes what a hub's `meta.json` says. Durable when it resolves. */
export async function changeHub(hub: DeclaredHub, meta: HubMeta): Promise<DeclaredHub> {
  await writeMeta(join(hub.folder, 'meta.json'), meta);
  return { folder: hub.folder, meta };
}

/** Writes `meta.json` where options, or this version, add to what it says. */
export async function keepHub(hub: DeclaredHub): Promise<DeclaredHub> {
  const text = await readFile(join(hub.folder, 'meta.json'), 'utf8');
  return text === metaText(hub.meta) ? hub : changeHub(hub, hub.meta);
}

export function withGroup(meta: HubMeta, group: string, limits: HubLimits): HubResult<HubMeta> {
  const fault = groupsFault([group], limits);
  if (fault !== null) return refused('invalid', fault);
  const consumerGroups = mergeGroups(meta.consumerGroups, [group]);
  if (consumerGroups.length === meta.consumerGroups.length) return refused('exists', `there is a group ${group} already`);
  const tooMany = groupsFault(consumerGroups, limits);
  return tooMany === null ? { ok: true, value: { ...meta, consumerGroups } } : refused('limit', tooMany);
}

export function withoutGroup(meta: HubMeta, group: string): HubResult<HubMeta> {
  const key = group.toLowerCase();
  if (key === DEFAULT_GROUP) return refused('invalid', '$Default is part of every hub');
  const consumerGroups = meta.consumerGroups.filter((name) => name.toLowerCase() !== key);
  if (consumerGroups.length === meta.consumerGroups.length) return refused('missing', `there is no group ${group}`);
  return { ok: true, value: { ...meta, consumerGroups } };
}

export function withRetention(meta: HubMeta, retention: Retention): HubResult<HubMeta> {
  const fault = retentionFault(retention);
  return fault === null ? { ok: true, value: { ...meta, retention } } : refused('invalid', fault);
}
