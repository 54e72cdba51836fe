/** `npm start`, after the install and the build: starts every process of Vigil, watches over them, stops them in order. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDataDir, checkPorts, checkRecordings } from './launch/checks.mjs';
import { Child } from './launch/child.mjs';
import { lineText } from './launch/log-lines.mjs';
import { removeRunFile, takeFolder, writeRunFile } from './launch/run-file.mjs';
import { readSettings } from './launch/settings.mjs';
import { addresses, gatewaySpec, hubSpec, inboxSpec, platformSpecs, simulatorSpec, watchdogSpec } from './launch/specs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** A terminal and npm both hand on one Ctrl-C: what comes this soon after the first signal is the same one. */
const SAME_SIGNAL_MS = 700;
const PARENT_LOOK_EVERY_MS = 1000;

const READY_WITHIN_MS = 20_000;
const READY_LOOK_EVERY_MS = 100;

/** Which processes are stopped together, and how long they have. */
const STOP_ORDER = [
  [3000, 'simulator'],
  [7000, 'gateway', 'platform', 'api', 'processor', 'escalator', 'history', 'fhir'],
  // After the platform, whose last checkpoint of the audit log it still takes; seconds later it would call them lost.
  [3000, 'watchdog'],
  [4000, 'inbox', 'hub'],
];

const startedMs = Date.now();
const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const write = (line) => process.stdout.write(`${line}\n`);
const say = (msg) => write(lineText('vigil', { level: 30, msg }, { colour }));

/** In the order of their start. */
const children = [];
let stopAskedMs = null;

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

/** For the certificate of the gateway: the names that are given, and the address on which it listens. */
function mqttsNames({ VIGIL_MQTTS_NAME: names, VIGIL_MQTTS_HOST: host }) {
  return [names, ['0.0.0.0', '::'].includes(host) ? null : host].filter(Boolean).join(',');
}

function init(settings) {
  const env = {
    ...process.env,
    VIGIL_DATA_DIR: settings.dataDir,
    VIGIL_BEDS: String(settings.VIGIL_BEDS),
    VIGIL_SOURCE: settings.VIGIL_SOURCE,
    VIGIL_SPEED: String(settings.VIGIL_SPEED),
    VIGIL_MQTTS_NAME: mqttsNames(settings),
  };
  const run = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'dist', 'cli.js'), 'init'], {
    env,
    encoding: 'utf8',
  });
  for (const line of run.stdout.split('\n').filter(Boolean)) say(line);
  return run.status === 0 ? null : run.stderr.trim() || 'vigil init failed';
}

/** The first problem as soon as there is one; null when every start has gone well. */
async function firstProblem(starts) {
  const problems = starts.map((start) =>
    start.then((problem) => {
      if (problem !== null) throw new Error(problem);
    }),
  );
  return Promise.all(problems).then(
    () => null,
    (error) => error.message,
  );
}

async function startAll(settings) {
  const options = {
    level: settings.VIGIL_LOG_LEVEL,
    colour,
    write,
    onChange: () => {
      const running = children.filter((child) => child.pid !== null);
      writeRunFile(settings.dataDir, { url: addresses(settings).app, children: running });
    },
  };
  const start = async (...specs) => {
    if (stopAskedMs !== null) return;
    const batch = specs.filter((spec) => spec !== null).map((spec) => new Child(spec, options));
    children.push(...batch);
    const problem = await firstProblem(batch.map((child) => child.start()));
    if (problem === null || stopAskedMs !== null) return;
    await stopAll(settings);
    fail(problem);
  };
  // The hub makes the keys that the others need, the platform has the gateway's bed table, and the simulator comes
  // when somebody listens.
  await start(hubSpec(settings), inboxSpec(settings));
  await start(...platformSpecs(settings), watchdogSpec(settings));
  await start(gatewaySpec(settings));
  await start(simulatorSpec(settings));
  await untilReady(addresses(settings).app);
}

/** The process listens before its consumers have their partitions: ready is when it says so on /health/ready. */
async function untilReady(app) {
  for (const untilMs = Date.now() + READY_WITHIN_MS; Date.now() < untilMs && stopAskedMs === null;) {
    const response = await fetch(`${app}/health/ready`).catch(() => null);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, READY_LOOK_EVERY_MS));
  }
  if (stopAskedMs === null) say(`the platform is up but does not call itself ready; see ${app}/health/ready`);
}

/** In reverse order: what writes, then what reads and writes the log, then the hub. Within 17 s in all. */
async function stopAll(settings) {
  for (const child of children) child.isStopping = true;
  for (const [withinMs, ...names] of STOP_ORDER) {
    await Promise.all(children.filter((c) => names.includes(c.name.replace(/-\d+$/, ''))).map((c) => c.stop(withinMs)));
  }
  removeRunFile(settings.dataDir);
}

async function onSignal(settings, signal) {
  const nowMs = Date.now();
  if (stopAskedMs === null) {
    stopAskedMs = nowMs;
    say(`stopping (${signal}); once more to kill`);
    await stopAll(settings);
    say('stopped');
    process.exit(0);
  } else if (nowMs - stopAskedMs > SAME_SIGNAL_MS) {
    for (const child of children) child.kill();
    removeRunFile(settings.dataDir);
    process.exit(130);
  }
}

/** When npm or the shell that started us is gone, however it went, we stop too. */
function watchParent(settings) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && stopAskedMs === null) void onSignal(settings, 'the terminal is gone');
  }, PARENT_LOOK_EVERY_MS).unref();
}

/** Real devices without a mail server is the one case in which everything looks well and nobody is told. */
function pagesLine({ VIGIL_SOURCE }, inbox) {
  if (process.env.SMTP_URL) return 'Pages go out through the mail server of SMTP_URL.';
  const line = `Pages arrive in the demo inbox: ${inbox}`;
  return VIGIL_SOURCE === 'none' ? `${line}\nNOBODY IS PAGED outside this machine until SMTP_URL is set.` : line;
}

function welcome(settings) {
  const { app, inbox } = addresses(settings);
  const accountsFile = join(settings.dataDir, 'demo-accounts.json');
  if (settings.VIGIL_SOURCE !== 'none')
    write('\nDEMO. Data are not from patients under care. Secondary display only: never the sole source of alarms.');
  if (existsSync(accountsFile)) {
    write(`Sign in with one of these accounts (also in ${accountsFile}):`);
    for (const { username, password, roles } of JSON.parse(readFileSync(accountsFile, 'utf8'))) {
      write(`  ${username.padEnd(8)} ${password.padEnd(22)} ${roles.join(', ')}`);
    }
  }
  write(pagesLine(settings, inbox));
  if (settings.VIGIL_ROLES) {
    const each = platformSpecs(settings).map(({ name, env }) => `${name} ${env.VIGIL_PORT}`);
    write(`The platform runs in parts, each with its port: ${each.join(', ')}.`);
  }
  write(`Started in ${((Date.now() - startedMs) / 1000).toFixed(1)} s. Ctrl-C stops everything.`);
  write(`vigil ready ${app}`);
}

const read = readSettings(process.env);
if (read.problem) fail(read.problem);
const { settings } = read;
const folderProblem =
  checkDataDir(settings.dataDir) ??
  checkRecordings(settings) ??
  (await takeFolder(settings.dataDir, addresses(settings).app, say));
if (folderProblem) fail(folderProblem);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void onSignal(settings, signal));
process.stdout.on('error', () => {});
watchParent(settings);

const problem = (await checkPorts(settings)) ?? init(settings);
if (problem) {
  removeRunFile(settings.dataDir);
  fail(problem);
}
say(`starting in ${settings.dataDir}`);
await startAll(settings);
if (stopAskedMs === null) welcome(settings);
