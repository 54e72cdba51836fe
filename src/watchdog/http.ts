import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Watchdog } from './watchdog.js';

function metricsOf(watchdog: Watchdog): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'vigil_watchdog_' });
  const registers = [registry];
  const up = new Gauge({
    name: 'vigil_watchdog_up',
    help: '1 while the part answers',
    labelNames: ['part'],
    registers,
    collect() {
      const { hub, platform, gateways } = watchdog.current();
      this.set({ part: 'hub' }, hub.okSinceMs === null ? 0 : 1);
      this.set({ part: 'platform' }, platform.okSinceMs === null ? 0 : 1);
      for (const [id, gateway] of Object.entries(gateways)) this.set({ part: `gateway:${id}` }, gateway.lost === null ? 1 : 0);
    },
  });
  const total = new Gauge({
    name: 'vigil_watchdog_done_total',
    help: 'mails and appends, done, failed and dropped',
    labelNames: ['what'],
    registers,
    collect() {
      for (const [what, count] of Object.entries(watchdog.counts)) this.set({ what }, count);
    },
  });
  void up;
  void total;
  return registry;
}

/** `/health/live`, `/health/ready` and `/metrics`, on loopback only. */
export async function serveHealth(watchdog: Watchdog, port: number): Promise<{ readonly server: Server; readonly port: number }> {
  const registry = metricsOf(watchdog);
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    };
    if (request.url === '/health/live' || request.url === '/health/ready') answer(200, 'text/plain', 'ok\n');
    else if (request.url === '/metrics') void registry.metrics().then((text) => answer(200, registry.contentType, text));
    else answer(404, 'text/plain', 'not found\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}
