/** A certificate or key that can't be used. The message is one line that says what to do and quotes neither. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
