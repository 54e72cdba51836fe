export type { KeyPort } from './key-port.js';
export { openKeyFile } from './key-file.js';
export { Sealer, RECORDS_MAX } from './sealer.js';
export { Opener } from './opener.js';
export { SealError, type SealErrorCode } from './seal-error.js';
export { HEADER_BYTES_MAX } from './header.js';
export { OVERHEAD_BYTES } from './gcm.js';
