import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GatewayMetrics } from './metrics.js';

/** Why the gateway can't take data now; empty when it can. Short stable words. */
export type Readiness = () => readonly string[];

export interface Health {
  readonly notReady: Readiness;
  /** What a person should see to although the gateway takes data. */
  readonly warnings: Readiness;
}

/** Health and metrics for the machine's own eyes: 127.0.0.1 only, read only, nothing of patients. */
export async function listenHttp(port: number, metrics: GatewayMetrics, health: Health): Promise<Server> {
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      response.end(body);
    };
    if (request.method !== 'GET') return send(405, 'text/plain', 'GET only\n');
    switch (request.url) {
      case '/health/live':
        return send(200, 'application/json', '{"status":"ok"}\n');
      case '/health/ready': {
        const [reasons, warnings] = [health.notReady(), health.warnings()];
        const ok = reasons.length === 0;
        const body = { status: ok ? 'ok' : 'not-ready', reasons, ...(warnings.length === 0 ? {} : { warnings }) };
        return send(ok ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
      }
      case '/metrics':
        metrics.registry.metrics().then(
          (text) => send(200, metrics.registry.contentType, text),
          () => send(500, 'text/plain', 'metrics failed\n'),
        );
        return undefined;
      default:
        return send(404, 'text/plain', 'not found\n');
    }
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export async function closeHttp(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
