import { io } from 'socket.io-client';
import { apiRoutes } from '../../support/api-routes.js';
import { rawGet, rawRequest } from '../../support/raw-http.js';
import type { Stack } from '../../support/stack.js';
import { PATIENT } from './patients.js';
import type { Probe } from './probe.js';

/** A name in every place of a request in which a client may write something. */
const NAME = `${PATIENT.familyName} ${PATIENT.mrn}`;
const ASCII = PATIENT.mrn;
const IN_PATH = encodeURIComponent(NAME);
const HEADERS = [
  'authorization',
  'cookie',
  'user-agent',
  'referer',
  'accept',
  'accept-language',
  'if-match',
  'if-none-match',
  'idempotency-key',
  'x-request-id',
  'x-forwarded-for',
  'traceparent',
  'content-type',
];
const ANSWER_WITHIN_MS = 3_000;

/** Every route of the API's own document: the name as path, as query, as member, as value, as header. */
export async function everyRoute(probe: Probe, stack: Stack, as: string): Promise<number> {
  const routes = await apiRoutes({ call: (method: string, path: string) => probe.ask(stack, method, path) as never });
  // A sign-out that succeeds ends what the others need.
  const safe = routes.filter(({ method, path }) => !(method === 'DELETE' && /\/sessions?$/.test(path)));
  for (const { method, path, hasBody } of safe) {
    const named = path.replace(/\{\w+\}/g, IN_PATH);
    const plain = path.replace(/\{\w+\}/g, 'none');
    const bodies = hasBody ? [{ [NAME]: NAME }, [NAME], `{"a":"${NAME}`, `"${NAME}"`] : [undefined];
    for (const body of bodies) await probe.ask(stack, method, `${named}?${IN_PATH}=${IN_PATH}`, { as, body });
    if (method === 'GET') {
      const names = ['bed', 'careUnit', 'cursor', 'patient', 'actor', 'from', 'date', 'metric', 'limit', 'state', 'since'];
      await probe.ask(stack, method, `${plain}?${names.map((name) => `${name}=${IN_PATH}`).join('&')}`, { as });
    }
    await probe.ask(stack, method, plain, { headers: { authorization: `Bearer ${ASCII}` } });
  }
  for (const header of HEADERS) {
    const headers = { authorization: `Bearer ${as}`, [header]: ASCII };
    await probe.ask(stack, 'POST', '/api/v1/patients', { headers, body: { [NAME]: NAME } });
  }
  return safe.length;
}

/** What no client library would send, and paths that are no routes. */
export async function rawRequests(probe: Probe, stack: Stack): Promise<void> {
  const keep = ({ text }: { readonly text: string }): void => probe.keep('raw answers', text);
  const paths = [`/${IN_PATH}`, `/api/v1/${IN_PATH}`, `/p/${IN_PATH}`, `/assets/${IN_PATH}.js`, `/%2e%2e/${IN_PATH}`];
  for (const path of paths) keep(await rawGet(stack.url, path));
  const bytes = Buffer.from(NAME).toString('latin1');
  const host = new URL(stack.url).host;
  for (const request of [
    `GET /${bytes} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    `${bytes} / HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    `GET / HTTP/1.1\r\nhost: ${ASCII}\r\nconnection: close\r\n\r\n`,
    `GET / HTTP/1.1\r\nhost: ${host}\r\n${ASCII}: x\r\nno colon ${ASCII}\r\n\r\n`,
    `POST /api/v1/patients HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n${ASCII}`,
    `GET /?${ASCII.repeat(2_000)} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
  ]) {
    keep(await rawRequest(stack.url, Buffer.from(request, 'latin1')));
  }
  const csp = { 'csp-report': { 'document-uri': `http://x/${NAME}`, 'blocked-uri': NAME, 'violated-directive': NAME } };
  await probe.ask(stack, 'POST', '/api/v1/csp-reports', {
    body: JSON.stringify(csp),
    headers: { 'content-type': 'application/csp-report' },
  });
  for (const url of [stack.gatewayUrl, `http://127.0.0.1:${stack.settings.VIGIL_HUB_HTTP_PORT}`]) {
    for (const path of [`/${IN_PATH}`, `/metrics?${IN_PATH}`]) keep(await rawGet(url, path));
  }
}

/** Sockets: the name as token, as care unit, as event, as packet. */
export async function sockets(probe: Probe, stack: Stack, token: string): Promise<void> {
  for (const namespace of ['/alarms', '/vitals', `/${NAME}`]) {
    for (const auth of [{ token }, { token: NAME }, { [NAME]: NAME }]) {
      const socket = io(`${stack.url}${namespace}`, { auth, transports: ['websocket'], reconnection: false, forceNew: true });
      const connected = await new Promise<boolean>((resolve) => {
        socket.on('connect', () => resolve(true));
        socket.on('connect_error', (error) => {
          probe.keep('refusals of sockets', `${error.message} ${JSON.stringify((error as { data?: unknown }).data ?? null)}`);
          resolve(false);
        });
      });
      if (connected) await misuse(probe, socket);
      socket.close();
    }
  }
}

async function misuse(probe: Probe, socket: ReturnType<typeof io>): Promise<void> {
  socket.onAny((event, ...values) => {
    if (['error', 'exception'].includes(String(event))) probe.keep('refusals of sockets', JSON.stringify(values));
  });
  for (const body of [{ careUnitId: NAME }, { [NAME]: NAME }, NAME, null]) {
    const answer: unknown = await socket
      .timeout(ANSWER_WITHIN_MS)
      .emitWithAck('join', body)
      .catch((error: unknown) => String(error));
    probe.keep('refusals of sockets', JSON.stringify(answer));
  }
  socket.emit(NAME, NAME);
}
