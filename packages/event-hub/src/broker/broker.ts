import type { Clock } from '@vigil/clock';
import type { KeyLookup } from '../auth/key-store.js';
import type { Hub } from '../hub.js';
import type { HubMetrics } from '../admin/metrics.js';
import { type Epochs } from './epochs.js';
import type { LinkRegistry } from './link-registry.js';

/** Counts and ids only; readings and tokens never get here. */
export interface Log {
  info(fields: object, msg: string): void;
  warn(fields: object, msg: string): void;
  error(fields: object, msg: string): void;
}

/** What every connection of a broker shares. */
export interface Broker {
  readonly hubs: ReadonlyMap<string, Hub>;
  readonly keys: KeyLookup;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HubMetrics;
  readonly epochs: Epochs;
  /** Who reads and writes now. */
  readonly links: LinkRegistry;
}

/** Numbers a partition names in this hub, or null. */
export function partitionIndex(hub: Hub, text: string): number | null {
  return /^\d{1,2}$/.test(text) && Number(text) < hub.partitions ? Number(text) : null;
}
