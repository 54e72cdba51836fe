/**
 * `node scripts/postgres.mjs serve [DIR]`: a PostgreSQL 15 server (or newer) of this machine for tests and development, which nobody else
 * reaches: on a socket in DIR, without a port and without a password. It says `ready <url of its database postgres>` and ends by SIGTERM,
 * by SIGINT, when its input ends, or when the server is killed. Without DIR it is a folder that goes with the server. FSYNC=0 forgets
 * what was committed when the machine loses its power, and is quicker.
 * Where there is no server program it says how to get one, and ends with 3. As root the server runs as `postgres` or `nobody`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

const VERSION_MIN = 15;
const NOT_HERE = 3;
const DEBIAN = '/usr/lib/postgresql';
/** Longer ones are no address of a socket. */
const SOCKET_FOLDER_MAX = 80;

const [command, folder] = process.argv.slice(2);
if (command !== 'serve') fail('say serve; --help says more', 2);

const bin = programs();
const who = process.getuid?.() === 0 ? plainUser() : {};
const dir = folder === undefined ? mkdtempSync(join(tmpdir(), 'vigil-pg-')) : resolve(folder);
if (dir.length > SOCKET_FOLDER_MAX) fail(`${dir}: too long a path for a socket`, 2);
mkdirSync(dir, { recursive: true, mode: 0o700 });
chmodSync(dir, 0o700);
if (who.uid !== undefined) chownSync(dir, who.uid, who.gid);
const data = join(dir, 'data');
if (!existsSync(join(data, 'PG_VERSION'))) make();
serve();

function programs() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number) : [];
  const newest = Math.max(0, ...versions.filter((version) => existsSync(join(DEBIAN, String(version), 'bin', 'postgres'))));
  if (newest >= VERSION_MIN) return join(DEBIAN, String(newest), 'bin');
  const known = spawnSync('postgres', ['--version'], { encoding: 'utf8' }).stdout ?? '';
  if (Number(/ (\d+)/.exec(known)?.[1] ?? 0) >= VERSION_MIN) return '';
  return fail(`no PostgreSQL ${VERSION_MIN} here: apt-get install postgresql, or put postgres and initdb on the path`, NOT_HERE);
}

/** The server refuses to run as root. */
function plainUser() {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout.trim()));
    if (uid > 0) return { uid, gid };
  }
  return fail('no user postgres or nobody to run the server as', NOT_HERE);
}

function make() {
  const args = [
    '-D',
    data,
    '-U',
    'vigil',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
  const { status, stderr } = spawnSync(join(bin, 'initdb'), args, { ...who, cwd: dir, encoding: 'utf8' });
  if (status !== 0) fail(`initdb: ${stderr}`, 1);
}

function serve() {
  const settings = {
    ...{ listen_addresses: '', unix_socket_directories: dir, unix_socket_permissions: '0700', max_connections: '60' },
    ...{ shared_buffers: '64MB', fsync: process.env['FSYNC'] === '0' ? 'off' : 'on' },
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const server = spawn(join(bin, 'postgres'), args, { ...who, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-4_000);
    if (text.includes('ready to accept connections')) console.log(`ready postgres://vigil@localhost/postgres?host=${dir}`);
  });
  // At once, whoever is still connected; what was committed is on the disk.
  const stop = () => void server.kill('SIGINT');
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);
  process.stdin.on('end', stop).on('error', stop).resume();
  server.on('exit', (code, signal) => {
    if (folder === undefined) rmSync(dir, { recursive: true, force: true });
    if (code !== 0) console.error(`the server ended with ${signal ?? code}\n${log}`);
    process.exit(code === 0 ? 0 : 1);
  });
}

function fail(says, code) {
  console.error(says);
  process.exit(code);
}
