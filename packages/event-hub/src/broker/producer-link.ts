import type { Hub } from '../hub.js';
import { type LogError } from '../log/log-error.js';
import { partitionOfKey } from '../partition-hash.js';
import { readEnvelope } from '../wire/envelope.js';
import { WireError } from '../wire/wire-error.js';
import { type AmqpError, CONDITION, type Delivery, type Receiver } from './amqp.js';
import type { Broker } from './broker.js';
import { MESSAGE_BYTES_MAX } from './guard.js';
import { attachIdempotent, markOfBatch } from './idempotence.js';

/** Sends that a producer may have under way. The client stalls for a second when it runs out, so it is generous. */
const CREDIT = 500;
/** Credit is given back in portions, to spare flow frames. */
const CREDIT_PORTION = 50;

/** Where events without a key go next, per hub. */
const turns = new WeakMap<Hub, number>();

function nextTurn(hub: Hub): number {
  const turn = (turns.get(hub) ?? -1) + 1;
  turns.set(hub, turn % hub.partitions);
  return turn % hub.partitions;
}

/**
 * Takes the sends of one producer link. A send is accepted once it is on disk, rejected with an error that the client
 * retries when the log is busy, and rejected for good when it is malformed or too large.
 *
 * @param partition where everything of this link goes, or null when key or turn decide
 * @returns why the link can't send, or null
 */
export function startProducer(broker: Broker, hub: Hub, partition: number | null, link: Receiver): AmqpError | null {
  const producer = attachIdempotent(hub, partition, link);
  if (producer !== null && 'condition' in producer) return producer;
  const { metrics } = broker;
  let owed = 0;
  link.local.attach.max_message_size = MESSAGE_BYTES_MAX;
  link.add_credit(CREDIT);

  const settle = (delivery: Delivery, error: AmqpError | null): void => {
    if (!link.is_open()) return;
    if (error !== null) metrics.rejected.inc({ reason: error.condition });
    if (!delivery.remote_settled) {
      if (error === null) delivery.accept();
      else delivery.reject(error);
    }
    if (++owed >= CREDIT_PORTION) {
      link.add_credit(owed);
      owed = 0;
    }
  };

  link.on('message', (context: { message: Buffer; delivery: Delivery & { settled: boolean }; format?: number | null }) => {
    const { message, delivery } = context;
    // A send that the producer does not wait for has no outcome to report, but it takes its place in the window.
    if (delivery.remote_settled) delivery.settled = true;
    if (message.length > MESSAGE_BYTES_MAX) {
      return settle(delivery, {
        condition: CONDITION.tooLarge,
        description: `a message takes at most ${MESSAGE_BYTES_MAX} bytes`,
      });
    }
    try {
      const { events, partitionKey } = readEnvelope(message, context.format ?? 0);
      const to = partition ?? (partitionKey === null ? nextTurn(hub) : partitionOfKey(partitionKey, hub.partitions));
      const mark = producer === null ? null : markOfBatch(events, producer);
      hub.log.append(to, events, (error) => settle(delivery, error === null ? null : appendError(error)), mark);
    } catch (e) {
      if (!(e instanceof WireError)) throw e;
      settle(delivery, { condition: CONDITION.decode, description: e.message });
    }
  });
  return null;
}

function appendError(error: LogError): AmqpError {
  return { condition: conditionOf(error), description: error.message };
}

function conditionOf({ code, retryable }: LogError): string {
  if (code === 'out-of-order') return CONDITION.outOfOrder;
  if (code === 'stolen') return CONDITION.producerStolen;
  return retryable ? CONDITION.busy : CONDITION.internal;
}
