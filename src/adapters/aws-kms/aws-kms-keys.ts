import { createHash } from 'node:crypto';
import { DecryptCommand, DescribeKeyCommand, EncryptCommand, KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { type KeyPort, SealError } from '@vigil/sealed-records';
import { kmsError } from './kms-error.js';

/** Of one call with its retries: a caller waits no longer than this. */
const CALL_TIMEOUT_MS = 10_000;
const TRIES_MAX = 3;
const CONNECT_TIMEOUT_MS = 3_000;
const KEY_ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[A-Za-z0-9-]{1,64}$/;
const KEY_NAME = /^(arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:)?(key|alias)\/[A-Za-z0-9/_-]{1,256}$/;

export interface AwsKmsOptions {
  /** ARN of a key or of an alias, or `alias/<name>` with the region from the environment. An alias may be moved to rotate. */
  readonly keyName: string;
  /** Goes to the client; tests put their server here. Credentials come from the environment by default. */
  readonly client?: KMSClientConfig;
  readonly callTimeoutMs?: number;
}

/**
 * Key-encryption keys in AWS KMS: symmetric keys, used through Encrypt and Decrypt.
 *
 * The key id is the key's ARN. KMS turns the material behind one ARN by itself and keeps the old; an alias that is moved
 * to another key is taken over by `refresh`. The SHA-256 of the context is the encryption context: KMS checks it, and
 * its log shows no names. The identity of this process needs kms:DescribeKey, kms:Encrypt and kms:Decrypt.
 *
 * Shown against a server of our own that behaves like KMS; no real KMS was used.
 */
export class AwsKmsKeys implements KeyPort {
  private current = '';

  private constructor(
    private readonly options: AwsKmsOptions,
    private readonly client: KMSClient,
  ) {}

  /** @throws SealError `key-away`, `key-denied`, `key-unknown` */
  static async open(options: AwsKmsOptions): Promise<AwsKmsKeys> {
    const found = KEY_NAME.exec(options.keyName);
    if (found === null) throw new SealError('key-unknown', 'no key name: the ARN of a KMS key or alias, or alias/<name>');
    const region = found[2];
    const client = new KMSClient({
      maxAttempts: TRIES_MAX,
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: options.callTimeoutMs ?? CALL_TIMEOUT_MS },
      ...(region === undefined ? {} : { region }),
      ...options.client,
    });
    const keys = new AwsKmsKeys(options, client);
    keys.current = await keys.newest();
    return keys;
  }

  get currentKeyId(): string {
    return this.current;
  }

  async wrap(dataKey: Buffer, context: string): Promise<{ keyId: string; wrapped: Buffer }> {
    const keyId = this.current;
    const command = new EncryptCommand({ KeyId: keyId, Plaintext: dataKey, EncryptionContext: encryptionContext(context) });
    const { CiphertextBlob } = await this.call((abortSignal) => this.client.send(command, { abortSignal }));
    return { keyId, wrapped: Buffer.from(present(CiphertextBlob)) };
  }

  async unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
    if (!KEY_ARN.test(keyId)) {
      throw new SealError('key-unknown', `no KMS key is called ${keyId}; were the keys in a file or elsewhere before?`);
    }
    const command = new DecryptCommand({
      KeyId: keyId,
      CiphertextBlob: wrapped,
      EncryptionContext: encryptionContext(context),
    });
    const { Plaintext } = await this.call((abortSignal) => this.client.send(command, { abortSignal }));
    const plaintext = present(Plaintext);
    const dataKey = Buffer.alloc(plaintext.length);
    dataKey.set(plaintext);
    plaintext.fill(0);
    return dataKey;
  }

  async refresh(): Promise<boolean> {
    const before = this.current;
    this.current = await this.newest();
    return this.current !== before;
  }

  private async newest(): Promise<string> {
    const command = new DescribeKeyCommand({ KeyId: this.options.keyName });
    const { KeyMetadata } = await this.call((abortSignal) => this.client.send(command, { abortSignal }));
    const { Arn, Enabled, KeyState } = KeyMetadata ?? {};
    if (Arn === undefined) throw new SealError('key-away', 'KMS described a key without its ARN');
    if (Enabled === true) return Arn;
    throw new SealError('key-denied', `the KMS key is ${KeyState ?? 'disabled'}; enable it, or move the alias to another key`);
  }

  private async call<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await run(AbortSignal.timeout(this.options.callTimeoutMs ?? CALL_TIMEOUT_MS));
    } catch (e) {
      throw kmsError(e);
    }
  }
}

function encryptionContext(context: string): Record<string, string> {
  return { 'vigil-place': createHash('sha256').update(context).digest('hex') };
}

function present(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new SealError('key-away', 'KMS answered without the bytes that were asked for');
  return bytes;
}
