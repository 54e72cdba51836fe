import { randomInt } from 'node:crypto';
import type { Hub } from '../hub.js';
import type { ScannedEvent } from '../wire/event.js';
import {
  PRODUCER_CAPABILITY,
  PRODUCER_EPOCH_MAX,
  PRODUCER_PROPERTY,
  type ProducerMark,
  producerMarkOf,
  sequenceAfter,
} from '../wire/producer-mark.js';
import { WireError } from '../wire/wire-error.js';
import { type AmqpError, CONDITION, type Receiver, types } from './amqp.js';

/** Whose sends come on a link. */
export interface ProducerIdentity {
  readonly id: number;
  readonly epoch: number;
}

/** New ids are random, so that none that was given out before a crash is given out again. */
const NEW_ID_MAX = 2 ** 47;

/**
 * Answers a producer that wants its sends to be stored once. Returns who it is, null for an ordinary producer, or why
 * it can't attach.
 *
 * What it leaves open the hub fills in: a new id, epoch 0, and -1 for "nothing sent yet". A sequence number that it
 * states comes back as stated, also when the log holds later ones: after a reconnect a client goes on from the number
 * in the answer, and only with its own it repeats the send whose acknowledgement it missed under the same numbers.
 */
export function attachIdempotent(hub: Hub, partition: number | null, link: Receiver): ProducerIdentity | AmqpError | null {
  const attach = link.remote.attach!;
  if (![attach.desired_capabilities].flat().some((c) => String(c) === PRODUCER_CAPABILITY)) return null;
  if (partition === null)
    return { condition: CONDITION.notAllowed, description: 'an idempotent producer sends to one partition' };
  const stated = (name: string, min: number, max: number): number | null | undefined => {
    const value = attach.properties?.[name];
    if (value === undefined || value === null) return null;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
    return value >= min && value <= max ? value : undefined;
  };
  const statedId = stated(PRODUCER_PROPERTY.id, 0, Number.MAX_SAFE_INTEGER);
  const statedEpoch = stated(PRODUCER_PROPERTY.epoch, 0, PRODUCER_EPOCH_MAX);
  const statedSequence = stated(PRODUCER_PROPERTY.sequence, -1, 2 ** 31 - 1);
  if (statedId === undefined || statedEpoch === undefined || statedSequence === undefined) {
    return { condition: CONDITION.argument, description: 'a producer property is no whole number in its range' };
  }
  const known = statedId === null ? null : hub.log.producers.find(partition, statedId);
  const id = statedId ?? randomInt(1, NEW_ID_MAX);
  const epoch = statedEpoch ?? known?.epoch ?? 0;
  const sequence = statedSequence ?? (known?.epoch === epoch ? known.last : -1);
  if (known !== null) hub.log.producers.enter(partition, id, epoch);
  link.local.attach.offered_capabilities = [PRODUCER_CAPABILITY];
  link.local.attach.properties = {
    [PRODUCER_PROPERTY.id]: types.wrap_long(id),
    [PRODUCER_PROPERTY.epoch]: types.wrap_short(epoch),
    [PRODUCER_PROPERTY.sequence]: types.wrap_int(sequence),
  };
  return { id, epoch };
}

/**
 * The mark of a batch, from those of its events.
 *
 * @throws WireError when an event has none, belongs to someone else, or the numbers are not consecutive
 */
export function markOfBatch(events: readonly ScannedEvent[], { id, epoch }: ProducerIdentity): ProducerMark {
  let first: ProducerMark | null = null;
  for (let i = 0; i < events.length; i++) {
    const { bytes, annotationsAt, annotationsEnd } = events[i]!;
    const mark = producerMarkOf(bytes, annotationsAt, annotationsEnd);
    if (mark === null) throw new WireError('an event without the numbers of its producer');
    if (mark.id !== id || mark.epoch !== epoch) throw new WireError('an event with the numbers of another producer');
    first ??= mark;
    if (mark.sequence !== sequenceAfter(first.sequence, i)) throw new WireError('the numbers of a batch are not consecutive');
  }
  return first!;
}
