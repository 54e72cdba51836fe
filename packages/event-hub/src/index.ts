export { DEFAULT_HUBS, type EventHubOptions, type RunningEventHub, startEventHub } from './start.js';
export { DEFAULT_RETENTION, type HubLimits, type HubSpec, type Retention, STANDARD_LIMITS } from './hub-meta.js';
export { BROKER_LIMITS, type BrokerLimits } from './limits.js';
export type { OffsetForm } from './wire/offset.js';
export type { Log } from './broker/broker.js';
export { LogError, type LogErrorCode } from './log/log-error.js';
export { partitionOfKey } from './partition-hash.js';
export type { TlsOptions } from './tls/live-certificate.js';
