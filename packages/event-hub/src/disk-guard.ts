import type { Clock } from '@vigil/clock';
import type { HubMetrics } from './admin/metrics.js';
import type { Log } from './broker/broker.js';
import { LogError } from './log/log-error.js';

const LOOK_EVERY_MS = 1000;
/** Free space has to exceed the limit by this factor before appends are taken again, so that it does not flap. */
const RESUME_FACTOR = 1.25;
const MIB = 1024 * 1024;

/** Room for two log segments and at least 256 MiB, so that indexes, keys and other programs still find some. */
export const freeBytesMinFor = (segmentBytes: number): number => Math.max(256 * MIB, 2 * segmentBytes);

export interface DiskGuardOptions {
  /** Free bytes of the disk that the data folder is on. */
  readonly freeBytes: () => Promise<number>;
  /** With less, producers are told that the hub is busy. 0 turns the guard off. */
  readonly freeBytesMin: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<HubMetrics, 'diskFreeBytes' | 'diskFull'>;
  /** Told of each change: an error to refuse appends with, or null when there is room again. */
  readonly onChange: (full: LogError | null) => void;
}

export interface DiskGuard {
  /** What appends are refused with now, or null. */
  readonly full: LogError | null;
  stop(): Promise<void>;
}

/**
 * Watches the free space and stops appends before the disk is full.
 *
 * A full disk would be met in the middle of anything: a rename, an index, another program's file. So the hub is busy
 * before, which clients retry, and takes events again by itself when there is room. Reading goes on. A disk that can't
 * be asked leaves things as they are.
 */
export async function startDiskGuard(options: DiskGuardOptions): Promise<DiskGuard> {
  const { freeBytes, freeBytesMin, clock, log, metrics, onChange } = options;
  let full: LogError | null = null;
  let looking: Promise<void> | null = null;
  let isUnknown = false;

  const decide = (free: number): void => {
    metrics.diskFreeBytes.set(free);
    const limit = full === null ? freeBytesMin : freeBytesMin * RESUME_FACTOR;
    if (free < limit === (full !== null)) return;
    full = full === null ? new LogError('busy', 'the disk is nearly full') : null;
    metrics.diskFull.set(full === null ? 0 : 1);
    const facts = { freeBytes: free, freeBytesMin };
    if (full === null) log.info(facts, 'there is room on the disk again; events are accepted');
    else log.error(facts, 'the disk is nearly full: no events are accepted until there is room; free some, or shorten retention');
    onChange(full);
  };
  const look = async (): Promise<void> => {
    try {
      decide(await freeBytes());
      isUnknown = false;
    } catch (error) {
      const { code } = error as { code?: unknown };
      const fields = { code: typeof code === 'string' ? code : 'unexpected' };
      if (!isUnknown) log.warn(fields, 'the free space of the disk can not be told; the hub goes on as before');
      isUnknown = true;
    }
  };

  await look();
  const cancel = clock.every(LOOK_EVERY_MS, () => {
    looking ??= look().finally(() => (looking = null));
  });
  return {
    get full() {
      return full;
    },
    stop: async () => {
      cancel();
      await looking;
    },
  };
}
