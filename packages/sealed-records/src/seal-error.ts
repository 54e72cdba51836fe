/** Why sealed bytes or a key file can't be used. */
export type SealErrorCode =
  /** The bytes do not start with a header of this format, or the header is cut short. */
  | 'header-malformed'
  /** A newer format or another algorithm. Never guessed at: it fails closed. */
  | 'version-unknown'
  /** The key that sealed this is not among the keys at hand. */
  | 'key-unknown'
  /** Changed, swapped with another record or segment, or sealed under another key. */
  | 'tampered'
  /** This sealer has sealed as many records as one data key may; begin a new segment. */
  | 'exhausted'
  /** The key file is readable by others, malformed or can't be written. */
  | 'key-file';

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
}
