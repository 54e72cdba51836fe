export * from './invariant.js';
export * from './errors.js';
export * from './alarm.js';
export * from './escalation.js';
export * from './access.js';
