export { connectionProblem } from './connection-string.js';
export {
  consumer,
  type ConsumerOptions,
  LOAD_BALANCING,
  LOOK_EVERY_MS,
  LOOP_DEAD_AFTER_MS,
  producer,
  RESUBSCRIBE_WAITS_MS,
  RETRY,
  STALLED_AFTER_MS,
  SUBSCRIBE,
  SUBSCRIBE_COMMITTING,
  unsharedConsumer,
} from './policy.js';
export type { FencedCheckpointStore } from './fenced-store.js';
export {
  type EndsNews,
  type Gap,
  type LastRead,
  type PartitionEnd,
  type PartitionView,
  Progress,
  type Stall,
} from './progress.js';
export { Restarts } from './restarts.js';
export { type ClosableProducer, RENEW_AFTER_MS, Sender, type SenderOptions } from './sender.js';
export { type HubTrouble, troubleOf } from './trouble.js';
export { partitionHash, partitionOf } from './partition-hash.js';
export {
  type BatchProducer,
  type EventBatch,
  type KeyedEvent,
  sendByKey,
  type SendOptions,
  type SendOutcome,
} from './send-by-key.js';
