import { partitionOf } from './partition-hash.js';
import { troubleOf } from './trouble.js';

/** One event and the key that gives it its partition and its order. */
export interface KeyedEvent {
  readonly key: string;
  /** JSON: ready-made bytes, which are sent as they are, or an object that is encoded here. */
  readonly body: Buffer | object;
}

/** What became of one event. `refused` means that the same bytes can never be sent; `retry` that they may be later. */
export type SendOutcome =
  | { readonly status: 'sent' }
  | { readonly status: 'retry'; readonly error: unknown }
  | { readonly status: 'refused'; readonly error: unknown };

/** The part of `EventHubProducerClient` that is needed. */
export interface BatchProducer {
  getPartitionIds(): Promise<string[]>;
  createBatch(options: { partitionId: string; maxSizeInBytes?: number }): Promise<EventBatch>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the client's own batch type, handed back to it untouched
  sendBatch(batch: any): Promise<void>;
}

export interface EventBatch {
  readonly count: number;
  tryAdd(event: { body: unknown; contentType?: string }): boolean;
}

export interface SendOptions {
  /** Partitions that are sent to at the same time. Default 8. */
  readonly concurrency?: number;
  /** Events of one batch; a batch is closed at this or at 1 MiB. Default 500. */
  readonly batchMax?: number;
}

const SENT: SendOutcome = { status: 'sent' };
const partitionCounts = new WeakMap<BatchProducer, number>();

/**
 * Sends events, keeping the order of each key, and says for each one what became of it. Never rejects.
 *
 * Events go to explicit partitions, chosen with the service's own hash (`partitionOf`), so that one batch carries many
 * keys. A batch per partition key was tried first; the figures are in the package's README: with 100 beds it means 100
 * small batches a round, each with its own transfer, fsync share and settlement. The price: the event carries no
 * partition key annotation (its body names the key), and the hub's partition count is read once per producer.
 *
 * Order: of one partition only one batch is in flight, and once a batch failed nothing behind it is tried, because a
 * later event of the same key must not overtake. Those outcomes are `retry`. Only an event that exceeds the size limit
 * is `refused`; the rest of its partition goes on.
 *
 * At least once: a batch whose answer was lost reads as `retry` although the hub may have it.
 */
export async function sendByKey(
  producer: BatchProducer,
  events: readonly KeyedEvent[],
  options: SendOptions = {},
): Promise<SendOutcome[]> {
  const outcomes = new Array<SendOutcome>(events.length);
  let count: number;
  try {
    count = await partitionCount(producer);
  } catch (error) {
    return outcomes.fill({ status: 'retry', error });
  }
  const lanes = new Map<string, number[]>();
  events.forEach((event, index) => {
    const partitionId = partitionOf(event.key, count);
    const lane = lanes.get(partitionId);
    if (lane === undefined) lanes.set(partitionId, [index]);
    else lane.push(index);
  });
  const waiting = [...lanes];
  const batchMax = options.batchMax ?? 500;
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const lane = { producer, partitionId: next[0], indexes: next[1], events, outcomes, batchMax };
      const error = await sendLane(lane);
      if (error === null || troubleOf(error) !== 'away') continue;
      // Whoever did not answer for one partition will not for the others, and each would take as long.
      for (const [, indexes] of waiting.splice(0)) for (const index of indexes) outcomes[index] = { status: 'retry', error };
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency ?? 8, lanes.size) }, worker));
  return outcomes;
}

async function partitionCount(producer: BatchProducer): Promise<number> {
  const known = partitionCounts.get(producer);
  if (known !== undefined) return known;
  const count = (await producer.getPartitionIds()).length;
  partitionCounts.set(producer, count);
  return count;
}

interface Lane {
  readonly producer: BatchProducer;
  readonly partitionId: string;
  /** Places in `events` that belong to this partition, in order. */
  readonly indexes: readonly number[];
  readonly events: readonly KeyedEvent[];
  readonly outcomes: SendOutcome[];
  readonly batchMax: number;
}

/** Answers what went wrong, or null. */
async function sendLane(lane: Lane): Promise<unknown> {
  let from = 0;
  while (from < lane.indexes.length) {
    let to = from;
    try {
      const batch = await lane.producer.createBatch({ partitionId: lane.partitionId });
      while (to < lane.indexes.length && batch.count < lane.batchMax) {
        const event = lane.events[lane.indexes[to]!]!;
        if (!batch.tryAdd({ body: bytesOf(event.body), contentType: 'application/json' })) break;
        to++;
      }
      if (to === from) {
        lane.outcomes[lane.indexes[to]!] = { status: 'refused', error: new Error('the event is larger than a batch may be') };
        from++;
        continue;
      }
      await lane.producer.sendBatch(batch);
      for (let i = from; i < to; i++) lane.outcomes[lane.indexes[i]!] = SENT;
      from = to;
    } catch (error) {
      for (let i = from; i < lane.indexes.length; i++) lane.outcomes[lane.indexes[i]!] = { status: 'retry', error };
      return error;
    }
  }
  return null;
}

/** A Buffer travels as it is; everything else as JSON, which is what the receiving client decodes. */
function bytesOf(body: Buffer | object): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}
