/**
 * `node scripts/influxd.mjs build [DIR]`: builds a real InfluxDB 2.7 (no UI) from its sources for the tests, once (about ten minutes on
 * two cores and 3 GB on a bare machine). Needs Go 1.23, Rust (cargo), a C compiler and what Go's and Cargo's own settings reach;
 * where something is missing it says what, and ends with 3.
 * `… run DIR [DATA]`: runs it on loopback with a fresh organisation `vigil` and says `ready <port> <token>`. PORT=0 is a free one; with
 * DATA it keeps what is stored over a restart, and the same token. It ends by SIGTERM, by SIGINT, or when its input ends.
 * DIR is `.vigil-clients/influxd` where it is left out.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

const VERSION = 'v2.7.12';
const PKG_CONFIG = 'github.com/influxdata/pkg-config@v0.2.14';
const GO_MIN = [1, 23];
const BUILD_MS = 40 * 60_000;
const START_MS = 60_000;
const NOT_HERE = 3;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command, folder, data] = process.argv.slice(2);
const dir = resolve(folder ?? join(root, '.vigil-clients', 'influxd'));
const program = join(dir, 'bin', `influxd-${VERSION}`);

if (command === 'build') build();
else if (command === 'run') await run();
else fail('say build or run; --help says more', 2);

function build() {
  if (existsSync(program)) {
    console.log('built already');
    return;
  }
  requireTools();
  mkdirSync(join(dir, 'bin'), { recursive: true });
  mkdirSync(join(dir, 'mod'), { recursive: true });
  // The sources forbid warnings, and a newer Rust has new ones; flags do not reach its build scripts, a wrapper does.
  const wrapper = join(dir, 'bin', 'rustc-caplints');
  const script = '#!/bin/sh\ncase " $* " in *" --cap-lints "*|*--cap-lints=*) exec "$@";; *) exec "$@" --cap-lints warn;; esac\n';
  writeFileSync(wrapper, script);
  chmodSync(wrapper, 0o755);
  const env = {
    ...process.env,
    GOTOOLCHAIN: 'local',
    GOFLAGS: '-buildvcs=false',
    RUSTC_WRAPPER: wrapper,
    // The sources name a Rust of their own, which would be fetched.
    ...rustOfThisMachine(),
    CARGO_BUILD_JOBS: '2',
  };
  step('go', ['install', PKG_CONFIG], { ...env, GOBIN: join(dir, 'bin') });
  writeFileSync(
    join(dir, 'mod', 'go.mod'),
    `module local/influxd

go 1.23.0

require github.com/influxdata/influxdb/v2 ${VERSION}

replace github.com/nats-io/nats-streaming-server v0.11.2 => github.com/influxdata/nats-streaming-server v0.11.3-0.20201112040610-c277f7560803
`,
  );
  writeFileSync(
    join(dir, 'mod', 'tools.go'),
    '//go:build tools\n\npackage tools\n\nimport _ "github.com/influxdata/influxdb/v2/cmd/influxd"\n',
  );
  step('go', ['get', `github.com/influxdata/influxdb/v2/cmd/influxd@${VERSION}`], env);
  const flags = ['-p', '2', '-tags', 'sqlite_foreign_keys,sqlite_json', '-ldflags', `-s -w -X main.version=${VERSION}`];
  const built = `${program}.new`;
  step('go', ['build', ...flags, '-o', built, 'github.com/influxdata/influxdb/v2/cmd/influxd'], {
    ...env,
    PKG_CONFIG: join(dir, 'bin', 'pkg-config'),
  });
  renameSync(built, program);
  console.log('built');
}

function requireTools() {
  const go = /go(\d+)\.(\d+)/.exec(spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '');
  const [major, minor] = [Number(go?.[1] ?? 0), Number(go?.[2] ?? 0)];
  if (major < GO_MIN[0] || (major === GO_MIN[0] && minor < GO_MIN[1]))
    fail('InfluxDB needs Go 1.23 or newer, as go on the path', NOT_HERE);
  for (const tool of ['cargo', 'cc', 'pkg-config']) {
    if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0) fail(`InfluxDB needs ${tool} on the path`, NOT_HERE);
  }
}

function rustOfThisMachine() {
  const toolchain = spawnSync('rustup', ['default'], { encoding: 'utf8' }).stdout?.split(' ')[0]?.trim();
  return toolchain ? { RUSTUP_TOOLCHAIN: toolchain } : {};
}

function step(name, args, env) {
  const nicely = process.platform === 'win32' ? [name, args] : ['nice', ['-n', '19', name, ...args]];
  const { status, stderr } = spawnSync(nicely[0], nicely[1], { cwd: join(dir, 'mod'), env, encoding: 'utf8', timeout: BUILD_MS });
  if (status === 0) return;
  const lines = (stderr ?? '').trim().split('\n');
  fail(`InfluxDB could not be built (${name} ${args[0]}): ${lines.slice(-3).join(' | ').slice(0, 500) || 'no word'}`, NOT_HERE);
}

async function run() {
  if (!existsSync(program)) fail('InfluxDB is not built; run: node scripts/influxd.mjs build', NOT_HERE);
  const place = data === undefined ? mkdtempSync(join(tmpdir(), 'vigil-influxd-')) : resolve(data);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const port = Number(process.env.PORT || '0') || (await freePort());
  const args = [
    ...['--http-bind-address', `127.0.0.1:${port}`, '--reporting-disabled', '--log-level', 'error'],
    ...['--bolt-path', join(place, 'influxd.bolt'), '--engine-path', join(place, 'engine')],
    ...['--sqlite-path', join(place, 'influxd.sqlite')],
  ];
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (bytes) => (said = (said + bytes).slice(-20_000)));
  const end = () => server.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  process.stdin.on('end', end).on('error', end).resume();
  const ended = new Promise((done) => server.on('close', done));
  const url = `http://127.0.0.1:${port}`;
  const token = await Promise.race([ready(url, place), ended.then(() => null)]);
  if (token === null) fail(`InfluxDB did not start within ${START_MS / 1_000} s: ${said.slice(-2_000)}`, 1);
  console.log(`ready ${port} ${token}`);
  const code = await ended;
  if (data === undefined) rmSync(place, { recursive: true, force: true });
  process.exit(code ?? 0);
}

/** Waits for it, and gives it its organisation and token once. @returns the token; null when it does not start */
async function ready(url, place) {
  const tokenFile = join(place, 'token');
  const untilMs = Date.now() + START_MS;
  while (Date.now() < untilMs) {
    const ok = await fetch(`${url}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) break;
    await sleep(100);
  }
  if (existsSync(tokenFile)) return readFileSync(tokenFile, 'utf8');
  const [token, password] = [randomBytes(32).toString('hex'), randomBytes(16).toString('hex')];
  const body = JSON.stringify({ username: 'vigil', password, org: 'vigil', bucket: 'first', token });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v2/setup`, { method: 'POST', headers, body }).catch(() => null);
  if (answer?.status !== 201) return null;
  writeFileSync(tokenFile, token, { mode: 0o600 });
  return token;
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

function fail(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
