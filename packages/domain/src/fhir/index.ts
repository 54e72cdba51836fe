export { CUFF_METRICS, observedName, type ObservedName } from './codings.js';
export { deviceMetricIdentity, deviceMetricResource, deviceResource, type OutDeviceFacts } from './device.js';
export { type Draft, type DraftStay, identityOfDraft, type OutSample, type ScoreDraft } from './draft.js';
export { DEVICE_METRIC_SYSTEM, DEVICE_SYSTEM, OBSERVATION_SYSTEM } from './identity.js';
export { isDense, type Minute, MINUTE_MS, minuteDrafts, type OutMode, type PlacedDraft } from './minute.js';
export { type FhirJson, observationOf, type OutSubject } from './observation.js';
