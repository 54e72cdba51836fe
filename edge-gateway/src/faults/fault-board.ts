import type { Clock } from '@vigil/clock';
import {
  type BedId,
  deviceKey,
  type DeviceFaultCode,
  type DeviceId,
  type EpochMs,
  type GatewayFaultCode,
  type GatewayId,
  gatewayKey,
  type LogEventOf,
  type LogKey,
  type Origin,
} from '@vigil/contracts';
import type { LogRecord } from '../log-record.js';
import type { GatewayLog } from '../log.js';
import type { GatewayMetrics } from '../metrics.js';
import type { Faults } from './faults.js';

export { type Faults, NO_FAULTS } from './faults.js';

/** What the board must know of a device. */
export interface Places {
  bedOf(deviceId: DeviceId): BedId | null;
  keyOf(deviceId: DeviceId): LogKey;
}

export interface FaultBoardOptions {
  readonly gatewayId: GatewayId;
  readonly beds: Places;
  /** The origin last seen from a device; null for one that never spoke. */
  readonly originOf: (deviceId: string) => Origin | null;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
}

/** Keeps a record for good, and says so, or that it could not. */
export type Store = (records: readonly LogRecord[], done: (outage?: Error) => void) => void;

/** Faults that may stand at the same time. More are counted (`vigil_gateway_faults_dropped_total`) and not kept. */
export const STANDING_MAX = 2_048;
/** A standing fault is said again so often, in wall time, for whoever missed its begin. */
export const REPEAT_MS = 60_000;
/** A fault that begins so often in a minute flickers: from then on its end is said only once it has held for as long. */
export const FLICKERS_FROM = 3;
const MINUTE_MS = 60_000;
/** Of what is due for a repetition, so much goes out in one second. */
const REPEATS_MAX = 200;

interface Entry {
  readonly deviceId: DeviceId | null;
  readonly fault: DeviceFaultCode | GatewayFaultCode;
  active: boolean;
  /** Where its begin was told. */
  key: LogKey;
  bedId: BedId | null;
  /** `waiting`: its last change is not durable yet and has to be stored again. */
  stored: 'yes' | 'no' | 'waiting';
  saidWallMs: number;
  /** It flickers and is not seen now; when it is over if that lasts. */
  endsWallMs: number | null;
}

/**
 * The faults of this gateway and of its devices that hold now.
 *
 * Each begin and each end becomes an event on the spool. A standing fault goes out again every minute beside the ticks,
 * and a fault of the gateway at once as well, because a gateway that can't store can still say so. What could not be
 * stored is tried again. Bounded: `STANDING_MAX` faults, and begins of one fault in a minute, so that a disk that is full and
 * then is not, many times a second, fills neither the spool nor the alarm list.
 */
export class FaultBoard implements Faults {
  private readonly entries = new Map<string, Entry>();
  private readonly begins = new Map<string, number>();
  private minuteWallMs: number;
  private urgent: Entry[] = [];
  private store: Store | null = null;

  constructor(private readonly options: FaultBoardOptions) {
    this.minuteWallMs = options.clock.wallMs();
  }

  /** From now on changes go to the spool; those of the time before go now. */
  start(store: Store): void {
    this.store = store;
    for (const entry of this.entries.values()) this.keep(entry);
  }

  device(deviceId: DeviceId, fault: DeviceFaultCode, active: boolean): void {
    this.set(deviceId, fault, active);
  }

  gateway(fault: GatewayFaultCode, active: boolean): void {
    this.set(null, fault, active);
  }

  /** Codes of the gateway's own faults that hold now, for its health page. */
  standing(): GatewayFaultCode[] {
    return [...this.entries.values()].flatMap((e) => (e.deviceId === null && e.active ? [e.fault as GatewayFaultCode] : []));
  }

  /** Records to be sent beside the ticks of this second, and nowhere else: repetitions, and news of the gateway itself. */
  takeEphemeral(): LogRecord[] {
    const nowMs = this.options.clock.wallMs();
    const records = this.urgent.map((entry) => this.recordOf(entry));
    this.urgent = [];
    if (nowMs < this.minuteWallMs || nowMs - this.minuteWallMs >= MINUTE_MS) {
      this.minuteWallMs = nowMs;
      this.begins.clear();
    }
    for (const [id, entry] of this.entries) {
      if (entry.endsWallMs !== null && nowMs >= entry.endsWallMs) this.change(id, entry, false);
      if (records.length >= REPEATS_MAX) break;
      if (entry.stored === 'no') this.keep(entry);
      if (!entry.active) {
        if (entry.stored === 'yes') this.entries.delete(id);
        continue;
      }
      if (nowMs >= entry.saidWallMs && nowMs - entry.saidWallMs < REPEAT_MS) continue;
      this.move(entry);
      entry.saidWallMs = nowMs;
      records.push(this.recordOf(entry));
    }
    return records;
  }

  private set(deviceId: DeviceId | null, fault: Entry['fault'], active: boolean): void {
    const id = `${deviceId ?? ''} ${fault}`;
    const { metrics, clock } = this.options;
    const known = this.entries.get(id);
    if (known !== undefined && active) known.endsWallMs = null;
    if ((known?.active ?? false) === active) return;
    if (known !== undefined && !active && (known.endsWallMs !== null || (this.begins.get(id) ?? 0) >= FLICKERS_FROM)) {
      known.endsWallMs ??= clock.wallMs() + MINUTE_MS;
      return;
    }
    if (known === undefined && this.entries.size >= STANDING_MAX) {
      metrics.faultsDropped.inc();
      return;
    }
    const fresh = { deviceId, fault, active, ...this.placeOf(deviceId), stored: 'no', saidWallMs: 0, endsWallMs: null } as const;
    const entry: Entry = known ?? { ...fresh };
    this.entries.set(id, entry);
    this.change(id, entry, active);
  }

  private change(id: string, entry: Entry, active: boolean): void {
    const { metrics, log, clock } = this.options;
    const { deviceId, fault } = entry;
    entry.active = active;
    entry.endsWallMs = null;
    entry.saidWallMs = clock.wallMs();
    if (active) {
      Object.assign(entry, this.placeOf(deviceId));
      metrics.faults.inc({ fault });
      this.begins.set(id, (this.begins.get(id) ?? 0) + 1);
    }
    metrics.faultsStanding.set({ fault }, this.count(fault));
    if (deviceId === null) this.urgent.push(entry);
    const fields = { fault, ...(deviceId === null ? {} : { deviceId }) };
    if (active) log.warn(fields, 'fault begins');
    else log.info(fields, 'fault over');
    this.keep(entry);
  }

  private placeOf(deviceId: DeviceId | null): Pick<Entry, 'key' | 'bedId'> {
    if (deviceId === null) return { key: gatewayKey(this.options.gatewayId), bedId: null };
    return { key: this.options.beds.keyOf(deviceId) ?? deviceKey(deviceId), bedId: this.options.beds.bedOf(deviceId) };
  }

  /** A device that went to another bed takes its fault along: it is over at the bed it left. */
  private move(entry: Entry): void {
    const place = this.placeOf(entry.deviceId);
    if (place.key === entry.key) return;
    this.append([this.recordOf({ ...entry, active: false })], entry);
    Object.assign(entry, place);
    this.keep(entry);
  }

  private keep(entry: Entry): void {
    this.append([this.recordOf(entry)], entry);
  }

  private append(records: readonly LogRecord[], entry: Entry): void {
    entry.stored = 'no';
    if (this.store === null) return;
    entry.stored = 'waiting';
    const { active } = entry;
    this.store(records, (outage) => {
      if (entry.active === active) entry.stored = outage === undefined ? 'yes' : 'no';
    });
  }

  private count(fault: Entry['fault']): number {
    let count = 0;
    for (const entry of this.entries.values()) if (entry.fault === fault && entry.active) count++;
    return count;
  }

  private recordOf({ deviceId, fault, active, key, bedId }: Entry): LogRecord {
    const { gatewayId, clock, originOf } = this.options;
    const atMs = clock.nowMs() as EpochMs;
    const id = `fault/${deviceId ?? gatewayId}/${fault}/${atMs}/${active ? 1 : 0}`;
    const head = { v: 1, id, key, atMs, gatewayId, active } as const;
    const event: LogEventOf<'deviceFault'> | LogEventOf<'gatewayFault'> =
      deviceId === null
        ? { ...head, kind: 'gatewayFault', origin: 'live', fault: fault as GatewayFaultCode }
        : {
            ...head,
            kind: 'deviceFault',
            origin: originOf(deviceId) ?? 'live',
            bedId,
            deviceId,
            fault: fault as DeviceFaultCode,
          };
    return { lane: 'events', key, body: Buffer.from(JSON.stringify(event)) };
  }
}
