/** Why sealed bytes or a key can't be used. */
export type SealErrorCode =
  /** The bytes do not start with a header of this format, or the header is cut short. */
  | 'header-malformed'
  /** The text is no sealed field, or is cut short. */
  | 'field-malformed'
  /** A newer format or another algorithm. Never guessed at: it fails closed. */
  | 'version-unknown'
  /** The key that sealed this is not among the keys at hand. */
  | 'key-unknown'
  /** The subject was erased on purpose: its keys are destroyed, and new ones are refused. */
  | 'erased'
  /** Changed, swapped with another record or segment, or sealed under another key. */
  | 'tampered'
  /** This sealer has sealed as many records as one data key may; begin a new segment. */
  | 'exhausted'
  /** The key file is readable by others, malformed or can't be written. */
  | 'key-file'
  /** The key service does not answer, or answers that it has no time. The same call may succeed later. */
  | 'key-away'
  /** The key service answers and refuses: wrong credentials, a disabled key. Somebody has to mend it. */
  | 'key-denied'
  /** A bug of the caller: a purpose, subject or name that no place can have. */
  | 'place-malformed';

/** Carries a code and advice; never key material and nothing of what was sealed. */
export class SealError extends Error {
  override readonly name = 'SealError';

  constructor(
    readonly code: SealErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }

  /** True when the same call may succeed later without anybody doing anything. */
  get retryable(): boolean {
    return this.code === 'key-away';
  }
}
