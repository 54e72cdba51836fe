import { readFileSync } from 'node:fs';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the runbook has an entry for every error code', () => {
  const union = /export type ErrorCode =([^;]+);/.exec(read('packages/domain/src/errors.ts'))![1]!;
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map((match) => match[1]);
  const entries = [...read('docs/runbook.md').matchAll(/^### (\S+)$/gm)].map((match) => match[1]);
  expect(codes.length).toBeGreaterThan(10);
  expect(entries).toEqual(expect.arrayContaining(codes));
});

test('the README lists every setting of the platform and of the launcher', () => {
  const names = [...`${read('src/config.ts')}${read('scripts/launch/settings.mjs')}`.matchAll(/^ {2}([A-Z][A-Z_]{4,}):/gm)].map(
    (m) => m[1],
  );
  const readme = read('README.md');
  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
