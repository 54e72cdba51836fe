import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KMSClientConfig } from '@aws-sdk/client-kms';

interface Key {
  readonly arn: string;
  readonly secret: Buffer;
  isEnabled: boolean;
}

interface Request {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Record<string, string>;
}

class Refusal extends Error {
  constructor(
    readonly type: string,
    readonly status = 400,
  ) {
    super(type);
  }
}

const ACCESS_KEY = 'AKIATESTTESTTESTTEST';
const REGION = 'eu-central-1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A small AWS KMS behind one alias: Encrypt and Decrypt really encrypt, with the encryption context as associated data,
 * and it can be stopped, throttled, silenced and have keys disabled. Answers as the API reference describes; a real KMS
 * was never compared with it. Signatures are looked at for the access key alone.
 */
export class FakeKms {
  readonly keyName = `arn:aws:kms:${REGION}:111122223333:alias/vigil`;
  readonly calls: string[] = [];
  /** So many requests are answered with a throttling error first. */
  throttled = 0;
  /** Requests are taken and never answered. */
  isSilent = false;
  /** Encryption contexts as the log of KMS would show them. */
  readonly contextsSeen: string[] = [];
  accessKey = ACCESS_KEY;
  private readonly keys = new Map<string, Key>();
  private current = '';
  private server: Server | null = null;
  private port = 0;

  constructor() {
    this.rotate();
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** What the client has to be told to come here. */
  get client(): KMSClientConfig {
    return {
      endpoint: `http://127.0.0.1:${this.port}`,
      credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: 'a-secret-of-the-test' },
    };
  }

  /** Moves the alias to a new key. */
  rotate(): void {
    const arn = `arn:aws:kms:${REGION}:111122223333:key/${randomUUID()}`;
    this.keys.set(arn, { arn, secret: randomBytes(32), isEnabled: true });
    this.current = arn;
  }

  setEnabled(arn: string, isEnabled: boolean): void {
    this.keys.get(arn)!.isEnabled = isEnabled;
  }

  delete(arn: string): void {
    this.keys.delete(arn);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (this.isSilent) return;
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '');
    this.calls.push(operation);
    let [status, body]: [number, object] = [200, {}];
    try {
      if (this.throttled > 0) {
        this.throttled--;
        throw new Refusal('ThrottlingException');
      }
      if (!request.headers.authorization?.includes(`Credential=${this.accessKey}/`)) {
        throw new Refusal('UnrecognizedClientException');
      }
      body = this.operate(operation, JSON.parse(Buffer.concat(chunks).toString('utf8')) as Request);
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      [status, body] = [e.status, { __type: e.type, message: e.type }];
    }
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  }

  private operate(operation: string, { KeyId, Plaintext, CiphertextBlob, EncryptionContext = {} }: Request): object {
    const key = this.keys.get(KeyId === this.keyName ? this.current : (KeyId ?? ''));
    if (key === undefined) throw new Refusal('NotFoundException');
    if (operation === 'DescribeKey') {
      const KeyState = key.isEnabled ? 'Enabled' : 'Disabled';
      return { KeyMetadata: { KeyId: key.arn.split('/')[1], Arn: key.arn, Enabled: key.isEnabled, KeyState } };
    }
    if (!key.isEnabled) throw new Refusal('DisabledException');
    this.contextsSeen.push(JSON.stringify(EncryptionContext));
    const aad = Buffer.from(JSON.stringify(Object.entries(EncryptionContext).sort()));
    if (operation === 'Encrypt') {
      const sealed = seal(key.secret, Buffer.from(Plaintext ?? '', 'base64'), aad);
      return { KeyId: key.arn, CiphertextBlob: sealed.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    }
    if (operation !== 'Decrypt') throw new Refusal('UnknownOperationException');
    const plaintext = open(key.secret, Buffer.from(CiphertextBlob ?? '', 'base64'), aad);
    return { KeyId: key.arn, Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  }
}

function seal(secret: Buffer, plaintext: Buffer, aad: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(secret: Buffer, sealed: Buffer, aad: Buffer): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(0, NONCE_BYTES)).setAAD(aad);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new Refusal('InvalidCiphertextException');
  }
}
