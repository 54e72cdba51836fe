import type { Hub } from '../hub.js';
import { type LogError } from '../log/log-error.js';
import { partitionOfKey } from '../partition-hash.js';
import { readEnvelope } from '../wire/envelope.js';
import { WireError } from '../wire/wire-error.js';
import { type AmqpError, CONDITION, type Delivery, type Receiver } from './amqp.js';
import type { Broker } from './broker.js';
import { attachIdempotent, markOfBatch, type ProducerIdentity } from './idempotence.js';

/** Sends that a producer may have under way. The client stalls for a second when it runs out, so it is generous. */
const CREDIT = 500;
/** Credit is given back in portions, to spare flow frames. */
const CREDIT_PORTION = 50;

/** The JavaScript client measures a batch with short placeholders for its producer's id and numbers, and fills it to the limit. */
const NUMBERS_BYTES_MAX = 64 * 1024;

/** Settled or not, as each send says. */
const MIXED = 2;

type SendContext = { message: Buffer; delivery: Delivery & { settled: boolean }; format?: number | null };

/** Where events without a key go next, per hub. */
const turns = new WeakMap<Hub, number>();

function nextTurn(hub: Hub): number {
  const turn = (turns.get(hub) ?? -1) + 1;
  turns.set(hub, turn % hub.partitions);
  return turn % hub.partitions;
}

/**
 * Takes the sends of one producer link. A send is accepted once it is on disk, rejected with an error that the client
 * retries when the hub is busy, and rejected for good when it is malformed or too large.
 */
export class ProducerLink {
  /** Credit that is due. */
  private owed = 0;
  private isStopped = false;
  private readonly giveCredit = (): void => {
    this.link.add_credit(this.owed);
    this.owed = 0;
  };

  private constructor(
    private readonly broker: Broker,
    private readonly hub: Hub,
    private readonly partition: number | null,
    private readonly link: Receiver,
    private readonly producer: ProducerIdentity | null,
  ) {}

  /**
   * Starts a producer on an authorised link, or says why it can't send.
   *
   * @param partition where everything of this link goes, or null when key or turn decide
   */
  static start(broker: Broker, hub: Hub, partition: number | null, link: Receiver): ProducerLink | AmqpError {
    const producer = attachIdempotent(hub, partition, link);
    if (producer !== null && 'condition' in producer) return producer;
    const started = new ProducerLink(broker, hub, partition, link, producer);
    link.local.attach.max_message_size = broker.limits.publicationBytes;
    link.local.attach.snd_settle_mode = link.remote.attach?.snd_settle_mode ?? MIXED;
    link.add_credit(CREDIT);
    link.on('message', (context: SendContext) => started.take(context));
    return started;
  }

  /** The link has ended. What is on its way to the disk goes there. */
  stop(): void {
    this.isStopped = true;
    this.broker.inFlight.forget(this.giveCredit);
  }

  private take({ message, delivery, format }: SendContext): void {
    // A send that the producer does not wait for has no outcome to report, but it takes its place in the window.
    // What comes before the peer knows that its link has ended is not taken: its token may have expired.
    if (delivery.remote_settled || this.isStopped) delivery.settled = true;
    if (this.isStopped) return;
    const { inFlight, limits } = this.broker;
    if (message.length > limits.publicationBytes + (this.producer === null ? 0 : NUMBERS_BYTES_MAX)) {
      const description = `a message takes at most ${limits.publicationBytes} bytes`;
      return this.settle(delivery, { condition: CONDITION.tooLarge, description });
    }
    if (inFlight.isClosed) return this.settle(delivery, busy('the hub is stopping'));
    if (!inFlight.hold(message.length)) return this.settle(delivery, busy('too much waits for the disk'));
    const settle = (error: AmqpError | null): void => {
      inFlight.release(message.length);
      this.settle(delivery, error);
    };
    try {
      this.append(message, format ?? 0, settle);
    } catch (e) {
      if (!(e instanceof WireError)) {
        inFlight.release(message.length);
        throw e;
      }
      settle({ condition: CONDITION.decode, description: e.message });
    }
  }

  /** @throws WireError when the bytes are no message or batch */
  private append(message: Buffer, format: number, settle: (error: AmqpError | null) => void): void {
    const { hub, partition, producer, broker } = this;
    const { events, partitionKey } = readEnvelope(message, format);
    const mark = producer === null ? null : markOfBatch(events, producer);
    const waitMs = broker.throughput.ingressWaitMs(message.length, events.length);
    if (waitMs > 0) {
      broker.metrics.throttled.inc({ direction: 'in' });
      return settle(busy(`more comes in than the throughput units allow; try again in ${Math.ceil(waitMs / 1000)} s`));
    }
    const to = partition ?? (partitionKey === null ? nextTurn(hub) : partitionOfKey(partitionKey, hub.partitions));
    hub.log.append(to, events, (error) => settle(error === null ? null : appendError(error)), mark);
  }

  private settle(delivery: SendContext['delivery'], error: AmqpError | null): void {
    if (error !== null) this.broker.metrics.rejected.inc({ reason: error.condition });
    if (this.isStopped || !this.link.is_open()) {
      // Nobody waits for it any more, but until it is settled it takes its place in the session's window.
      delivery.settled = true;
      return;
    }
    if (!delivery.remote_settled) {
      if (error === null) delivery.accept();
      else delivery.reject(error);
    }
    if (++this.owed < CREDIT_PORTION) return;
    if (this.broker.inFlight.isTight) this.broker.inFlight.whenEased(this.giveCredit);
    else this.giveCredit();
  }
}

const busy = (description: string): AmqpError => ({ condition: CONDITION.busy, description });

function appendError(error: LogError): AmqpError {
  return { condition: conditionOf(error), description: error.message };
}

function conditionOf({ code, retryable }: LogError): string {
  if (code === 'out-of-order') return CONDITION.outOfOrder;
  if (code === 'stolen') return CONDITION.producerStolen;
  return retryable ? CONDITION.busy : CONDITION.internal;
}
