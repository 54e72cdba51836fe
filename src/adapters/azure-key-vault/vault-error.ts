import { SealError } from '@vigil/sealed-records';

const BUSY = new Set([408, 429]);

/** What the vault, the way to it or the credential said, as one of ours. Its own words stay in the cause. */
export function vaultError(e: unknown): SealError {
  if (e instanceof SealError) return e;
  const { statusCode, name, code } = e as { statusCode?: number; name?: string; code?: string };
  if (isCredential(name) && statusCode !== undefined && statusCode < 500 && !BUSY.has(statusCode)) {
    return new SealError('key-denied', 'the credential for the key vault is refused; renew it', e);
  }
  if (name === 'CredentialUnavailableError') {
    return new SealError(
      'key-denied',
      'there is no credential for the key vault; set a managed identity or AZURE_* variables',
      e,
    );
  }
  if (statusCode === undefined || statusCode >= 500 || BUSY.has(statusCode)) {
    return new SealError('key-away', `the key vault does not answer (${statusCode ?? code ?? name ?? 'no connection'})`, e);
  }
  if (statusCode === 404) return new SealError('key-unknown', 'the key vault has no such key version; recover it there', e);
  if (statusCode === 401 || statusCode === 403) {
    return new SealError(
      'key-denied',
      'the key vault refuses: look whether the key is enabled and get, wrapKey, unwrapKey are granted',
      e,
    );
  }
  return new SealError(
    'tampered',
    `the key vault could not unwrap this (${statusCode}): it was changed, or wrapped by another key`,
    e,
  );
}

function isCredential(name: string | undefined): boolean {
  return name === 'AuthenticationError' || name === 'AggregateAuthenticationError' || name === 'AuthenticationRequiredError';
}
