import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isService, type ServiceTokens } from '../access/service-tokens.js';
import type { Settings } from '../config.js';
import type { Metrics } from '../health/metrics.js';
import type { Readiness } from '../health/readiness.js';
import { statusFacts, type StatusSources } from '../health/status/status-facts.js';
import { STATUS_PATH, STATUS_STYLE, STATUS_STYLE_PATH, statusPage } from '../health/status/status-page.js';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const REQUEST_MS_MAX = 5_000;

export interface WorkerHealth {
  readonly settings: Pick<Settings, 'tls' | 'port' | 'host'>;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly services: ServiceTokens;
  readonly status: StatusSources;
}

/** As an API has it, for the one page that is served here. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/**
 * `/health/live`, `/health/ready` `/metrics` and `/status` of a process without an API, and nothing else. The latter two from this machine, or with the
 * token of a service, as in a process with an API.
 */
export async function serveWorkerHealth(parts: WorkerHealth): Promise<{ readonly server: Server; readonly port: number }> {
  const { tls, port, host } = parts.settings;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    void respond(parts, request).then(([status, type, body]) => {
      response.writeHead(status, { ...PAGE_HEADERS, 'content-type': type, 'cache-control': 'no-store' }).end(body);
    });
  };
  const limits = { requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX, keepAliveTimeout: REQUEST_MS_MAX };
  const server =
    tls === null
      ? createServer(limits, answer)
      : createTlsServer({ ...limits, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

type Answer = readonly [status: number, type: string, body: string];

const json = (status: number, body: unknown): Answer => [status, 'application/json; charset=utf-8', JSON.stringify(body)];

async function respond({ readiness, metrics, services, status }: WorkerHealth, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'GET') return json(405, { error: 'method-not-allowed' });
  switch ((request.url ?? '').split('?')[0]) {
    case '/health/live':
      return json(200, { live: true });
    case '/health/ready': {
      const report = readiness.report();
      return json(report.ready ? 200 : 503, report);
    }
    case '/metrics':
      if (!mayScrape(services, request)) return json(403, { error: 'forbidden' });
      return [200, metrics.registry.contentType, await metrics.registry.metrics()];
    case STATUS_PATH:
      if (!mayScrape(services, request)) return json(403, { error: 'forbidden' });
      return [200, 'text/html; charset=utf-8', statusPage(await statusFacts(status))];
    case STATUS_STYLE_PATH:
      return [200, 'text/css; charset=utf-8', STATUS_STYLE];
    default:
      return json(404, { error: 'not-found' });
  }
}

/** What came through a proxy is not from this machine, whatever its address. */
function mayScrape(services: ServiceTokens, { headers, socket }: IncomingMessage): boolean {
  const isProxied = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers.via !== undefined;
  const ip = socket.remoteAddress ?? '';
  if (!isProxied && (LOOPBACK.has(ip) || ip === socket.localAddress)) return true;
  return isService(services, headers.authorization ?? '');
}
