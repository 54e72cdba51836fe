/** The matrix of what the hub is held to names tests that are there, and leaves nothing out. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMatrix } from './event-hub-matrix.js';

const rows = readMatrix();
const ids = [...Array.from({ length: 7 }, (_, n) => `b${n + 1}`), ...Array.from({ length: 14 }, (_, n) => `d${n + 1}`)];

/** What the suite for any namespace consists of. */
const suite = readFileSync(join(import.meta.dirname, 'event-hub-all.contract.ts'), 'utf8');
const isInSuite = (file: string): boolean => suite.includes(`./${file.replace(/\.ts$/, '.js')}`);

test('each part of the protocol and each pitfall has a test', () => {
  expect([...new Set(rows.map(({ id }) => id))]).toEqual(ids);
});

test('each row names a test that is there', () => {
  const missing = rows.filter(({ title, file }) => {
    const path = join(import.meta.dirname, file);
    const source = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return !["'", '"', '`'].some((quote) => source.includes(quote + title + quote));
  });
  expect(missing).toEqual([]);
});

test('what runs on any namespace is part of the suite', () => {
  const outside = rows.filter(({ oursBecause, file }) => oursBecause === null && !isInSuite(file));
  expect(outside).toEqual([]);
});

test('what the suite leaves out on a real namespace is what the matrix says, for the same reason', () => {
  const dense = (text: string): string => text.replaceAll(/\s/g, '');
  const different = rows.filter(({ title, file, oursBecause }) => {
    if (oursBecause === null || !isInSuite(file)) return false;
    const source = dense(readFileSync(join(import.meta.dirname, file), 'utf8'));
    return !source.includes(dense(`localOnly(suite, '${title}', '${oursBecause}'`));
  });
  expect(different).toEqual([]);
});
