import { SealError } from '@vigil/sealed-records';

const UNKNOWN = new Set(['NotFoundException', 'InvalidArnException']);
const TAMPERED = new Set(['InvalidCiphertextException', 'IncorrectKeyException', 'ValidationException']);
/** What KMS answers with 4xx although the same call may succeed later. */
const AWAY = new Set(['ThrottlingException', 'LimitExceededException', 'DependencyTimeoutException', 'RequestTimeout']);

/** What KMS, the way to it or the credential said, as one of ours. Its own words stay in the cause. */
export function kmsError(e: unknown): SealError {
  if (e instanceof SealError) return e;
  const { name = '', code, $metadata } = e as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (UNKNOWN.has(name)) return new SealError('key-unknown', 'KMS has no such key; look at the ARN and the region', e);
  if (TAMPERED.has(name)) {
    return new SealError('tampered', `KMS could not unwrap this (${name}): it was changed, moved, or wrapped by another key`, e);
  }
  if (name === 'CredentialsProviderError') {
    return new SealError('key-denied', 'there is no credential for KMS; give this process a role or AWS_* variables', e);
  }
  if (AWAY.has(name) || status === undefined || status >= 500 || status === 429) {
    return new SealError('key-away', `KMS does not answer (${code ?? name})`, e);
  }
  return new SealError('key-denied', `KMS refuses (${name}): look at the state of the key and the rights of this process`, e);
}
