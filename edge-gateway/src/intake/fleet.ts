import type { Clock } from '@vigil/clock';
import { type DeviceId, type EpochMs, type GatewayId, gatewayKey, type LogEventOf } from '@vigil/contracts';
import type { LogRecord } from '../log-record.js';
import type { DeviceState, DeviceStates } from './device-states.js';
import { estimate } from './skew.js';

/** What people see of a device is told at once when it changes, but not more often than this, in wall time. */
export const NEWS_EVERY_MS = 5_000;
/** And so often in any case, for whoever missed it. */
export const REPEAT_MS = 60_000;
/** So many go out in one second; the rest in the next. */
const AT_ONCE_MAX = 200;

export interface FleetOptions {
  readonly gatewayId: GatewayId;
  readonly states: DeviceStates;
  readonly clock: Clock;
  /** Wall time at which the device's certificate ends; null without one. */
  readonly certificateNotAfterMs: (deviceId: string) => number | null;
}

/**
 * What is known of each device, for the fleet page: battery, signal, firmware, clock, last seen.
 *
 * Told beside the ticks and not through the spool: only the newest is worth anything, and after an outage it follows within a
 * minute. Bounded by the devices that were let in.
 */
export class Fleet {
  constructor(private readonly options: FleetOptions) {}

  /** What is to be told in this second. */
  takeEphemeral(): LogRecord[] {
    const { states, clock } = this.options;
    const wallMs = clock.wallMs();
    const records: LogRecord[] = [];
    for (const [deviceId, state] of states.entries()) {
      const sinceMs = wallMs - state.toldWallMs;
      if (sinceMs < (state.isNews ? NEWS_EVERY_MS : REPEAT_MS)) continue;
      if (records.length >= AT_ONCE_MAX) break;
      state.isNews = false;
      state.toldWallMs = wallMs;
      const event = this.eventOf(deviceId as DeviceId, state);
      records.push({ lane: 'events', key: event.key, body: Buffer.from(JSON.stringify(event)), event });
    }
    return records;
  }

  private eventOf(deviceId: DeviceId, state: DeviceState): LogEventOf<'deviceState'> {
    const { gatewayId, clock, certificateNotAfterMs } = this.options;
    const atMs = clock.nowMs() as EpochMs;
    const { origin, connected, lastSeenMs, said, accepted, rejected, duplicates, reconnects } = state;
    return {
      ...{ v: 1, kind: 'deviceState', id: `device/${gatewayId}/${deviceId}/${atMs}`, key: gatewayKey(gatewayId), origin, atMs },
      ...{ deviceId, gatewayId, connected, lastSeenMs: lastSeenMs as EpochMs | null, skewMs: estimate(state.skew) },
      ...{ clockSuspect: state.clockSuspect.active, said, accepted, rejected, duplicates, reconnects },
      certificateNotAfterMs: certificateNotAfterMs(deviceId) as EpochMs | null,
    };
  }
}
