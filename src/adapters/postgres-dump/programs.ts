import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { BackupError } from '../../backup/backup-error.js';
import type { DatabaseUrl } from '../sql/database-url.js';

/** Where Debian keeps the programs of each version, apart from the path. */
const DEBIAN = '/usr/lib/postgresql';
const STDERR_CHARS_MAX = 8_000;
/** Of this process, what PostgreSQL's programs may know; nothing else may turn them to another server. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'PGPASSFILE', 'PGPASSWORD', 'PGUSER'];

export type ProgramName = 'pg_dump' | 'pg_restore';

export interface Program {
  readonly name: ProgramName;
  readonly path: string;
  readonly major: number;
}

/**
 * The program of the version nearest to a server's: older ones refuse its tables, newer ones may write what it does not know.
 *
 * @param major of the server at least
 * @param folders where programs are looked for; left out: Debian's and those of the path
 * @throws BackupError `not-supported`, which says what to install
 */
export function findProgram(name: ProgramName, major: number, folders: readonly string[] = programFolders()): Program {
  const found = folders.flatMap((folder) => {
    const path = join(folder, name);
    const known = existsSync(path) ? majorOf(path) : null;
    return known === null ? [] : [{ name, path, major: known }];
  });
  const fitting = found.filter((program) => program.major >= major).sort((a, b) => a.major - b.major);
  if (fitting[0] !== undefined) return fitting[0];
  const there = found.length === 0 ? 'there is none here' : `here is ${Math.max(...found.map((program) => program.major))}`;
  throw new BackupError(
    'not-supported',
    `${name} of PostgreSQL ${major} or newer is needed, and ${there}: install the client programs of PostgreSQL ${major} (Debian: postgresql-client-${major}) where this command runs`,
  );
}

function programFolders(): readonly string[] {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...versions.map((version) => join(DEBIAN, version, 'bin')), ...onPath];
}

/** Null for what does not say its version. */
function majorOf(path: string): number | null {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const said = / (\d+)[.\w]* */.exec(stdout ?? '');
  return said === null ? null : Number(said[1]);
}

/**
 * Runs a program against a database. Password and host are in its environment, never among its arguments, which everybody on the machine
 * can read.
 *
 * @param folder for a file of authorities, where the URL names none
 * @throws BackupError with the first error that it said, without what that quotes
 */
export async function runProgram(
  { name, path }: Program,
  args: readonly string[],
  url: DatabaseUrl,
  folder: string,
): Promise<void> {
  const child = spawn(path, args, { env: environmentOf(url, folder), stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, STDERR_CHARS_MAX)));
  const end = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
  });
  if (end === 0) return;
  if (/No space left on device/i.test(said))
    throw new BackupError('disk-full', `no room for what ${name} writes: make room; nothing that was there is changed`);
  throw new BackupError(
    'target',
    `${name} on the database ${url.where} did not end well: ${firstError(said) ?? `it ended with ${end}`}`,
  );
}

function environmentOf({ libpq }: DatabaseUrl, folder: string): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]]));
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(passed), ...libpq, PGAPPNAME: 'vigil-backup', PGGSSENCMODE: 'disable' };
  const proves = libpq['PGSSLMODE']?.startsWith('verify-') === true;
  // The platform believes the authorities that Node knows; PostgreSQL's programs know none by themselves.
  if (proves && env['PGSSLROOTCERT'] === undefined) {
    env['PGSSLROOTCERT'] = join(folder, 'authorities.pem');
    writeFileSync(env['PGSSLROOTCERT'], getCACertificates('default').join('\n'), { mode: 0o600 });
  }
  return env;
}

/** The server's text may quote what was stored. */
function firstError(said: string): string | null {
  const line = said.split('\n').find((each) => / error: /.test(each));
  return line === undefined
    ? null
    : line.replace(/^.* error: /, '').replace(/ERROR:.*/, (text) => text.replace(/"[^"]*"|'[^']*'/g, '…'));
}
