import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

/** A key file that can't be used; one line that says what to do, and nothing of the key. */
export class ClientKeyError extends Error {
  override readonly name = 'ClientKeyError';
}

/** What signs the assertions of SMART backend services. */
export interface ClientKey {
  readonly key: KeyObject;
  /** Source: SMART App Launch 2.2, "Client authentication: asymmetric": a server supports one of these two at least. */
  readonly algorithm: 'ES384' | 'RS384';
  /** Which of the registered keys it is. */
  readonly keyId: string;
}

const BYTES_MAX = 64 * 1024;
const RSA_BITS_MIN = 2_048;
const Jwk = z.looseObject({ kid: z.string().min(1).max(255).optional(), d: z.string() });

/**
 * The private key in a file of its owner: a JWK, or PEM without a passphrase; P-384, or RSA of 2048 bits and more.
 * @param keyId null: as the JWK says
 * @throws ClientKeyError
 */
export function readClientKey(file: string, keyId: string | null): ClientKey {
  const { key, kid } = parse(file, textOf(file));
  const named = keyId ?? kid;
  if (named === undefined)
    throw new ClientKeyError('FHIR_PRIVATE_KEY names no `kid`: set FHIR_KEY_ID to that of the registered key');
  return { key, algorithm: algorithmOf(key), keyId: named };
}

function textOf(file: string): string {
  try {
    const { mode, size, uid } = statSync(file);
    if (process.platform !== 'win32') {
      const rights = mode & 0o777;
      if ((rights & 0o077) !== 0) {
        throw new ClientKeyError(
          `FHIR_PRIVATE_KEY: ${file} has mode ${rights.toString(8)}, others may read it; run: chmod 600 ${file}`,
        );
      }
      if (process.getuid !== undefined && uid !== process.getuid()) {
        throw new ClientKeyError(`FHIR_PRIVATE_KEY: ${file} belongs to somebody else; run: chown ${process.getuid()} ${file}`);
      }
    }
    if (size > BYTES_MAX) throw new ClientKeyError(`FHIR_PRIVATE_KEY: ${file} is too large for a key`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ClientKeyError) throw error;
    throw new ClientKeyError(`FHIR_PRIVATE_KEY: ${file} can't be read; look at its path and its rights`);
  }
}

function parse(file: string, text: string): { readonly key: KeyObject; readonly kid?: string | undefined } {
  try {
    if (!text.trimStart().startsWith('{')) return { key: createPrivateKey(text) };
    const jwk = Jwk.parse(JSON.parse(text));
    return { key: createPrivateKey({ key: jwk, format: 'jwk' }), kid: jwk.kid };
  } catch {
    throw new ClientKeyError(`FHIR_PRIVATE_KEY: ${file} is neither a private JWK nor a private key in PEM without a passphrase`);
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): ClientKey['algorithm'] {
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'secp384r1') return 'ES384';
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS_MIN) return 'RS384';
  throw new ClientKeyError(
    'FHIR_PRIVATE_KEY: servers take ES384 (P-384) and RS384 (RSA of 2048 bits and more): make one of these',
  );
}
