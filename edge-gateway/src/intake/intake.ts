import {
  type BedId,
  type DeviceId,
  type DeviceMessage,
  type GatewayId,
  messageId,
  type Origin,
  PAYLOAD_BYTES_MAX,
  WireStatus,
} from '@vigil/contracts';
import type { Clock } from '@vigil/clock';
import { decode } from '../decode/decode.js';
import type { DecodedMessage } from '../decode/decoder.js';
import { faultOf } from '../decode/fault.js';
import { type Fault, rejectRecord } from '../decode/reject.js';
import type { BedTable } from '../devices/bed-table.js';
import type { LogRecord } from '../log-record.js';
import type { GatewayMetrics } from '../metrics.js';
import type { DeviceStates } from './device-states.js';
import { SeenMessages } from './seen.js';
import { eventTime } from './skew.js';

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
}

/** Why the connection of a device must end. Its dead letter is durable by then. */
export class Violation extends Error {
  override readonly name = 'Violation';
  constructor(readonly reason: Fault['reason']) {
    super(reason);
  }
}

export type Done = (error?: Error) => void;

/** Claimed ids for which a refusal was kept lately; more of them share one entry. */
const CLAIMS_MAX = 1_000;
const CLAIM_EVERY_MS = 60_000;

/**
 * From a device's bytes to records on the spool. `done` is called without an error once everything the message became
 * (the event, and a dead letter for each thing refused) is durable: that is when PUBACK may go out.
 */
export class Intake {
  /** Since the start of the process. */
  accepted = 0;
  rejected = 0;
  private readonly seen = new SeenMessages();
  private readonly claims = new Map<string, number>();
  private active = new Set<BedId>();

  constructor(private readonly options: IntakeOptions) {}

  observations(deviceId: DeviceId, payload: Buffer, done: Done): void {
    if (payload.length > PAYLOAD_BYTES_MAX) {
      const fault: Fault = { reason: 'too-large', path: '', expected: `at most ${PAYLOAD_BYTES_MAX} bytes` };
      this.violation(deviceId, fault, payload, done);
      return;
    }
    const { message, faults } = decode(payload);
    if (message !== null && this.seen.has(deviceId, message.bootId, message.seq)) {
      this.options.metrics.duplicates.inc();
      done();
      return;
    }
    const gatewayAtMs = this.options.clock.nowMs();
    const event = message === null ? null : this.eventOf(deviceId, message, gatewayAtMs);
    const records: LogRecord[] = [];
    if (event !== null && event.readings.length > 0) {
      records.push({ lane: 'numerics', key: event.key, body: Buffer.from(JSON.stringify(event)) });
    }
    const { origin, atMs } = event ?? { origin: this.options.states.originOf(deviceId) ?? 'live', atMs: gatewayAtMs };
    faults.forEach((fault, i) => records.push(this.deadLetter({ deviceId, fault, payload, origin, atMs, withHead: i === 0 })));
    this.options.spool.append(records, (outage) => {
      if (outage !== undefined) {
        done(outage);
        return;
      }
      this.count(event, message, faults);
      if (message !== null) this.seen.add(deviceId, message.bootId, message.seq);
      done();
    });
  }

  /** `.../status`: seen and checked, not kept on the log. */
  status(deviceId: DeviceId, payload: Buffer, done: Done): void {
    let value: unknown;
    try {
      value = JSON.parse(payload.toString('utf8'));
    } catch {
      this.refuse(deviceId, { reason: 'malformed-json', path: '', expected: 'JSON in UTF-8' }, payload, done);
      return;
    }
    const status = WireStatus.safeParse(value);
    if (status.success) done();
    else this.refuse(deviceId, faultOf(status.error.issues), payload, done);
  }

  /** Keeps the dead letter of something that ends the connection, then calls `done` with the `Violation`. */
  violation(deviceId: DeviceId, fault: Fault, payload: Buffer | { readonly bytes: number }, done: Done): void {
    this.refuse(deviceId, fault, payload, (outage) => done(outage ?? new Violation(fault.reason)));
  }

  /**
   * A login or subscription that was refused. Kept at most once a minute per claimed id and reason; the id itself only
   * if it is one.
   *
   * @returns whether it was kept, so that a log line can keep the same rate
   */
  turnedAway(claimed: DeviceId | null, { reason, expected }: Pick<Fault, 'reason' | 'expected'>): boolean {
    const { clock, spool, metrics } = this.options;
    metrics.rejected.inc({ reason });
    this.rejected++;
    const nowMs = clock.wallMs();
    for (const [id, atMs] of this.claims) {
      if (nowMs - atMs < CLAIM_EVERY_MS) break;
      this.claims.delete(id);
    }
    const claim = claimed !== null && this.claims.size < CLAIMS_MAX ? `${claimed} ${expected}` : '';
    if (this.claims.has(claim)) return false;
    this.claims.set(claim, nowMs);
    const record = rejectRecord({
      gatewayId: this.options.gatewayId,
      deviceId: claimed,
      key: `gateway:${this.options.gatewayId}`,
      origin: 'live',
      atMs: clock.nowMs(),
      payload: { bytes: 0 },
      fault: { reason, path: '', expected },
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

  private refuse(deviceId: DeviceId, fault: Fault, payload: Buffer | { readonly bytes: number }, done: Done): void {
    const origin = this.options.states.originOf(deviceId) ?? 'live';
    const record = this.deadLetter({ deviceId, fault, payload, origin, atMs: this.options.clock.nowMs(), withHead: true });
    this.options.spool.append([record], (outage) => {
      if (outage === undefined) this.count(null, null, [fault]);
      done(outage);
    });
  }

  private eventOf(deviceId: DeviceId, message: DecodedMessage, gatewayAtMs: number): DeviceMessage {
    const { beds, states, clock, gatewayId } = this.options;
    const { bootId, seq, deviceAtMs, origin, readings } = message;
    const state = states.of(deviceId);
    const time = eventTime(state.skew, { deviceAtMs, gatewayAtMs, wallMs: clock.wallMs(), rate: clock.rate });
    state.skew = time.state;
    state.origin = origin;
    return {
      v: 1,
      kind: 'deviceMessage',
      id: messageId({ deviceId, bootId, seq }),
      key: beds.keyOf(deviceId),
      origin,
      atMs: time.atMs as DeviceMessage['atMs'],
      bedId: beds.bedOf(deviceId),
      deviceId,
      gatewayId,
      bootId,
      seq,
      deviceAtMs: deviceAtMs as DeviceMessage['deviceAtMs'],
      gatewayAtMs: gatewayAtMs as DeviceMessage['gatewayAtMs'],
      ...(time.clockSuspect ? { clockSuspect: true } : {}),
      readings: [...readings],
    };
  }

  private deadLetter(facts: {
    readonly deviceId: DeviceId;
    readonly fault: Fault;
    readonly payload: Buffer | { readonly bytes: number };
    readonly origin: Origin;
    readonly atMs: number;
    readonly withHead: boolean;
  }): LogRecord {
    return rejectRecord({ ...facts, gatewayId: this.options.gatewayId, key: this.options.beds.keyOf(facts.deviceId) });
  }

  private count(event: DeviceMessage | null, message: DecodedMessage | null, faults: readonly Fault[]): void {
    const { metrics } = this.options;
    for (const { reason } of faults) metrics.rejected.inc({ reason });
    this.rejected += faults.length;
    if (event === null || message === null || event.readings.length === 0) return;
    this.accepted++;
    metrics.accepted.inc();
    metrics.readings.inc(event.readings.length);
    if (message.zeroes > 0) metrics.zeroes.inc(message.zeroes);
    if (event.clockSuspect === true) metrics.clockSuspect.inc();
    if (event.bedId !== null) this.active.add(event.bedId);
  }
}
