import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.js';
import { LogError } from './log/log-error.js';

/** How many there may be. Settable up to 100 each; the defaults are those of the service's standard tier. */
export interface HubLimits {
  /** Hubs of this data folder. */
  readonly hubs: number;
  /** Partitions of a hub. */
  readonly partitions: number;
  /** Consumer groups of a hub besides `$Default`. */
  readonly groups: number;
}

export const STANDARD_LIMITS: HubLimits = { hubs: 10, partitions: 32, groups: 20 };
const CEILING = 100;

/** Of all limits those of hubs, with the defaults for what is not given. */
export function hubLimitsOf(given: Partial<HubLimits> = {}): HubLimits {
  const { hubs, partitions, groups } = { ...STANDARD_LIMITS, ...given };
  return { hubs, partitions, groups };
}

/** There in every hub. Names are compared in lower case. */
export const DEFAULT_GROUP = '$default';

const DAY_MS = 86_400_000;

/** How long events are kept. Whole segments go, so events stay somewhat longer than this says, never shorter by age. */
export interface Retention {
  /** At least one minute. */
  readonly ageMs: number;
  /** Bytes of the hub on disk beyond which its oldest events go, however young they are; null for no such limit. */
  readonly bytes: number | null;
}

/** Seven days, as on the standard tier, and no limit of bytes. */
export const DEFAULT_RETENTION: Retention = { ageMs: 7 * DAY_MS, bytes: null };

/** A hub as its owner declares it. */
export interface HubSpec {
  /** Letters, digits, `.`, `_`, `-`; starts with a letter or digit; at most 50. Compared without case. */
  readonly name: string;
  /** 1 to 32 unless the limits say otherwise; fixed once the hub exists. */
  readonly partitions: number;
  /** Besides `$Default`, which is always there; at most 20 unless the limits say otherwise. */
  readonly consumerGroups: readonly string[];
  /** For a hub that is made; an existing one keeps what its `meta.json` says. Seven days by default. */
  readonly retention?: Retention;
}

export const RetentionSchema = z.strictObject({
  ageMs: z
    .number()
    .int()
    .min(60_000)
    .max(100 * 365 * DAY_MS),
  bytes: z
    .number()
    .int()
    .min(1024 * 1024)
    .nullable(),
});

const common = {
  hubId: z.uuid(),
  name: z.string(),
  createdMs: z.number(),
  partitions: z.number().int().min(1).max(CEILING),
};
/** The first form: groups and retention were not on disk. */
const Meta1 = z.object({ format: z.literal(1), ...common });
const Meta2 = z.object({
  format: z.literal(2),
  ...common,
  consumerGroups: z.array(z.string()).max(CEILING),
  retention: RetentionSchema,
});

/** What `meta.json` of a hub says. */
export type HubMeta = z.infer<typeof Meta2>;

const HUB_NAME = /^[a-z0-9][a-z0-9._-]{0,49}$/i;
const GROUP_NAME = /^(\$default|[a-z0-9][a-z0-9._-]{0,49})$/i;

/** Why these can't be limits, or null. */
export function limitsFault(limits: HubLimits): string | null {
  const isLimit = (n: number): boolean => Number.isInteger(n) && n >= 1 && n <= CEILING;
  return Object.values(limits).every(isLimit) ? null : `limits of hubs, partitions and groups are 1 to ${CEILING}`;
}

/** Why a hub can't be declared like this, or null. */
export function specFault(spec: HubSpec, limits: HubLimits): string | null {
  const { name, partitions, consumerGroups, retention } = spec;
  if (!HUB_NAME.test(name)) return 'a hub is named by 1 to 50 letters, digits, . _ - and starts with a letter or digit';
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > limits.partitions) {
    return `a hub has 1 to ${limits.partitions} partitions`;
  }
  return groupsFault(consumerGroups, limits) ?? (retention === undefined ? null : retentionFault(retention));
}

/** Why these can't be the groups of a hub, or null. */
export function groupsFault(groups: readonly string[], limits: HubLimits): string | null {
  if (!groups.every((group) => GROUP_NAME.test(group))) {
    return 'a consumer group is named by 1 to 50 letters, digits, . _ - and starts with a letter or digit';
  }
  return mergeGroups(groups, []).length > limits.groups
    ? `a hub has at most ${limits.groups} consumer groups besides $Default`
    : null;
}

/** Why this can't be a retention, or null. */
export function retentionFault(retention: Retention): string | null {
  return RetentionSchema.safeParse(retention).success
    ? null
    : 'retention: ageMs is a whole number of at least 60000, bytes is one of at least 1048576, or null';
}

/** The groups of both lists once each, without `$Default`, in the spelling that came first. */
export function mergeGroups(declared: readonly string[], more: readonly string[]): string[] {
  const groups = new Map<string, string>();
  for (const group of [...declared, ...more]) {
    const key = group.toLowerCase();
    if (key !== DEFAULT_GROUP && !groups.has(key)) groups.set(key, group);
  }
  return [...groups.values()];
}

export function newMeta(spec: HubSpec, nowMs: number): HubMeta {
  return {
    ...{ format: 2, hubId: randomUUID(), name: spec.name, createdMs: nowMs, partitions: spec.partitions },
    consumerGroups: mergeGroups(spec.consumerGroups, []),
    retention: spec.retention ?? DEFAULT_RETENTION,
  };
}

/**
 * Reads `meta.json`; null when there is none. One of the first form gets the groups and the retention of `spec`.
 *
 * @throws LogError `corrupt` when it is damaged or of a later version
 */
export async function readMeta(path: string, spec?: HubSpec): Promise<HubMeta | null> {
  const text = await readFile(path, 'utf8').catch((e: NodeJS.ErrnoException) => {
    if (e.code === 'ENOENT' || e.code === 'ENOTDIR') return null;
    throw e;
  });
  if (text === null) return null;
  try {
    const meta = z.discriminatedUnion('format', [Meta1, Meta2]).parse(JSON.parse(text));
    if (meta.format === 2) return meta;
    const { consumerGroups = [], retention = DEFAULT_RETENTION } = spec ?? {};
    return { ...meta, format: 2, consumerGroups: mergeGroups(consumerGroups, []), retention };
  } catch (cause) {
    throw new LogError('corrupt', `${path} is damaged or of a later version; restore it from a backup`, cause);
  }
}

export const metaText = (meta: HubMeta): string => `${JSON.stringify(meta, null, 2)}\n`;

/** Durable when it resolves. */
export function writeMeta(path: string, meta: HubMeta): Promise<void> {
  return writeFileAtomically(path, metaText(meta));
}
