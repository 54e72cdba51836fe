import type { DeviceState, DeviceUse, FleetDevice, FleetGateway, GatewayStatus, LogEventOf, Page } from '@vigil/contracts';

export type FaultEvent = LogEventOf<'deviceFault'> | LogEventOf<'gatewayFault'>;

/** What gateways told, the newest of each. */
export interface FleetNews {
  readonly devices: readonly DeviceState[];
  readonly gateways: readonly GatewayStatus[];
  readonly faults: readonly FaultEvent[];
}

export interface FleetQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Event time, from which it follows what is still current. */
  readonly nowMs: number;
  /** Event time per wall time. */
  readonly rate: number;
}

/** Which devices are wanted: all of what is given holds. */
export interface DeviceSearch {
  readonly deviceId?: string | undefined;
  readonly state?: DeviceUse | undefined;
  /** Assigned to this bed still. */
  readonly bedId?: string | undefined;
  /** Somewhere in the id, the maker, the model, the owner, the place or the wanted firmware, in either case. */
  readonly text?: string | undefined;
}

export interface DeviceQuery extends FleetQuery {
  readonly search?: DeviceSearch | undefined;
}

/** Devices and gateways that the site does not have and that are kept all the same; more are left out. */
export const STRANGERS_MAX = 1_000;

/** Gateways tell of a device every minute and repeat standing faults as often; of themselves every second. Wall time. */
export const DEVICE_TOLD_WALL_MS_MAX = 180_000;
export const GATEWAY_TOLD_WALL_MS_MAX = 10_000;

/**
 * How devices and gateways are now, the newest that was told and no history. Every adapter promises, and
 * `test/contract/fleet.contract.ts` checks: what is older than what is known changes nothing, so that it may be told twice and
 * in any order; a time ahead of `nowMs` counts as `nowMs`, so that a gateway whose clock was wrong is heard again.
 * @throws PlatformError('store-unavailable', retryable)
 */
export abstract class Fleet {
  /** @returns how many were left out because there are too many strangers */
  abstract note(news: FleetNews, nowMs: number): Promise<number>;
  /** By device id: those of the site, and those that gateways told of. */
  abstract devices(query: DeviceQuery): Promise<Page<FleetDevice>>;
  /** By gateway id. */
  abstract gateways(query: FleetQuery): Promise<Page<FleetGateway>>;
}
