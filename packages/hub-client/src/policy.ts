import {
  type CheckpointStore,
  EventHubConsumerClient,
  type EventHubConsumerClientOptions,
  EventHubProducerClient,
  type RetryOptions,
  RetryMode,
  type SubscribeOptions,
} from '@azure/event-hubs';

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
 * alarms would stand still for as long; a short one grants ever more credit while idle (azure-sdk-for-js #39452), which
 * ticks and gateway status keep from happening on a working site and the local hub bounds. An empty batch comes every
 * `maxWaitTimeInSeconds` and is the sign of life of an idle partition.
 */
export const SUBSCRIBE: Readonly<SubscribeOptions> = {
  maxBatchSize: 300,
  maxWaitTimeInSeconds: 3,
  prefetchCount: 900,
};

/**
 * The interval is also how long a partition stands still after its reader has failed, because only this loop starts it
 * anew: two seconds, not the client's ten. The loop retries on its own slow schedule, so ownership must outlive a
 * restart of the hub.
 */
export const LOAD_BALANCING = {
  strategy: 'greedy',
  updateIntervalInMs: 2_000,
  partitionOwnershipExpirationIntervalInMs: 120_000,
} as const;

/** @param identifier shows in the hub's logs and metrics; host, process and purpose, never patient data */
export function producer(connectionString: string, hubName: string, identifier: string): EventHubProducerClient {
  return new EventHubProducerClient(connectionString, hubName, { retryOptions: { ...RETRY }, identifier });
}

/**
 * @param identifier the owner id of this start. Give each start its own: a process that comes back under the id of its
 *   former self is taken to be receiving already and gets no partition until that ownership expires.
 * @param checkpointStore must fence: `updateCheckpoint` throws once the partition has another owner, and the handler
 *   lets that escape. Without it two consumers can steal a partition from each other without end.
 * @param options overrides, e.g. a shorter expiry where one process owns everything
 */
export function consumer(
  group: string,
  connectionString: string,
  hubName: string,
  checkpointStore: CheckpointStore,
  identifier: string,
  options: EventHubConsumerClientOptions = {},
): EventHubConsumerClient {
  return new EventHubConsumerClient(group, connectionString, hubName, checkpointStore, {
    retryOptions: { ...RETRY },
    identifier,
    ...options,
    loadBalancingOptions: { ...LOAD_BALANCING, ...options.loadBalancingOptions },
  });
}
