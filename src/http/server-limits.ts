import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { answerTo } from './problem.js';

const KIB = 1024;
/** Largest body of a route that has no row below: the largest that a contract takes is a tenth of it. */
const BODY_BYTES_MAX = 64 * KIB;
/** First match wins. Those without sign-in take the least; rule files and site files are the largest that anybody sends. */
const BODY_BYTES: readonly (readonly [RegExp, number])[] = [
  [/^\/api\/v1\/pages\//, 4 * KIB],
  [/^\/api\/v1\/rule-sets$/, 1_100 * KIB],
  [/^\/api\/v1\/site\/import$/, 1_100 * KIB],
  [/^\/api\/v1\/ehr\/notify/, 1_024 * KIB],
  [/^\/api\/v1\/(providers|session|csp-reports|station-session)(\/|$)/, 16 * KIB],
];

/** A request's headers, all together. Node answers 431 beyond it. */
const HEADER_BYTES_MAX = 16 * KIB;
const HEADERS_MAX = 100;
/** A client that sends its headers or its body drop by drop is cut off (slowloris). */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const TIMEOUT_CHECK_EVERY_MS = 2_000;
const CONNECTIONS_MAX = 4_000;

/** Options of the HTTP server that bound what one request may cost before anybody has looked at it. */
export const SERVER_LIMITS = {
  bodyLimit: BODY_BYTES_MAX,
  requestTimeout: REQUEST_TIMEOUT_MS,
  forceCloseConnections: true,
  routerOptions: { maxParamLength: 200 },
} as const;

/** Options of Node's own server, for `http` or `https`. */
export const NODE_LIMITS = {
  maxHeaderSize: HEADER_BYTES_MAX,
  headersTimeout: HEADERS_TIMEOUT_MS,
  connectionsCheckingInterval: TIMEOUT_CHECK_EVERY_MS,
} as const;

interface LimitedServer {
  maxHeadersCount: number | null;
  maxConnections: number;
}

/** What Node takes on the server only. */
export function limitServer(server: LimitedServer): void {
  server.maxHeadersCount = HEADERS_MAX;
  server.maxConnections = CONNECTIONS_MAX;
}

/** Gives a route the body that it needs and no more. For Fastify's `onRoute`. */
export function limitBody(route: RouteOptions & { path: string }): void {
  route.bodyLimit ??= BODY_BYTES.find(([path]) => path.test(route.path))?.[1] ?? BODY_BYTES_MAX;
}

/** Errors that come up before there is a route. */
export function frameworkError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const { problem } = answerTo(error);
  void reply.status(problem.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(problem));
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

interface RawSocket {
  readonly writable: boolean;
  readonly bytesWritten: number;
  end(text: string): unknown;
  destroy(): unknown;
}

const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
const WORDS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers what is no HTTP, or too much of it, and closes: whatever follows on the line can't be told apart any more. */
export function clientError(error: Error & { code?: string }, socket: RawSocket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[error.code ?? ''] ?? 400;
  const body = JSON.stringify(answerTo(Object.assign(new Error(), { statusCode: status })).problem);
  socket.end(
    `HTTP/1.1 ${status} ${WORDS[status]}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
  );
  socket.destroy();
}
