import { basename } from 'node:path';
import type { Clock } from '@vigil/clock';
import type { KeyPort, SealedSegments } from '@vigil/sealed-records';
import type { HubMetrics } from './admin/metrics.js';
import type { Log } from './broker/broker.js';
import type { HubLogOptions } from './hub.js';
import { listHubs } from './hub-folders.js';
import { type HubLimits, type HubSpec, STANDARD_LIMITS } from './hub-meta.js';
import { Hubs } from './hubs.js';
import { type HubKeys, openKeys } from './keys.js';
import { tellOpened } from './log-condition.js';

export interface OpenHubsOptions {
  readonly dataDir: string;
  readonly specs: readonly HubSpec[];
  readonly limits?: Partial<HubLimits>;
  readonly keys: HubKeys | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HubMetrics;
  readonly hubLog: Omit<HubLogOptions, 'keys' | 'clock'>;
}

export interface OpenedHubs {
  readonly hubs: Hubs;
  readonly keys: KeyPort;
  /** The sealed segments of every hub; grows with hubs that are made later. */
  readonly segments: readonly SealedSegments[];
}

/** Opens the keys of a data folder and all its hubs. @throws as `Hubs.open` and `openKeys` */
export async function openHubs(options: OpenHubsOptions): Promise<OpenedHubs> {
  const { dataDir, specs, clock, log } = options;
  const found = (await listHubs(dataDir, specs)).map(({ folder }) => basename(folder));
  const keys = await openKeys(dataDir, options.keys, [...new Set([...found, ...specs.map((spec) => spec.name)])]);
  const segments: SealedSegments[] = [];
  const hubs = await Hubs.open({
    ...{ dataDir, specs, clock },
    limits: { ...STANDARD_LIMITS, ...options.limits },
    log: { ...options.hubLog, keys, clock },
    onOpened: (hub) => {
      segments.push(hub.log.sealed);
      tellOpened(hub, log);
    },
  });
  return { hubs, keys, segments };
}
