export type { KeyPort } from './key-port.js';
export { openKeyFile, type KeyFileOptions } from './key-file.js';
export { keyFileIds, retireKey, rotateKeyFile } from './key-file-change.js';
export { Sealer, RECORDS_MAX } from './sealer.js';
export { Opener } from './opener.js';
export { SealError, type SealErrorCode } from './seal-error.js';
export { HEADER_BYTES_MAX } from './header.js';
export { OVERHEAD_BYTES } from './gcm.js';
export { type FieldPlace, SITE } from './field-place.js';
export {
  Keyring,
  KEY_TTL_MS_MAX,
  type KeyringOptions,
  type KeyringStatus,
  type PlainField,
  type RefreshReport,
  type SealedAt,
} from './keyring.js';
export type { RewrapReport } from './rewrap.js';
export type { DataKeyCounts, DataKeyStore, ShardKeyRow, SubjectKeyRow } from './data-key-store.js';
export { MemoryDataKeyStore } from './memory-data-key-store.js';
export { headerKeyId, type OpenedSegment, openSegmentHeaders, rewrapSegment, type SegmentHeaders } from './side-header.js';
export { type KeyState, KeyWatch, type KeyWatchOptions, type SealedSegments } from './key-watch.js';
