import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ACCESS } from '../../src/access/access.decorators.js';
import { ENDPOINT } from '../../src/http/endpoint.decorator.js';
import { type Route, routesOf } from '../support/routes.js';
import { type Api, startApi } from './api-fixture.js';

let api: Api;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-dashboard-'));
  mkdirSync(join(folder, 'assets'));
  const files = { 'index.html': 'app', 'pager.html': 'pager', 'favicon.svg': '<svg/>', 'assets/app-1.js': 'x' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  api = await startApi({ dashboardDir: folder });
});
afterAll(async () => {
  await api.end();
  rmSync(folder, { recursive: true, force: true });
});

const routes = (): readonly Route[] => routesOf(api.app);

test('every route says who may call it and what it takes and gives', () => {
  const all = routes();
  expect(all.length).toBeGreaterThan(20);
  const silent = all.filter(({ handler, controller }) => {
    const hasAccess = Reflect.hasMetadata(ACCESS, handler) || Reflect.hasMetadata(ACCESS, controller);
    return !hasAccess || !Reflect.hasMetadata(ENDPOINT, handler);
  });
  expect(silent.map(({ verb, path }) => `${verb} ${path}`)).toEqual([]);
});

test('every route is in the document, with a summary, its security and its problems', async () => {
  const { body: document } = await api.call('GET', '/openapi.json');
  const missing: string[] = [];
  for (const { verb, path, handler } of routes()) {
    const operation = document.paths[path]?.[verb];
    const rule = Reflect.getMetadata(ACCESS, handler) as { readonly kind: string };
    const isSecured = (operation?.security ?? []).length >= 2;
    const hasProblem = operation?.responses?.['503']?.content?.['application/problem+json'] !== undefined;
    const isTold = operation?.summary && (path.startsWith('/health') || path === '/metrics' || hasProblem);
    if (!isTold || isSecured !== (rule.kind === 'requires')) missing.push(`${verb} ${path}`);
  }
  expect(missing).toEqual([]);
});

test('the document is valid OpenAPI 3.1 and says what Vigil is for', async () => {
  const { body: document } = await api.call('GET', '/openapi.json');
  const result = await new Validator().validate(document as Record<string, unknown>);
  expect(result.errors ?? []).toEqual([]);
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.info.description).toContain('never the sole source of alarms');
});

test('every reference in the document leads somewhere', async () => {
  const { body: document } = await api.call('GET', '/openapi.json');
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!);
  expect(references.length).toBeGreaterThan(50);
  expect(references.filter((name) => document.components.schemas[name] === undefined)).toEqual([]);
});

describe('the dashboard', () => {
  test.each([
    ['/', 'app', 'no-store'],
    ['/alarms/recent', 'app', 'no-store'],
    ['/p/some-token', 'pager', 'no-store'],
    ['/favicon.svg', '<svg/>', 'no-cache'],
    ['/assets/app-1.js', 'x', 'public, max-age=31536000, immutable'],
  ])('%s is served', async (path, text, caching) => {
    const { status, headers, body } = await api.call('GET', path);
    expect([status, body, headers.get('cache-control')]).toEqual([200, text, caching]);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test.each(['/assets/app-2.js', '/assets/..%2f..%2fsecret', '/%2e%2e/package.json', '/nothing.js', '/api/v2/beds', '/health/x'])(
    '%s is not there',
    async (path) => {
      expect((await api.call('GET', path)).status).toBe(404);
    },
  );
});
