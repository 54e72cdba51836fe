import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { readJson } from './body.js';
import type { HubAnswer, HubRequest } from './hub-api.js';

export interface AdminState {
  readonly registry: Registry;
  /** Why the hub takes no events, or null while it does. */
  readonly notReady: () => string | null;
  /** What a person should see to although the hub is ready; short stable words. */
  readonly warnings: () => readonly string[];
  /** Answers what is below `/hubs`; checks the token that comes with each request. */
  readonly hubs: (request: HubRequest) => Promise<HubAnswer>;
}

/**
 * Serves HTTP on loopback: `/health/live`, `/health/ready` and `/metrics` to everybody on this machine, because there is
 * nothing to protect but counts, and `/hubs` to who has a token.
 */
export async function serveAdmin(port: number, state: AdminState): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(state, request, response).catch(() => response.destroy());
  });
  server.maxConnections = 50;
  server.requestTimeout = 10_000;
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(state: AdminState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '', headers } = request;
  const path = url.split('?')[0]!;
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(method === 'HEAD' ? '' : body);
  };
  if (path === '/hubs' || path.startsWith('/hubs/')) {
    const names = decodePath(path);
    if (names === null) return send(400, 'application/json', '{"error":"invalid"}');
    const { authorization } = headers;
    const { status, body } = await state.hubs({ method, path: names, authorization, body: () => readJson(request) });
    if (status === 401) response.setHeader('www-authenticate', 'SharedAccessSignature');
    // What is left of a body that nobody wanted does not wait in memory.
    if (!request.complete) response.setHeader('connection', 'close');
    return send(status, 'application/json', JSON.stringify(body));
  }
  if (method !== 'GET' && method !== 'HEAD') return send(405, 'application/json', '{"error":"read only"}');
  if (path === '/health/live') return send(200, 'application/json', '{"status":"live"}');
  if (path === '/health/ready') {
    const reason = state.notReady();
    const warnings = state.warnings();
    const more = warnings.length === 0 ? {} : { warnings };
    const body = JSON.stringify(reason === null ? { status: 'ready', ...more } : { status: 'not ready', reason, ...more });
    return send(reason === null ? 200 : 503, 'application/json', body);
  }
  if (path === '/metrics') return send(200, state.registry.contentType, await state.registry.metrics());
  send(404, 'application/json', '{"error":"not found"}');
}

/** The names in a path; null when one is not encoded as it should be. */
function decodePath(path: string): string[] | null {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map((part) => decodeURIComponent(part));
  } catch {
    return null;
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
