export { DEFAULT_HUBS, type EventHubOptions, type RunningEventHub, startEventHub } from './start.js';
export type { HubSpec } from './hub.js';
export type { Log } from './broker/broker.js';
export { LogError, type LogErrorCode } from './log/log-error.js';
export { partitionOfKey } from './partition-hash.js';
