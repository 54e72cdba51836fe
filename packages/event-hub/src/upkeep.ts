import type { Clock } from '@vigil/clock';
import type { HubMetrics } from './admin/metrics.js';
import type { Log } from './broker/broker.js';
import { freeBytesMinFor, startDiskGuard } from './disk-guard.js';
import type { Hubs } from './hubs.js';
import { type Disk, nodeDisk } from './log/disk.js';
import { startRetention } from './retention/retention.js';

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
  const retention = startRetention({ hubs: () => hubs.list(), clock, log, metrics });
  return {
    notReady: () => (guard.full === null ? null : 'disk-full'),
    warnings: () => retention.warnings(),
    stop: async () => {
      await guard.stop();
      await retention.stop();
    },
  };
}
