import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIdOf } from './build-id.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vigil-build-'));
  mkdirSync(join(dir, 'assets'));
  writeFileSync(join(dir, 'index.html'), '<script src="/assets/main-Abc.js">');
  writeFileSync(join(dir, 'assets', 'main-Abc.js'), 'one');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the same build has the same name, also after a restart', () => {
  expect(buildIdOf('1.2.3', dir)).toBe(buildIdOf('1.2.3', dir));
  expect(buildIdOf('1.2.3', dir)).toMatch(/^1\.2\.3\+[0-9a-f]{10}$/);
});

test.each([
  ['a lazy screen', () => writeFileSync(join(dir, 'assets', 'lazy-Xyz.js'), 'two')],
  ['the page', () => writeFileSync(join(dir, 'index.html'), '<script src="/assets/main-Abd.js">')],
  ['the service worker', () => writeFileSync(join(dir, 'sw.js'), 'x')],
])('a build of the same version with another %s has another name', (_what, change) => {
  const before = buildIdOf('1.2.3', dir);
  change();
  expect(buildIdOf('1.2.3', dir)).not.toBe(before);
});

test('without a dashboard it is the version', () => expect(buildIdOf('1.2.3', null)).toBe('1.2.3'));
