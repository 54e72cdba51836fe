import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIPv4 } from 'node:net';
import { readCertificate, TLS_RULES, type TlsFiles } from '@vigil/certificates';
import type { Clock } from '@vigil/clock';
import type { GatewayMetrics } from '../metrics.js';
import { EventStream, type EventStreamSource } from './event-stream.js';
import { type PageFile, pageFiles } from './page-files.js';
import { SignIn } from './sign-in.js';
import type { StationCode } from './station-code.js';

export interface PageOptions {
  readonly host: string;
  readonly port: number;
  /** Needed for every host but this machine's own. */
  readonly tls?: TlsFiles | undefined;
}

/** The page can't be served as asked for. The message says what to do. */
export class PageError extends Error {
  override readonly name = 'PageError';
}

const CODE_BYTES_MAX = 256;
const CONNECTIONS_MAX = 64;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

export interface PageParts {
  readonly source: EventStreamSource;
  readonly station: StationCode;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * Serves the page of the local watch. Readings and alarms go to signed-in screens only; beyond this machine there is TLS.
 *
 * @throws PageError, CertificateError, or Error with `code` EADDRINUSE
 */
export async function servePage({ host, port, tls }: PageOptions, parts: PageParts): Promise<{ server: Server; close(): void }> {
  if (!isLoopback(host) && tls === undefined) {
    throw new PageError(
      `the page of the local watch needs TLS on ${host}; give --watch-cert and --watch-key, or leave out --watch-host`,
    );
  }
  const { clock, metrics, source, station } = parts;
  const files = await pageFiles();
  const signIn = new SignIn(station, clock, tls !== undefined);
  const stream = new EventStream(source, clock, (screens) => metrics.watchPages.set(screens));
  const answer = router({ files, signIn, stream, metrics, checkHost: tls === undefined });
  const server = await listener(answer, tls, clock);
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    server,
    close: () => {
      stream.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listener(answer: RequestListener, tls: TlsFiles | undefined, clock: Clock): Promise<Server> {
  if (tls === undefined) return createServer(answer);
  const { cert, key } = await readCertificate(tls, { makeOne: 'make one with `vigil init`', nowMs: clock.wallMs() });
  return createTlsServer({ ...TLS_RULES, cert, key }, answer);
}

interface Routing {
  readonly files: ReadonlyMap<string, PageFile>;
  readonly signIn: SignIn;
  readonly stream: EventStream;
  readonly metrics: GatewayMetrics;
  /** On loopback, a page of another site that names itself like this machine would be let in otherwise. */
  readonly checkHost: boolean;
}

function router({ files, signIn, stream, metrics, checkHost }: Routing): RequestListener {
  return (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (checkHost && !isLoopback(hostOf(request))) return end(response, 421);
    const path = request.url?.split('?')[0] ?? '/';
    const file = files.get(path);
    if (request.method === 'GET' && file !== undefined) {
      response.writeHead(200, { 'content-type': file.type });
      response.end(file.body);
      return;
    }
    const isSignedIn = signIn.isSignedIn(request.headers.cookie);
    switch (`${request.method} ${path}`) {
      case 'GET /events':
        if (!isSignedIn) return end(response, 401);
        if (stream.isFull) return end(response, 503);
        return stream.add(response);
      case 'GET /session':
        return end(response, isSignedIn ? 204 : 401);
      case 'POST /session':
        return takeCode(request, response, signIn, metrics);
      case 'DELETE /session':
        if (!isOwn(request)) return end(response, 403);
        response.setHeader('set-cookie', signIn.signedOut);
        return end(response, 204);
      default:
        return end(response, 404);
    }
  };
}

function takeCode(request: IncomingMessage, response: ServerResponse, signIn: SignIn, metrics: GatewayMetrics): void {
  if (!isOwn(request)) return end(response, 403);
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= CODE_BYTES_MAX) chunks.push(chunk);
    else request.destroy();
  });
  request.on('end', () => {
    const answer = signIn.signIn(codeIn(Buffer.concat(chunks)), request.socket.remoteAddress ?? '');
    if (typeof answer === 'object') {
      response.setHeader('set-cookie', answer.cookie);
      return end(response, 204);
    }
    metrics.watchSignInsRefused.inc();
    end(response, answer === 'wrong' ? 401 : 429);
  });
}

/** Only the page itself may sign in or out: no form and no script of another site. */
function isOwn({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  const isJson = headers['content-type'] === 'application/json' || headers['content-type'] === undefined;
  return isJson && (site === undefined || site === 'same-origin');
}

function codeIn(body: Buffer): string {
  try {
    const { code } = JSON.parse(body.toString('utf8')) as { code?: unknown };
    return typeof code === 'string' ? code : '';
  } catch {
    return '';
  }
}

function hostOf({ headers }: IncomingMessage): string {
  const host = headers.host ?? '';
  return host.startsWith('[') ? host.slice(1, host.indexOf(']')) : (host.split(':')[0] ?? '');
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}
