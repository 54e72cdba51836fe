export { consumer, LOAD_BALANCING, producer, RETRY, SUBSCRIBE, unsharedConsumer } from './policy.js';
export { partitionHash, partitionOf } from './partition-hash.js';
export {
  type BatchProducer,
  type EventBatch,
  type KeyedEvent,
  sendByKey,
  type SendOptions,
  type SendOutcome,
} from './send-by-key.js';
