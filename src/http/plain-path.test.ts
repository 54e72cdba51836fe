import fc from 'fast-check';
import { isPlainPath, URL_CHARS_MAX } from './plain-path.js';

test.each([
  '/',
  '/alarms/recent',
  '/assets/index-Ab_1.js',
  '/api/v1/beds/icu-1?from=1&x=%2e%2e',
  '/a/..b/c...',
  '/p/tok_en-1',
  '/well-known/.well',
])('%s is a plain path', (url) => {
  expect(isPlainPath(url)).toBe(true);
});

test.each([
  '/..',
  '/a/../b',
  '/%2e%2e/etc/passwd',
  '/.%2e/x',
  '/a/%2E',
  '/%252e%252e/x',
  '/..%5cx',
  '/a\\b',
  '/a//b',
  '/%2fetc',
  '/a%2Fb',
  '/a%00.js',
  '/%c0%ae%c0%ae/x',
  '/%e0%80%ae',
  '/%',
  '/%zz',
  '/..;/x',
  '//host/x',
  'http://host/x',
  '*',
  '',
  `/${'a'.repeat(URL_CHARS_MAX)}`,
])('%s is none', (url) => {
  expect(isPlainPath(url)).toBe(false);
});

test('whatever the path, a plain one resolves to itself', () => {
  const piece = fc.constantFrom('.', '..', '/', '%2e', '%2f', '%5c', '\\', 'a', ';', '%00', '%', '%25', '?', '#', '%c0%af');
  fc.assert(
    fc.property(fc.array(piece), (parts) => {
      const url = `/${parts.join('')}`;
      if (!isPlainPath(url)) return;
      const path = url.split(/[?#]/, 1)[0]!;
      expect(new URL(`http://host${path}`).pathname).toBe(path);
    }),
    { numRuns: 5_000 },
  );
});
