import type { BedsideAlarm, BedsidePause, MetricName, Origin, Reading, WireStatus } from '@vigil/contracts';
import type { Fault } from './reject.js';

/** What a decoder needs to know of a device beside its bytes. */
export interface DeviceProfile {
  /** Name of a decoder in decoders.ts. */
  readonly format: string;
}

/** What a payload says, once judged. The bed, the clocks and the ids are the caller's business. */
export interface Decoded<T> {
  /** Null when the envelope is bad: then nothing of it is used. */
  readonly message: T | null;
  /** One for each thing refused; empty for a good message, at least one without a message. */
  readonly faults: readonly Fault[];
  /** The number of a message that is refused as a whole, where that could be read: it has arrived. */
  readonly named?: MessageName;
}

export interface MessageName {
  readonly bootId: string;
  readonly seq: number;
}

/** What names a message and says when it was made; one numbering for all topics of a device and boot. */
export interface DecodedEnvelope extends MessageName {
  readonly deviceAtMs: number;
  readonly origin: Origin;
}

export interface DecodedMessage extends DecodedEnvelope {
  /** Never more than the message had; may be empty when every reading was refused. Each metric once. */
  readonly readings: readonly Reading[];
  /** Readings whose zero became "no value". */
  readonly zeroes: number;
  /** Metrics whose value was a code for "no value" and became null; each has a fault `no-value-code` too. */
  readonly noValues: readonly MetricName[];
}

export interface DecodedAlarms extends DecodedEnvelope {
  /** May be empty when every alarm was refused. */
  readonly alarms: readonly BedsideAlarm[];
  /** All that the device has paused; absent where it said nothing of that. */
  readonly pauses?: readonly BedsidePause[];
}

/**
 * From the bytes of one device format to what Vigil understands. Pure; never throws, whatever the bytes; bounded by the size
 * of the payload. Another format is one more of these and one more row of decoders.ts; nothing else changes.
 */
export interface Decoder {
  readonly format: string;
  observations(payload: Buffer, profile: DeviceProfile): Decoded<DecodedMessage>;
  alarms(payload: Buffer, profile: DeviceProfile): Decoded<DecodedAlarms>;
  status(payload: Buffer, profile: DeviceProfile): Decoded<WireStatus>;
}
