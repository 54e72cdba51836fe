/**
 * `node scripts/hapi.mjs build [DIR]`: fetches and builds a real FHIR R4 server (HAPI, JPA) and the HL7 validator for the tests, once
 * (about 90 s and 600 MB on a bare machine). Needs Java 17 or newer, Maven and what Maven's own settings reach; where something is
 * missing it says what, and ends with 3.
 * `… serve [DIR]`: runs the server on loopback and says `ready <port>`. PORT=0 is a free one, VALIDATE=0 takes what is not conformant,
 * DATA=<folder> keeps what is stored over a restart. It ends by SIGTERM, by SIGINT, or when its input ends.
 * `… validate DIR <file.json or folder> …`: validates without a network; ends with 1 when one is not valid.
 * DIR is `.vigil-clients/hapi` where it is left out.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = join(root, 'test', 'fhir-server');
const JAVA_MIN = 17;
const BUILD_MS = 10 * 60_000;
const START_MS = 180_000;
const NOT_HERE = 3;

const [command, folder, ...files] = process.argv.slice(2);
const dir = resolve(folder ?? join(root, '.vigil-clients', 'hapi'));
const marker = join(dir, `ready-${hashOfSources()}`);

if (command === 'build') build();
else if (command === 'serve') await serve();
else if (command === 'validate') validate();
else fail('say build, serve or validate; --help says more', 2);

function hashOfSources() {
  const hash = createHash('sha256');
  const names = readdirSync(SOURCES, { recursive: true }).map(String).sort();
  for (const name of names) {
    const file = join(SOURCES, name);
    if (statSync(file).isFile()) hash.update(`${name.replaceAll('\\', '/')}\n`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}

function build() {
  if (existsSync(marker)) {
    console.log('built already');
    return;
  }
  const version = /version "(\d+)/.exec(spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr ?? '')?.[1];
  if (Number(version ?? 0) < JAVA_MIN) fail(`the FHIR server needs Java ${JAVA_MIN} or newer, as java on the path`, NOT_HERE);
  if (spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status !== 0)
    fail('the FHIR server needs Maven, as mvn on the path', NOT_HERE);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  cpSync(SOURCES, dir, { recursive: true });
  const goals = ['-q', '-B', '-T', '1', 'dependency:copy-dependencies', 'compile', '-DoutputDirectory=target/lib'];
  const [program, args] = nicely('mvn', goals);
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: dir, encoding: 'utf8', timeout: BUILD_MS });
  if (status !== 0) {
    // Maven repeats where it looked; the first line says what is wrong.
    const [line = 'no word'] = `${stdout}${stderr}`.split('\n').filter((text) => text.includes('ERROR'));
    fail(`the FHIR server could not be built within ${BUILD_MS / 60_000} min: ${line.slice(0, 300)}`, NOT_HERE);
  }
  writeFileSync(marker, '');
  console.log('built');
}

function requireBuilt() {
  if (!existsSync(marker)) fail(`the FHIR server is not built; run: node scripts/hapi.mjs build`, NOT_HERE);
}

function java(...args) {
  return nicely('java', ['-cp', [join(dir, 'target', 'classes'), join(dir, 'target', 'lib', '*')].join(delimiter), ...args]);
}

async function serve() {
  requireBuilt();
  const [program, args] = java('-Xmx1500m', '-XX:+UseSerialGC', 'vigiltest.Server');
  const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  server.stderr.on('data', (data) => (said = (said + data).slice(-20_000)));
  const late = setTimeout(() => {
    process.stderr.write(`the FHIR server did not start within ${START_MS / 1_000} s\n`);
    server.kill('SIGKILL');
  }, START_MS);
  createInterface(server.stdout).on('line', (line) => {
    if (!/^ready \d+$/.test(line)) return;
    clearTimeout(late);
    console.log(line);
  });
  const end = () => server.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  process.stdin.on('end', end).on('error', end).resume();
  const code = await new Promise((done) => server.on('close', done));
  clearTimeout(late);
  // Ended from outside it says nothing; otherwise why it ended is in its last words.
  if (code !== null && code !== 0 && code !== 143) process.stderr.write(said);
  process.exit(code ?? 0);
}

function validate() {
  requireBuilt();
  const jsonIn = (path) =>
    readdirSync(path)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(path, name));
  const paths = files.flatMap((path) => (statSync(path).isDirectory() ? jsonIn(path).sort() : [path]));
  if (paths.length === 0) fail('validate: name files or folders', 2);
  const scratch = mkdtempSync(join(tmpdir(), 'vigil-validate-'));
  try {
    const list = join(scratch, 'files');
    writeFileSync(list, paths.map((path) => `${resolve(path)}\n`).join(''));
    const [program, args] = java('-Xmx1g', '-XX:+UseSerialGC', 'vigiltest.Validate', list);
    process.exitCode = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Behind everything else on this machine, where the system knows how. */
function nicely(program, args) {
  return process.platform === 'win32' ? [program, args] : ['nice', ['-n', '19', program, ...args]];
}

function fail(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
