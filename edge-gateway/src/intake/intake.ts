import {
  type BedId,
  type DeviceAlarm,
  type DeviceId,
  type DeviceMessage,
  type GatewayId,
  messageId,
  type Origin,
  PAYLOAD_BYTES_MAX,
} from '@vigil/contracts';
import type { Clock } from '@vigil/clock';
import type { Decoded, DecodedEnvelope, Decoder, DeviceProfile, MessageName } from '../decode/decoder.js';
import { decoderOf, DEFAULT_PROFILE } from '../decode/decoders.js';
import { type Fault, rejectRecord } from '../decode/reject.js';
import { type BedTable, keyAt } from '../devices/bed-table.js';
import { type Faults, NO_FAULTS } from '../faults/faults.js';
import type { LogRecord } from '../log-record.js';
import type { GatewayMetrics } from '../metrics.js';
import type { DeviceState, DeviceStates } from './device-states.js';
import { gapFilledRecord, gapRecord } from './gap-event.js';
import { Numbering } from './numbering.js';
import { SeenMessages } from './seen.js';
import { eventTime } from './skew.js';
import { TurnedAway } from './turned-away.js';

/** The part of the spool that the intake needs: `done` comes after the records are durable. */
export interface Appender {
  append(records: readonly LogRecord[], done: (outage?: Error) => void): void;
}

export interface IntakeOptions {
  readonly gatewayId: GatewayId;
  readonly spool: Appender;
  readonly beds: BedTable;
  readonly states: DeviceStates;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly faults?: Faults;
  readonly numbering?: Numbering;
  /** How a device speaks; Vigil's own JSON by default. */
  readonly profileOf?: (deviceId: DeviceId) => DeviceProfile;
}

/** Why the connection of a device must end. Its dead letter is durable by then. */
export class Violation extends Error {
  override readonly name = 'Violation';
  constructor(readonly reason: Fault['reason']) {
    super(reason);
  }
}

export type Done = (error?: Error) => void;

type Payload = Buffer | { readonly bytes: number };

/** The envelope of what a message becomes on the log, and its place among the clocks. */
type Stamp = Pick<
  DeviceMessage,
  | 'v'
  | 'id'
  | 'key'
  | 'origin'
  | 'atMs'
  | 'bedId'
  | 'deviceId'
  | 'gatewayId'
  | 'bootId'
  | 'seq'
  | 'deviceAtMs'
  | 'gatewayAtMs'
  | 'clockSuspect'
>;

/** One message on its way to the spool: what it became, and what was refused of it. */
interface Taken {
  readonly deviceId: DeviceId;
  readonly payload: Buffer;
  readonly stamp: Stamp;
  /** Null when nothing of it was left. */
  readonly event: DeviceMessage | DeviceAlarm | null;
  readonly faults: readonly Fault[];
}

const TOO_LARGE: Fault = { reason: 'too-large', path: '', expected: `at most ${PAYLOAD_BYTES_MAX} bytes` };
const NUMBER_USED: Fault = { reason: 'invalid-message', path: 'seq', expected: 'a number not used before in this boot' };
const UNREAD = {
  message: null,
  faults: [{ reason: 'invalid-message', path: '', expected: 'a format that this gateway reads' }],
} as const satisfies Decoded<never>;

/**
 * From a device's bytes to records on the spool. `done` is called without an error once everything the message became
 * (the event, and a dead letter for each thing refused) is durable: that is when PUBACK may go out.
 */
export class Intake {
  /** Since the start of the process. */
  accepted = 0;
  rejected = 0;
  private readonly seen = new SeenMessages();
  private readonly away = new TurnedAway();
  private readonly numbering: Numbering;
  private readonly faults: Faults;
  private active = new Set<BedId>();

  constructor(private readonly options: IntakeOptions) {
    this.numbering = options.numbering ?? new Numbering();
    this.faults = options.faults ?? NO_FAULTS;
  }

  observations(deviceId: DeviceId, payload: Buffer, done: Done): void {
    const decoded = this.decode(deviceId, payload, (decoder, profile) => decoder.observations(payload, profile));
    if (!this.isToTake(deviceId, payload, decoded, done)) return;
    const { message, faults } = decoded;
    const { metrics, states, beds } = this.options;
    const state = states.of(deviceId);
    const kept = state.habits.keep(message.bootId, message.readings, faults);
    this.lasting(deviceId, state, 'unitChanged', kept.unitChanged);
    const stamp = this.stamp(deviceId, state, message);
    const readings = [...kept.readings];
    const event: DeviceMessage | null = readings.length === 0 ? null : { ...stamp, kind: 'deviceMessage', readings };
    this.store({ deviceId, payload, stamp, event, faults: kept.faults }, done, () => {
      for (const metric of message.noValues) metrics.noValueCodes.inc({ metric });
      if (event === null) return;
      metrics.readings.inc(readings.length);
      if (message.zeroes > 0) metrics.zeroes.inc(message.zeroes);
      // A backlog of before a move is no sign of life at the bed that the device has left.
      if (event.bedId !== null && event.bedId === beds.bedOf(deviceId)) this.active.add(event.bedId);
    });
  }

  /** `.../alarms`: what the device itself raised or ended, passed on. */
  alarms(deviceId: DeviceId, payload: Buffer, done: Done): void {
    const decoded = this.decode(deviceId, payload, (decoder, profile) => decoder.alarms(payload, profile));
    if (!this.isToTake(deviceId, payload, decoded, done)) return;
    const { message, faults } = decoded;
    const stamp = this.stamp(deviceId, this.options.states.of(deviceId), message);
    const alarms = [...message.alarms];
    const pauses = message.pauses === undefined ? {} : { pauses: [...message.pauses] };
    const isEmpty = alarms.length === 0 && message.pauses === undefined;
    const event: DeviceAlarm | null = isEmpty ? null : { ...stamp, kind: 'deviceAlarm', alarms, ...pauses };
    this.store({ deviceId, payload, stamp, event, faults }, done, () => this.options.metrics.deviceAlarms.inc(alarms.length));
  }

  /** `.../status`: what the device says of itself. Known to the fleet page, not kept on the spool. */
  status(deviceId: DeviceId, payload: Buffer, done: Done): void {
    const { message, faults } = this.decode(deviceId, payload, (decoder, profile) => decoder.status(payload, profile));
    if (message === null) {
      this.refuse(deviceId, faults[0]!, payload, done);
      return;
    }
    const { state, bootId: _bootId, ...said } = message;
    const known = this.options.states.of(deviceId);
    known.isNews ||= known.saysOffline !== (state === 'offline') || JSON.stringify(known.said) !== JSON.stringify(said);
    known.saysOffline = state === 'offline';
    // A last will says only that it is gone; what it said before still holds.
    if (state === 'online') known.said = said;
    done();
  }

  /** A session of the device begins or ends. */
  session(deviceId: DeviceId, begins: boolean): void {
    const state = this.options.states.of(deviceId);
    const before = state.connected;
    state.sessions = Math.max(0, state.sessions + (begins ? 1 : -1));
    if (begins) {
      state.connects += 1;
      state.saysOffline = false;
    }
    state.isNews ||= state.connected !== before;
  }

  /** Keeps the dead letter of something that ends the connection, then calls `done` with the `Violation`. */
  violation(deviceId: DeviceId, fault: Fault, payload: Payload, done: Done): void {
    this.refuse(deviceId, fault, payload, (outage) => done(outage ?? new Violation(fault.reason)));
  }

  /**
   * A login or subscription that was refused. Kept at most once a minute per claimed id and reason; the id itself only
   * if it is one.
   *
   * @returns whether it was kept, so that a log line can keep the same rate
   */
  turnedAway(claimed: DeviceId | null, { reason, expected }: Pick<Fault, 'reason' | 'expected'>): boolean {
    const { clock, spool, metrics, gatewayId } = this.options;
    metrics.rejected.inc({ reason });
    this.rejected++;
    if (!this.away.isNew(claimed, expected, clock.wallMs())) return false;
    const record = rejectRecord({
      ...{ gatewayId, deviceId: claimed, key: `gateway:${gatewayId}`, origin: 'live', atMs: clock.nowMs() },
      ...{ payload: { bytes: 0 }, fault: { reason, path: '', expected } },
    });
    spool.append([record], () => undefined);
    return true;
  }

  /** Beds that had a message since the last call. */
  takeActiveBeds(): ReadonlySet<BedId> {
    const { active } = this;
    this.active = new Set();
    return active;
  }

  /** Declares the gaps that are final now. To be called about once a second. */
  declareGaps(): void {
    const { spool, clock, metrics } = this.options;
    for (const due of this.numbering.due(clock.wallMs())) {
      const { deviceId, bootId, missing } = due;
      const { fromSeq, toSeq, fromMs, toMs } = missing;
      const count = toSeq - fromSeq + 1;
      const facts = { deviceId, bootId, fromSeq, toSeq, count, fromMs, toMs, reason: 'neverArrived' } as const;
      const told = gapRecord(facts, this.options);
      this.numbering.declare(due, told.event.id);
      spool.append([told], (outage) => {
        if (outage === undefined) metrics.neverArrived.inc(count);
        else this.numbering.declare(due, null);
      });
    }
  }

  private decode<T>(
    deviceId: DeviceId,
    payload: Buffer,
    by: (decoder: Decoder, profile: DeviceProfile) => Decoded<T>,
  ): Decoded<T> {
    if (payload.length > PAYLOAD_BYTES_MAX) return { message: null, faults: [TOO_LARGE] };
    const profile = this.options.profileOf?.(deviceId) ?? DEFAULT_PROFILE;
    const decoder = decoderOf(profile);
    return decoder === null ? UNREAD : by(decoder, profile);
  }

  /** False when the message ends here: unreadable, stored already, or not what its number says. */
  private isToTake<M extends DecodedEnvelope>(
    deviceId: DeviceId,
    payload: Buffer,
    decoded: Decoded<M>,
    done: Done,
  ): decoded is Decoded<M> & { readonly message: M } {
    const { message, faults, named } = decoded;
    if (message === null) {
      const fault = faults[0]!;
      if (fault === TOO_LARGE) this.violation(deviceId, fault, payload, done);
      else this.refuse(deviceId, fault, payload, done, named);
      return false;
    }
    const sighting = this.seen.look(deviceId, message.bootId, message.seq, message.deviceAtMs);
    if (sighting === 'new') return true;
    if (sighting === 'other') {
      this.refuse(deviceId, NUMBER_USED, payload, done);
      return false;
    }
    this.options.metrics.duplicates.inc();
    this.options.states.of(deviceId).duplicates++;
    done();
    return false;
  }

  /** Stores what a message became, all of it or nothing. `count` runs once it is durable. */
  private store(taken: Taken, done: Done, count: () => void): void {
    const { deviceId, payload, stamp, event, faults } = taken;
    const { bootId, seq, origin, atMs, deviceAtMs } = stamp;
    const { spool, clock } = this.options;
    const records: LogRecord[] = [];
    if (event !== null) records.push(recordOf(event));
    faults.forEach((fault, i) => records.push(this.deadLetter({ deviceId, fault, payload, origin, atMs, withHead: i === 0 })));
    const gapId = this.numbering.gapAt(deviceId, bootId, seq);
    if (gapId !== null) records.push(gapFilledRecord(stamp, gapId));
    this.numbering.begin(deviceId, seq);
    spool.append(records, (outage) => {
      if (outage !== undefined) {
        this.numbering.lost(deviceId, seq);
        done(outage);
        return;
      }
      this.numbering.arrived(deviceId, bootId, { seq, atMs, deviceAtMs, wallMs: clock.wallMs() });
      this.seen.add(deviceId, bootId, seq, deviceAtMs);
      this.countFaults(deviceId, faults);
      if (event !== null) this.countAccepted(deviceId, event);
      count();
      done();
    });
  }

  /** @param named number of the message, where that could be read: it has arrived, although nothing of it is used */
  private refuse(deviceId: DeviceId, fault: Fault, payload: Payload, done: Done, named?: MessageName): void {
    const { states, clock, spool } = this.options;
    const origin = states.originOf(deviceId) ?? 'live';
    const atMs = clock.nowMs();
    const record = this.deadLetter({ deviceId, fault, payload, origin, atMs, withHead: true });
    spool.append([record], (outage) => {
      if (outage === undefined) {
        this.countFaults(deviceId, [fault]);
        if (named !== undefined) {
          const { bootId, seq } = named;
          this.numbering.record(deviceId, bootId, { seq, atMs, deviceAtMs: null, wallMs: clock.wallMs() });
        }
      }
      done(outage);
    });
  }

  private stamp(deviceId: DeviceId, state: DeviceState, message: DecodedEnvelope): Stamp {
    const { beds, clock, gatewayId } = this.options;
    const { bootId, seq, deviceAtMs, origin } = message;
    const [gatewayAtMs, wallMs] = [clock.nowMs(), clock.wallMs()];
    const time = eventTime(state.skew, { bootId, seq, deviceAtMs, gatewayAtMs, wallMs, rate: clock.rate });
    state.skew = time.state;
    state.origin = origin;
    state.lastSeenMs = gatewayAtMs;
    this.lasting(deviceId, state, 'clockSuspect', time.clockSuspect);
    const bedId = beds.bedAt(deviceId, time.atMs);
    return {
      v: 1,
      id: messageId({ deviceId, bootId, seq }),
      key: keyAt(deviceId, bedId),
      origin,
      atMs: time.atMs as Stamp['atMs'],
      bedId,
      deviceId,
      gatewayId,
      bootId,
      seq,
      deviceAtMs: deviceAtMs as Stamp['deviceAtMs'],
      gatewayAtMs: gatewayAtMs as Stamp['gatewayAtMs'],
      ...(time.clockSuspect ? { clockSuspect: true } : {}),
    };
  }

  private lasting(deviceId: DeviceId, state: DeviceState, fault: 'clockSuspect' | 'unitChanged', isThere: boolean): void {
    if (!isThere && !state[fault].active) return;
    if (!state[fault].see(isThere, this.options.clock.wallMs())) return;
    state.isNews = true;
    this.faults.device(deviceId, fault, state[fault].active);
  }

  private deadLetter(facts: {
    readonly deviceId: DeviceId;
    readonly fault: Fault;
    readonly payload: Payload;
    readonly origin: Origin;
    readonly atMs: number;
    readonly withHead: boolean;
  }): LogRecord {
    return rejectRecord({ ...facts, gatewayId: this.options.gatewayId, key: this.options.beds.keyOf(facts.deviceId) });
  }

  private countFaults(deviceId: DeviceId, faults: readonly Fault[]): void {
    if (faults.length === 0) return;
    for (const { reason } of faults) this.options.metrics.rejected.inc({ reason });
    this.rejected += faults.length;
    this.options.states.of(deviceId).rejected += faults.length;
  }

  private countAccepted(deviceId: DeviceId, event: DeviceMessage | DeviceAlarm): void {
    const { metrics, states } = this.options;
    this.accepted++;
    states.of(deviceId).accepted++;
    metrics.accepted.inc();
    if (event.clockSuspect === true) metrics.clockSuspect.inc();
  }
}

function recordOf(event: DeviceMessage | DeviceAlarm): LogRecord {
  const lane = event.kind === 'deviceAlarm' ? 'alarms' : 'numerics';
  return { lane, key: event.key, body: Buffer.from(JSON.stringify(event)), event };
}
