import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Watchdog } from './watchdog.js';
import { type Witness, WITNESS_BODY_BYTES_MAX } from './witness.js';

/** What `/metrics` says; looks at the watchdog when somebody asks. */
export function metricsOf(watchdog: Watchdog): Registry {
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
      const paging = watchdog.isPagingWell();
      if (paging !== null) this.set({ part: 'paging' }, paging ? 1 : 0);
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
  const audit = new Gauge({
    name: 'vigil_watchdog_audit_ok',
    help: '0 when the audit log was changed or no checkpoint came for five minutes',
    registers,
    collect() {
      this.set(watchdog.auditProblem() === null ? 1 : 0);
    },
  });
  void audit;
  void up;
  void total;
  return registry;
}

const BODY_TIMEOUT_MS = 5_000;

export interface WitnessAccess {
  readonly witness: Witness;
  /** What the platform has to show; null while there is none. */
  readonly readToken: () => string | null;
}

/**
 * `/health/live`, `/health/ready`, `/metrics`, and `/audit/add-checkpoint` for the platform; on loopback only. Ready says
 * with 503 what is wrong with the audit log: whoever only looks here hears of it too.
 */
export async function serveHealth(
  watchdog: Watchdog,
  port: number,
  access?: WitnessAccess,
): Promise<{ readonly server: Server; readonly port: number }> {
  const registry = metricsOf(watchdog);
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    };
    const problem = watchdog.auditProblem();
    if (request.url === '/health/live') answer(200, 'text/plain', 'ok\n');
    else if (request.url === '/health/ready') answer(problem === null ? 200 : 503, 'text/plain', `${problem ?? 'ok'}\n`);
    else if (request.url === '/metrics') void registry.metrics().then((text) => answer(200, registry.contentType, text));
    else if (request.url === '/audit/add-checkpoint' && access !== undefined) void addCheckpoint(access, request, answer);
    else answer(404, 'text/plain', 'not found\n');
  });
  server.requestTimeout = BODY_TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

async function addCheckpoint(
  { witness, readToken }: WitnessAccess,
  request: IncomingMessage,
  answer: (status: number, type: string, body: string) => void,
): Promise<void> {
  const token = readToken();
  if (request.method !== 'POST') return answer(405, 'text/plain', 'POST only\n');
  if (token === null || !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
    return answer(401, 'text/plain', 'not the token of the platform\n');
  }
  const body = await readBody(request).catch(() => null);
  if (body === null) return answer(413, 'text/plain', 'too large, or cut off\n');
  try {
    const { status, text } = witness.take(body);
    answer(status, status === 409 ? 'text/x.tlog.size' : 'text/plain', text);
  } catch {
    // The disk refused what the witness has to keep; without that it has not seen the note.
    answer(503, 'text/plain', 'not kept\n');
  }
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > WITNESS_BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
