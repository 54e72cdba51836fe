import { constants, generateKeyPairSync, type KeyObject, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenCredential } from '@azure/identity';
import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';

interface Version {
  readonly id: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  isEnabled: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Record<string, string>;
}

const HOST = 'vigil-test.vault.azure.net';
const TOKEN = 'a-token-of-the-test';
const KEY_NAME = 'kek';

/**
 * A small Azure Key Vault with one RSA key: it challenges for a token, keeps versions, really wraps and unwraps with
 * RSA-OAEP-256, and can be stopped, throttled, slowed and have versions disabled or deleted. Answers as the service's
 * REST reference describes; a real vault was never compared with it.
 */
export class FakeKeyVault {
  readonly keyIdentifier = `https://${HOST}/keys/${KEY_NAME}`;
  readonly calls: string[] = [];
  /** So many requests are answered 429 first. */
  throttled = 0;
  /** Requests are taken and never answered. */
  isSilent = false;
  isTokenRefused = false;
  private readonly versions: Version[] = [];
  private server: Server | null = null;
  private url = '';

  constructor() {
    this.rotate();
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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

  rotate(): void {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.versions.push({ id: randomBytes(16).toString('hex'), publicKey, privateKey, isEnabled: true });
  }

  setEnabled(keyId: string, isEnabled: boolean): void {
    this.version(keyId)!.isEnabled = isEnabled;
  }

  delete(keyId: string): void {
    this.versions.splice(this.versions.indexOf(this.version(keyId)!), 1);
  }

  /** Sends what the client believes to be https to this server. */
  readonly httpClient: HttpClient = {
    sendRequest: (request) => {
      const plain = createDefaultHttpClient();
      request.url = request.url.replace(`https://${HOST}`, this.url);
      request.allowInsecureConnection = true;
      const back = (): void => void (request.url = request.url.replace(this.url, `https://${HOST}`));
      return plain.sendRequest(request).finally(back);
    },
  };

  readonly credential: TokenCredential = {
    getToken: () => Promise.resolve({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };

  private version(keyId: string): Version | undefined {
    return this.versions.find(({ id }) => keyId === `${KEY_NAME}/${id}`);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (this.isSilent) return;
    const { pathname } = new URL(request.url ?? '', this.url);
    this.calls.push(`${request.method} ${pathname}`);
    const { status, body, headers } = this.answer(request, pathname, Buffer.concat(chunks).toString('utf8'));
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }

  private answer(request: IncomingMessage, pathname: string, text: string): Answer {
    if (this.throttled > 0) {
      this.throttled--;
      return { ...error(429, 'Throttled'), headers: { 'retry-after': '0' } };
    }
    if (request.headers.authorization !== `Bearer ${TOKEN}` || this.isTokenRefused) {
      const challenge = 'Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"';
      return { ...error(401, 'Unauthorized'), headers: { 'www-authenticate': challenge } };
    }
    const [, collection, name, versionId, operation] = pathname.split('/');
    if (collection !== 'keys' || name !== KEY_NAME) return error(404, 'KeyNotFound');
    const version = versionId ? this.version(`${KEY_NAME}/${versionId}`) : this.versions.at(-1);
    if (version === undefined) return error(404, 'KeyNotFound');
    if (operation === undefined || operation === '') return this.bundle(version);
    if (!version.isEnabled) return error(403, 'Forbidden', 'KeyDisabled');
    return this.operate(version, operation.toLowerCase(), JSON.parse(text) as { alg: string; value: string });
  }

  private operate(
    { id, publicKey, privateKey }: Version,
    operation: string,
    { alg, value }: { alg: string; value: string },
  ): Answer {
    if (alg !== 'RSA-OAEP-256') return error(400, 'BadParameter');
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const bytes = Buffer.from(value, 'base64url');
    try {
      const result =
        operation === 'wrapkey'
          ? publicEncrypt({ key: publicKey, ...padding }, bytes)
          : privateDecrypt({ key: privateKey, ...padding }, bytes);
      return { status: 200, body: { kid: `${this.keyIdentifier}/${id}`, value: result.toString('base64url') } };
    } catch {
      return error(400, 'BadParameter');
    }
  }

  private bundle({ id, publicKey, isEnabled }: Version): Answer {
    const { n, e } = publicKey.export({ format: 'jwk' });
    const key = { kid: `${this.keyIdentifier}/${id}`, kty: 'RSA', key_ops: ['wrapKey', 'unwrapKey'], n, e };
    return { status: 200, body: { key, attributes: { enabled: isEnabled, created: 1, updated: 1 } } };
  }
}

function error(status: number, code: string, inner?: string): Answer {
  const innererror = inner === undefined ? {} : { innererror: { code: inner } };
  return { status, body: { error: { code, message: code, ...innererror } } };
}
