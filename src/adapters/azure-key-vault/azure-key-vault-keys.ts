import { createHash, timingSafeEqual } from 'node:crypto';
import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { CryptographyClient, type CryptographyClientOptions, KeyClient, type KeyVaultKey } from '@azure/keyvault-keys';
import { type KeyPort, SealError } from '@vigil/sealed-records';
import { vaultError } from './vault-error.js';

const ALGORITHM = 'RSA-OAEP-256';
const DATA_KEY_BYTES = 32;
/** Of one call with its retries: a caller waits no longer than this. */
const CALL_TIMEOUT_MS = 10_000;
/** As the vault spells identifiers; anything else in a stored row is not ours and is never sent anywhere. */
const KEY_ID = /^[0-9a-zA-Z-]{1,127}\/[0-9a-f]{32}$/;

export interface AzureKeyVaultOptions {
  /** `https://<vault>.vault.azure.net/keys/<name>`; with `/<version>` behind it that version stays the current one. */
  readonly keyIdentifier: string;
  /** By default what the environment offers: managed identity, workload identity, environment variables, Azure CLI. */
  readonly credential?: TokenCredential;
  /** Goes to the clients of the vault; tests put their server here. */
  readonly client?: CryptographyClientOptions;
  readonly callTimeoutMs?: number;
}

/**
 * Key-encryption keys in Azure Key Vault or Managed HSM: RSA keys, RSA-OAEP-256, wrapped and unwrapped by the vault.
 *
 * The key id is `<name>/<version>`; a new version is taken over by `refresh`. RSA-OAEP binds no associated data, so the
 * SHA-256 of the context is wrapped together with the data key and compared on unwrapping. The identity of this process
 * needs the rights get, wrapKey and unwrapKey.
 *
 * Shown against a server of our own that behaves like the vault; no real vault was used.
 */
export class AzureKeyVaultKeys implements KeyPort {
  private readonly clients = new Map<string, CryptographyClient>();
  private readonly credential: TokenCredential;

  private constructor(
    private readonly options: AzureKeyVaultOptions,
    private readonly identifier: VaultKey,
    private current: string,
  ) {
    this.credential = options.credential ?? new DefaultAzureCredential();
  }

  /** @throws SealError `key-away`, `key-denied`, `key-unknown` */
  static async open(options: AzureKeyVaultOptions): Promise<AzureKeyVaultKeys> {
    const identifier = parseIdentifier(options.keyIdentifier);
    const keys = new AzureKeyVaultKeys(options, identifier, '');
    keys.current = await keys.newest();
    return keys;
  }

  get currentKeyId(): string {
    return this.current;
  }

  async wrap(dataKey: Buffer, context: string): Promise<{ keyId: string; wrapped: Buffer }> {
    if (dataKey.length !== DATA_KEY_BYTES) throw new SealError('place-malformed', `a data key has ${DATA_KEY_BYTES} bytes`);
    const keyId = this.current;
    const bound = Buffer.concat([dataKey, digest(context)]);
    try {
      const { result } = await this.call((abortSignal) => this.clientOf(keyId).wrapKey(ALGORITHM, bound, { abortSignal }));
      return { keyId, wrapped: Buffer.from(result) };
    } finally {
      bound.fill(0);
    }
  }

  async unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
    if (!KEY_ID.test(keyId)) {
      throw new SealError('key-unknown', `no key of this vault is called ${keyId}; were the keys in a file or elsewhere before?`);
    }
    const { result } = await this.call((abortSignal) => this.clientOf(keyId).unwrapKey(ALGORITHM, wrapped, { abortSignal }));
    const bound = Buffer.from(result);
    result.fill(0);
    const isBound = bound.length === 2 * DATA_KEY_BYTES && timingSafeEqual(bound.subarray(DATA_KEY_BYTES), digest(context));
    const dataKey = Buffer.alloc(DATA_KEY_BYTES);
    bound.copy(dataKey, 0, 0, DATA_KEY_BYTES);
    bound.fill(0);
    if (isBound) return dataKey;
    dataKey.fill(0);
    throw new SealError('tampered', `what key ${keyId} unwrapped was wrapped for another place`);
  }

  async refresh(): Promise<boolean> {
    const before = this.current;
    this.current = await this.newest();
    return this.current !== before;
  }

  /** The version that the setting names, or the newest one. A disabled one is no key to wrap with. */
  private async newest(): Promise<string> {
    const { vaultUrl, name, version } = this.identifier;
    const client = new KeyClient(vaultUrl, this.credential, this.clientOptions());
    const key = await this.call((abortSignal) => client.getKey(name, { abortSignal, ...(version === null ? {} : { version }) }));
    if (key.properties.enabled === false) {
      throw new SealError('key-denied', `the newest version of key ${name} is disabled; enable it, or add a version`);
    }
    if (key.keyType !== 'RSA' && key.keyType !== 'RSA-HSM') {
      throw new SealError('key-denied', `key ${name} is no RSA key; make one of 2048 bits or more`);
    }
    return `${name}/${key.properties.version ?? ''}`;
  }

  /**
   * Given as a key without its public part, so that the client leaves every operation to the vault: there alone it is
   * logged, and there alone a disabled key is refused and an expired one still unwraps.
   */
  private clientOf(keyId: string): CryptographyClient {
    const known = this.clients.get(keyId);
    if (known !== undefined) return known;
    const [name, version] = keyId.split('/') as [string, string];
    const { vaultUrl } = this.identifier;
    const key: KeyVaultKey = { id: `${vaultUrl}/keys/${keyId}`, name, properties: { name, version, vaultUrl } };
    const client = new CryptographyClient(key, this.credential, this.clientOptions());
    this.clients.set(keyId, client);
    return client;
  }

  private clientOptions(): CryptographyClientOptions {
    const retryOptions = { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 };
    return { retryOptions, ...this.options.client };
  }

  private async call<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await run(AbortSignal.timeout(this.options.callTimeoutMs ?? CALL_TIMEOUT_MS));
    } catch (e) {
      throw vaultError(e);
    }
  }
}

interface VaultKey {
  readonly vaultUrl: string;
  readonly name: string;
  readonly version: string | null;
}

/** @throws SealError `key-unknown` */
function parseIdentifier(text: string): VaultKey {
  const found = /^(https:\/\/[a-z0-9.-]+(?::\d+)?)\/keys\/([0-9a-zA-Z-]{1,127})(?:\/([0-9a-f]{32}))?\/?$/.exec(text);
  if (found === null) throw new SealError('key-unknown', 'no key identifier: https://<vault>.vault.azure.net/keys/<name>');
  return { vaultUrl: found[1]!, name: found[2]!, version: found[3] ?? null };
}

function digest(context: string): Buffer {
  return createHash('sha256').update(context).digest();
}
