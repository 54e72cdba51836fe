import {
  EventHubConsumerClient,
  type EventHubConsumerClientOptions,
  EventHubProducerClient,
  type EventHubProperties,
  type RetryOptions,
  RetryMode,
  type SubscribeOptions,
} from '@azure/event-hubs';
import { boundCredit, endPumpsOfClosed, keepAddresses, shortenLoop } from './client-mends.js';
import { type FencedCheckpointStore, requireFence } from './fenced-store.js';

/**
 * How every part of Vigil talks to Event Hubs, local or Azure. The client's defaults are unfit: a dead hub or a bad
 * key shows after minutes (3 retries, 30 s apart, two loops nested), one event is handled at a time, and partitions
 * are taken one per interval.
 *
 * These retries are the inner policy only: short, so that the loop above, which knows what may wait, decides. The
 * client nests two loops, so the worst case is about (1 + 1)^2 attempts of `timeoutInMs`.
 */
export const RETRY: Readonly<RetryOptions> = {
  mode: RetryMode.Exponential,
  maxRetries: 1,
  retryDelayInMs: 200,
  maxRetryDelayInMs: 2_000,
  timeoutInMs: 5_000,
};

/**
 * What to pass to `subscribe`. A batch of one, the client's default, costs 20 ms each. The wait is a compromise: a long
 * one does not delay delivery, but after a hub that died the client attaches anew only when its current wait ends, so
 * alarms would stand still for as long. Each wait, and each batch, also grants credit anew; `boundCredit` keeps that to
 * one prefetch. An empty batch comes every `maxWaitTimeInSeconds` and is the sign of life of an idle partition.
 */
export const SUBSCRIBE: Readonly<SubscribeOptions> = {
  maxBatchSize: 300,
  maxWaitTimeInSeconds: 3,
  prefetchCount: 900,
};

/**
 * The same for a reader that commits what it has read before it goes on: behind with thousands of events it takes up to a thousand
 * at once, one when one has come. On a busy disk it was behind a minute of 5,000 beds for 4 to 10 s instead of 16 to 20.
 */
export const SUBSCRIBE_COMMITTING: Readonly<SubscribeOptions> = { ...SUBSCRIBE, maxBatchSize: 1_000, prefetchCount: 1_500 };

/**
 * The interval is also how long a partition stands still after its reader has failed, because only this loop starts it
 * anew: two seconds, not the client's ten. Ownership must outlive a restart of the hub.
 */
export const LOAD_BALANCING = {
  strategy: 'greedy',
  updateIntervalInMs: 2_000,
  partitionOwnershipExpirationIntervalInMs: 120_000,
} as const;

/**
 * A partition that is owned and stands still for longer is subscribed to anew (wall time). Three waits, as long as
 * nothing happens; but not before the client has given up by itself, which takes a wait and both attempts to attach.
 */
export const STALLED_AFTER_MS = Math.max(
  3 * SUBSCRIBE.maxWaitTimeInSeconds! * 1_000,
  SUBSCRIBE.maxWaitTimeInSeconds! * 1_000 + (RETRY.maxRetries! + 1) * RETRY.timeoutInMs! + RETRY.maxRetryDelayInMs!,
);

/** The loop that takes partitions asks the hub every `updateIntervalInMs`; one that has not for so long has died. */
export const LOOP_DEAD_AFTER_MS = 60_000;

/** Waits between one new subscription and the next (wall time); the last one for good, and the first again after ten quiet minutes. */
export const RESUBSCRIBE_WAITS_MS: readonly number[] = [0, 15_000, 30_000, 60_000, 120_000, 300_000];

/** How often the hub is asked where its partitions end. Azure answers 50 such questions a second and namespace. */
export const LOOK_EVERY_MS = 5_000;

/** Of the loop that takes partitions. */
export interface LoopOptions {
  /** Called each time it begins a turn: its sign of life. */
  readonly onLoop?: (() => void) | undefined;
  /** Asks the hub over another connection than the one that the events come by (`shortenLoop`). */
  readonly askProperties?: (() => Promise<EventHubProperties>) | undefined;
}

export interface ConsumerOptions extends EventHubConsumerClientOptions, LoopOptions {}

/** @param identifier shows in the hub's logs and metrics; host, process and purpose, never patient data */
export function producer(connectionString: string, hubName: string, identifier: string): EventHubProducerClient {
  const client = new EventHubProducerClient(connectionString, hubName, { retryOptions: { ...RETRY }, identifier });
  keepAddresses(client);
  return client;
}

/**
 * @param identifier the owner id of this start. Give each start its own: a process that comes back under the id of its
 *   former self is taken to be receiving already and gets no partition until that ownership expires.
 * @param checkpointStore its fence is why the handler checkpoints often and lets errors escape (`FencedCheckpointStore`)
 * @param options overrides, e.g. a shorter expiry where one process owns everything
 * @throws TypeError for a store without a fence
 */
export function consumer(
  group: string,
  connectionString: string,
  hubName: string,
  checkpointStore: FencedCheckpointStore,
  identifier: string,
  options: ConsumerOptions = {},
): EventHubConsumerClient {
  requireFence(checkpointStore);
  const { onLoop, askProperties, ...clientOptions } = options;
  const client = new EventHubConsumerClient(group, connectionString, hubName, checkpointStore, {
    retryOptions: { ...RETRY },
    identifier,
    ...clientOptions,
    loadBalancingOptions: { ...LOAD_BALANCING, ...clientOptions.loadBalancingOptions },
  });
  return mended(client, { onLoop, askProperties });
}

/** A consumer of every partition that shares them with nobody and keeps no position, e.g. for what is shown now. */
export function unsharedConsumer(
  group: string,
  connectionString: string,
  hubName: string,
  identifier: string,
  loop: LoopOptions = {},
): EventHubConsumerClient {
  const loadBalancingOptions = { ...LOAD_BALANCING };
  const options = { retryOptions: { ...RETRY }, identifier, loadBalancingOptions };
  return mended(new EventHubConsumerClient(group, connectionString, hubName, options), loop);
}

function mended(client: EventHubConsumerClient, { onLoop, askProperties }: LoopOptions): EventHubConsumerClient {
  shortenLoop(client, RETRY, { onTurn: onLoop, elsewhere: askProperties });
  boundCredit(client);
  endPumpsOfClosed(client);
  return client;
}
