import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseUrlOf } from '../sql/database-url.js';
import { findProgram, runProgram } from './programs.js';

const folder = mkdtempSync(join(tmpdir(), 'vigil-programs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says its version, and otherwise does what `does` says. */
function program(version: string, does = 'exit 0'): string {
  const at = join(folder, `${Math.random()}`);
  mkdirSync(at);
  const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo 'pg_dump (PostgreSQL) ${version}'; exit 0; fi\n${does}\n`;
  writeFileSync(join(at, 'pg_dump'), script);
  chmodSync(join(at, 'pg_dump'), 0o755);
  return at;
}

test('the program nearest to the server is taken, never an older one', () => {
  const folders = [
    program('17.2'),
    program('13.9 (Debian 13.9-0+deb11u1)'),
    program('16.1'),
    program('15.14'),
    join(folder, 'none'),
  ];
  expect(findProgram('pg_dump', 15, folders).major).toBe(15);
  expect(findProgram('pg_dump', 16, folders).major).toBe(16);
  expect(findProgram('pg_dump', 14, folders).major).toBe(15);
});

test.each([
  [
    'too old',
    () => [program('13.9')],
    /pg_dump of PostgreSQL 15 or newer is needed, and here is 13: install .*postgresql-client-15/,
  ],
  ['none', () => [], /there is none here: install/],
  ['no program at all', () => [program('nonsense')], /there is none here/],
])('%s: said with what to install', (_what, folders, says) => {
  expect(() => findProgram('pg_dump', 15, folders())).toThrow(says);
});

test('password, user and host are in the environment of the program, and not among its arguments', async () => {
  const [env, args] = [join(folder, 'env'), join(folder, 'args')];
  const at = program('15.1', `env > ${env}; echo "$@" > ${args}`);
  const url = databaseUrlOf('postgres://amy:s3cret@db.example:5433/ward?sslmode=verify-full');
  await runProgram({ name: 'pg_dump', path: join(at, 'pg_dump'), major: 15 }, ['--format=directory'], url, folder);
  expect(readFileSync(args, 'utf8')).toBe('--format=directory\n');
  const lines = readFileSync(env, 'utf8').split('\n');
  for (const line of [
    'PGHOST=db.example',
    'PGPORT=5433',
    'PGDATABASE=ward',
    'PGUSER=amy',
    'PGPASSWORD=s3cret',
    'PGSSLMODE=verify-full',
  ])
    expect(lines).toContain(line);
  expect(lines).toContain(`PGSSLROOTCERT=${join(folder, 'authorities.pem')}`);
  expect(readFileSync(join(folder, 'authorities.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
  expect(lines.filter((line) => line.startsWith('NODE_'))).toEqual([]);
});

test('what a program says of a value does not come out', async () => {
  const at = program(
    '15.1',
    `echo 'pg_dump: error: query failed: ERROR:  invalid input for "Canaryname"' >&2; echo 'DETAIL: Canaryname' >&2; exit 1`,
  );
  const run = runProgram(
    { name: 'pg_dump', path: join(at, 'pg_dump'), major: 15 },
    [],
    databaseUrlOf('postgres://localhost/ward'),
    folder,
  );
  await expect(run).rejects.toMatchObject({
    code: 'target',
    message: expect.stringMatching(/query failed: ERROR: {2}invalid input for …$/),
  });
});

test('a disk that is full is told by name', async () => {
  const at = program('15.1', `echo 'pg_dump: error: could not write to file: No space left on device' >&2; exit 1`);
  const run = runProgram(
    { name: 'pg_dump', path: join(at, 'pg_dump'), major: 15 },
    [],
    databaseUrlOf('postgres://localhost/ward'),
    folder,
  );
  await expect(run).rejects.toMatchObject({ code: 'disk-full' });
  expect(existsSync(folder)).toBe(true);
});
