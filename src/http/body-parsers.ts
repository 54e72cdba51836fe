import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidRequest } from './invalid-request.js';
import { CSP_REPORTS_PATH } from './security-headers.js';
import { parseStrictJson } from './strict-json.js';

/** Paths that take something else than application/json, because a standard says so. */
export const BACKCHANNEL_LOGOUT_PATH = '/api/v1/session/oidc/backchannel-logout';

/** Where the FHIR server says that something changed. Whatever it sends with that is thrown away unread. */
export const EHR_NOTIFY_PATH = '/api/v1/ehr/notify';
/** Bytes of it; more is refused. */
const HINT_BYTES_MAX = 1024 * 1024;

/** What providers of SMS and calls report to; they send many fields, most of them of no use here. */
const PROVIDERS_PATH = '/api/v1/providers/';

const FORM_FIELDS_MAX = 10;
const PROVIDER_FIELDS_MAX = 100;
const UTF8_NAMES: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);

/**
 * What a body may be: JSON in UTF-8, and forms that standards and providers prescribe, each on its own path. Anything else is
 * 415, above all what a form of another site can send without asking for leave.
 */
export function addBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    settle(done, () => (isHint(request) ? undefined : parseStrictJson(textOf(request, body as Buffer))));
  });
  // Content policy reports, in the old form (`report-uri`) and the new one (`report-to`).
  fastify.addContentTypeParser(
    ['application/csp-report', 'application/reports+json'],
    { parseAs: 'buffer' },
    (request, body, done) => {
      settle(done, () => {
        onlyOn(request, CSP_REPORTS_PATH);
        return parseStrictJson(textOf(request, body as Buffer));
      });
    },
  );
  // Source: OpenID Connect Back-Channel Logout 1.0, section 2.5.
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (request, body, done) => {
    settle(done, () => {
      if (isHint(request)) return undefined;
      const isProvider = (request.routeOptions.url ?? '').startsWith(PROVIDERS_PATH);
      if (!isProvider) onlyOn(request, BACKCHANNEL_LOGOUT_PATH);
      return fieldsOf(textOf(request, body as Buffer), isProvider ? PROVIDER_FIELDS_MAX : FORM_FIELDS_MAX);
    });
  });
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (isHint(request)) return discard(payload, done);
    payload.resume();
    done(unsupported());
  });
}

function isHint(request: FastifyRequest): boolean {
  return (request.routeOptions.url ?? '').startsWith(EHR_NOTIFY_PATH);
}

function discard(payload: IncomingMessage, done: (error: Error | null, value?: unknown) => void): void {
  let bytes = 0;
  payload.on('data', (chunk: Buffer) => {
    const wasWithin = bytes <= HINT_BYTES_MAX;
    bytes += chunk.length;
    if (wasWithin && bytes > HINT_BYTES_MAX) done(Object.assign(new Error('the body is too large'), { statusCode: 413 }));
  });
  payload.on('error', done);
  payload.on('end', () => {
    if (bytes <= HINT_BYTES_MAX) done(null, undefined);
  });
}

function settle(done: (error: Error | null, value?: unknown) => void, read: () => unknown): void {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, value);
}

/** The text of a body, which is UTF-8 whatever the header would like it to be (RFC 8259, section 8.1). */
function textOf(request: FastifyRequest, body: Buffer): string {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !UTF8_NAMES.has(charset.toLowerCase())) throw unsupported();
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw unsupported();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new InvalidRequest([{ path: 'body', message: 'is not UTF-8' }]);
  }
}

function fieldsOf(text: string, max: number): Record<string, string> {
  const fields = [...new URLSearchParams(text)];
  const names = new Set(fields.map(([name]) => name));
  if (fields.length > max || names.size !== fields.length) {
    throw new InvalidRequest([{ path: 'body', message: 'has too many fields, or one twice' }]);
  }
  return Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(fields));
}

function onlyOn(request: FastifyRequest, path: string): void {
  if (request.routeOptions.url !== path) throw unsupported();
}

function unsupported(): Error {
  return Object.assign(new Error('unsupported media type'), { statusCode: 415 });
}
