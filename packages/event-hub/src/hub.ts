import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_GROUP, type HubMeta, type Retention } from './hub-meta.js';
import type { SegmentDamage } from './log/damage-list.js';
import { HubLog, type LogOptions } from './log/hub-log.js';

export type { HubSpec } from './hub-meta.js';

/** What the log of a hub needs beyond what the hub itself says. */
export type HubLogOptions = Omit<LogOptions, 'folder' | 'hubId' | 'partitionCount' | 'onDamage'> & {
  /** Told of what is found damaged while a hub is open. */
  readonly onDamage?: (hub: string, damage: SegmentDamage) => void;
};

/** A hub that is open. Names in lower case, as they compare. */
export interface Hub {
  readonly name: string;
  /** Where it lies. */
  readonly folder: string;
  readonly createdMs: number;
  readonly partitions: number;
  /** `$default` among them. Follows what is declared while the hub runs. */
  readonly groups: ReadonlySet<string>;
  readonly retention: Retention;
  readonly log: HubLog;
}

/** An open hub whose declaration may change. */
export class OpenHub implements Hub {
  private constructor(
    readonly folder: string,
    private declared: HubMeta,
    private lowerCaseGroups: ReadonlySet<string>,
    readonly log: HubLog,
  ) {}

  /** @throws LogError `corrupt` when the disk does not hold what was acknowledged */
  static async open(folder: string, meta: HubMeta, options: HubLogOptions): Promise<OpenHub> {
    await mkdir(join(folder, 'log'), { recursive: true, mode: 0o700 });
    const { hubId, partitions } = meta;
    const onDamage = (damage: SegmentDamage): void => options.onDamage?.(meta.name.toLowerCase(), damage);
    const place = { folder: join(folder, 'log'), hubId, partitionCount: partitions };
    const log = await HubLog.open({ ...options, ...place, onDamage });
    return new OpenHub(folder, meta, groupSet(meta), log);
  }

  get name(): string {
    return this.declared.name.toLowerCase();
  }

  get createdMs(): number {
    return this.declared.createdMs;
  }

  get partitions(): number {
    return this.declared.partitions;
  }

  get groups(): ReadonlySet<string> {
    return this.lowerCaseGroups;
  }

  get retention(): Retention {
    return this.declared.retention;
  }

  get meta(): HubMeta {
    return this.declared;
  }

  /** Takes over what is on disk already. */
  redeclare(meta: HubMeta): void {
    this.declared = meta;
    this.lowerCaseGroups = groupSet(meta);
  }
}

const groupSet = (meta: HubMeta): ReadonlySet<string> =>
  new Set([DEFAULT_GROUP, ...meta.consumerGroups.map((group) => group.toLowerCase())]);
