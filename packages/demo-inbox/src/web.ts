import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SCRIPT, STYLE } from './assets.js';
import type { Mail } from './mail-store.js';
import { mailList, page } from './page.js';

/** Mails hold pager links, so nothing of the page may come from or go to another origin. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/** The page, its two assets, the list that the page refreshes itself from, and `/api/mails` for tests. Reading only. */
export function webServer(list: () => readonly Mail[]): Server {
  const server = createServer((request, response) => answer(request, response, list));
  server.requestTimeout = 10_000;
  server.maxConnections = 100;
  return server;
}

function answer(request: IncomingMessage, response: ServerResponse, list: () => readonly Mail[]): void {
  // A foreign name that resolves to loopback (DNS rebinding) must not read the links.
  if (!LOOPBACK_HOST.test(request.headers.host ?? '')) return send(response, 421, 'text/plain', 'unknown host\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'read only\n');
  switch ((request.url ?? '').split('?')[0]) {
    case '/':
      return send(response, 200, 'text/html', page(list()));
    case '/list':
      return sendIfChanged(request, response, mailList(list()));
    case '/api/mails':
      return send(response, 200, 'application/json', JSON.stringify(list()));
    case '/inbox.css':
      return send(response, 200, 'text/css', STYLE);
    case '/inbox.js':
      return send(response, 200, 'text/javascript', SCRIPT);
    default:
      return send(response, 404, 'text/plain', 'not found\n');
  }
}

function sendIfChanged(request: IncomingMessage, response: ServerResponse, html: string): void {
  const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`;
  response.setHeader('etag', etag);
  if (request.headers['if-none-match'] === etag) send(response, 304, 'text/html', '');
  else send(response, 200, 'text/html', html);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(body);
}
