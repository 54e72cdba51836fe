import type { Clock } from '@vigil/clock';
import type { HubMetrics } from './admin/metrics.js';
import type { Log } from './broker/broker.js';
import { freeBytesMinFor, startDiskGuard } from './disk-guard.js';
import type { Hubs } from './hubs.js';
import { type Disk, nodeDisk } from './log/disk.js';
import { startRetention } from './retention/retention.js';

/** A log without space for a segment, e.g. from the start on, looks for some this often. */
const SEEK_EVERY_MS = 1000;

export interface UpkeepOptions {
  readonly dataDir: string;
  readonly hubs: Hubs;
  readonly segmentBytes: number;
  readonly freeBytesMin: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HubMetrics;
  readonly disk?: Pick<Disk, 'freeBytes'>;
}

export interface Upkeep {
  /** Why no events are accepted, or null. */
  notReady(): 'disk-full' | null;
  warnings(): readonly string[];
  stop(): Promise<void>;
}

/** What looks after the disk while the hub runs: retention and the guard of its free space. */
export async function startUpkeep(options: UpkeepOptions): Promise<Upkeep> {
  const { dataDir, hubs, segmentBytes, clock, log, metrics, disk = nodeDisk } = options;
  const guard = await startDiskGuard({
    freeBytes: () => disk.freeBytes(dataDir),
    freeBytesMin: options.freeBytesMin ?? freeBytesMinFor(segmentBytes),
    ...{ clock, log, metrics },
    onChange: (full) => hubs.hold(full),
  });
  const isOutOfSpace = (): boolean => hubs.list().some(({ log }) => log.isOutOfSpace);
  const notReady = (): 'disk-full' | null => (guard.full === null && !isOutOfSpace() ? null : 'disk-full');
  let wasOutOfSpace = false;
  const tellSpace = (): void => {
    metrics.diskFull.set(notReady() === null ? 0 : 1);
    if (isOutOfSpace() === wasOutOfSpace) return;
    wasOutOfSpace = !wasOutOfSpace;
    if (wasOutOfSpace) log.error({}, 'there is no space for a log segment: no events are accepted until there is; free some');
    else log.info({}, 'there is space for log segments again; events are accepted');
  };
  tellSpace();
  const endSeeking = clock.every(SEEK_EVERY_MS, () => {
    if (guard.full === null) for (const hub of hubs.list()) hub.log.seekSpace();
    tellSpace();
  });
  const retention = startRetention({ hubs: () => hubs.list(), clock, log, metrics });
  return {
    notReady,
    warnings: () => retention.warnings(),
    stop: async () => {
      endSeeking();
      await guard.stop();
      await retention.stop();
    },
  };
}
