/**
 * `npm run faults -- [--count=200] [--seed=1] [--only=gateway|hub|platform|all]`: kills by the hundred, in runs of twenty
 * with a ward of their own (test/faults). What is done is kept in .vigil-faults/state.json, so that the same command goes
 * on where it was stopped; each run adds one line to .vigil-faults/runs.jsonl. `--again` starts anew.
 *
 * `npm run faults -- --only=event-hub [--count=100]`: so many kills of the event hub alone, under load of the official client;
 * goes on where it was stopped, as above. Each kill adds one line to .vigil-faults/event-hub.jsonl, each run its report.
 *
 * `npm run faults -- --only=bit-flips [--count=1000]`: so many bits flipped in the event hub's log; in one piece.
 *
 * `npm run faults -- --only=spool-flips [--count=1000]`: so many bits flipped and ends cut off in the spool of the gateway; in one piece.
 * `npm run faults -- --only=spool-power`: power lost, or an error, at every operation of a spool's life; in one piece.
 *
 * `npm run faults -- --only=frames [--count=100000]`: so many random frames, and as many flipped bits in the conversation of
 * the official client, sent to the event hub; in one piece.
 *
 * `npm run faults -- --only=nonces [--count=10000000]`: so many encryptions by processes that are killed; in one piece.
 *
 * `npm run faults -- --only=rotation [--count=20]`: so many rotations of the keys of gateway and hub under load, with kills
 * in between; in one piece.
 *
 * `npm run faults -- --only=stack-rotation [--count=20]`: so many rotations of every key of a site, under load; in one piece.
 *
 * `npm run faults -- --only=mqtt [--count=100000]`: so many damaged MQTT packets for a gateway, and the long forms of the other
 * attacks on it; in one piece.
 *
 * `npm run faults -- --only=leaks [--count=5]`: so many rounds of bad input, broken stores and crashes, and then the search for
 * names and secrets in all that came of it; in one piece. Loses and swaps each key file in each way as well.
 *
 * `npm run faults -- --only=backlog [--hours=72]`: so many hours of eight devices on the disk of a gateway that then reaches the log,
 * beside live data. What was built stays in .vigil-faults/backlog until it has passed: the same command goes on with it.
 *
 * `npm run faults -- --only=audit [--count=1000]`: so many changes to an audit log by a superuser of its database; in one
 * piece.
 *
 * `npm run faults -- --only=cloud-cut [--count=10]`: the line between gateway and hub is cut for so many minutes, with alarms
 * meanwhile; in one piece.
 *
 * `npm run faults -- --only=wrong-patient [--count=10000] [--seed=1]`: so many random moves of devices and patients while they are
 * measured, with late and doubled readings, crashes and outages, held against a ledger of its own; in one piece, in worlds of 500
 * moves with a seed each.
 *
 * `npm run faults -- --only=simulation [--count=10000] [--seed=1]`: so many seeded runs of the alarm processor on a simulated log,
 * store and clock, with crashes between any two steps; in one piece. A seed replays one run.
 *
 * `npm run faults -- --only=oracle [--count=2000] [--seed=1]`: so many random logs on which the engine and the plain oracle must
 * agree; in one piece.
 *
 * `npm run faults -- --only=oracle-on-call [--count=5000] [--seed=1]`: so many random on-call schedules that are looked at minute by
 * minute around changes of the clock; in one piece.
 *
 * `npm run faults -- --only=two-processors [--count=50]`: so many rounds in which two alarm processors on one database take partitions
 * from each other under load and die; in one piece.
 *
 * `npm run faults -- --only=escalator-frozen [--count=20]`: so many times the platform stands still, and how soon somebody is told; in one
 * piece.
 *
 * `npm run faults -- --only=hl7-kills [--count=50] [--seed=1]`: so many kills of the platform while the hospital's engines send it HL7
 * messages, every other one between the durable write of a message and its answer; in one piece.
 *
 * `npm run faults -- --only=page-kill [--count=100] [--seed=1]`: so many kills of the loops that tell people, between a page that is due
 * and the word that it is sent; goes on where it was stopped.
 *
 * `npm run faults -- --only=two-escalators [--count=100] [--seed=1]`: so many kills of one of two processes that tell people on one store;
 * in one piece. Sets the clock of one of them as well, where libfaketime is.
 *
 * `npm run faults -- --only=influx [--count=60]`: InfluxDB away in each way for so many minutes of a ward's time, a real one too where
 * `VIGIL_TEST_INFLUXD` names one; in one piece.
 *
 * `npm run faults -- --only=postgres-kills [--count=50] [--seed=1]`: so many losses of the PostgreSQL server under the load of a ward:
 * killed, stopped in order, taken over from, killed with gateway, hub and platform; `--only=everything`: only the last, all at one moment.
 * Go on where they were stopped. Need its programs (Debian: postgresql).
 *
 * `npm run faults -- --only=rolling-upgrade`: a platform in parts goes from an earlier commit to this one and back, process by process
 * under load, on SQLite and on PostgreSQL; in one piece. The earlier version is built first and stays in .vigil-faults.
 *
 * `npm run faults -- --only=planted-bugs`: each bug of test/faults/planted-bugs.json in a copy of the tree; its tests must fail.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { plantAll } from './plant-bugs.mjs';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '.vigil-faults');
const stateFile = join(folder, 'state.json');
const runsFile = join(folder, 'runs.jsonl');
const reportFile = join(folder, 'report.jsonl');
const KILLS_PER_RUN = 20;
const NONCES = 'nonces';
const ROTATION = 'rotation';
const AUDIT = 'audit';
const STACK_ROTATION = 'stack-rotation';
const LEAKS = 'leaks';
const FRAMES = 'frames';
const MQTT = 'mqtt';
const EVENT_HUB = 'event-hub';
const BIT_FLIPS = 'bit-flips';
const CLOUD_CUT = 'cloud-cut';
const ESCALATOR_FROZEN = 'escalator-frozen';
const SPOOL_FLIPS = 'spool-flips';
const SPOOL_POWER = 'spool-power';
const BACKLOG = 'backlog';
const BACKLOG_HOURS = 72;
const SIMULATION = 'simulation';
const WRONG_PATIENT = 'wrong-patient';
const ORACLE = 'oracle';
const ORACLE_ON_CALL = 'oracle-on-call';
const HL7_KILLS = 'hl7-kills';
const PAGE_KILL = 'page-kill';
const PLANTED_BUGS = 'planted-bugs';
const POSTGRES_KILLS = 'postgres-kills';
const EVERYTHING = 'everything';
const RECONNECTS = 'reconnects';
const INFLUX = 'influx';
const ROLLING_UPGRADE = 'rolling-upgrade';
const TWO_PROCESSORS = 'two-processors';
const TWO_ESCALATORS = 'two-escalators';
const COUNT_DEFAULT = {
  [EVENT_HUB]: 100,
  [BIT_FLIPS]: 1000,
  [SPOOL_FLIPS]: 1000,
  [SPOOL_POWER]: 1,
  [STACK_ROTATION]: 20,
  [LEAKS]: 5,
  [FRAMES]: 100_000,
  [MQTT]: 100_000,
  [NONCES]: 10_000_000,
  [ROTATION]: 20,
  [AUDIT]: 1000,
  [CLOUD_CUT]: 10,
  [ESCALATOR_FROZEN]: 20,
  [TWO_PROCESSORS]: 50,
  [TWO_ESCALATORS]: 100,
  [SIMULATION]: 10_000,
  [WRONG_PATIENT]: 10_000,
  [ORACLE]: 2_000,
  [ORACLE_ON_CALL]: 5_000,
  [HL7_KILLS]: 50,
  [PAGE_KILL]: 100,
  [POSTGRES_KILLS]: 50,
  [EVERYTHING]: 50,
  [RECONNECTS]: 100,
  [INFLUX]: 60,
};
const TARGETS = ['gateway', 'hub', 'platform', 'all'];

function readOptions() {
  const { values } = parseArgs({
    options: {
      count: { type: 'string' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      hours: { type: 'string', default: String(BACKLOG_HOURS) },
      again: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.count ?? COUNT_DEFAULT[values.only] ?? 200);
  const seed = Number(values.seed);
  if (!Number.isInteger(count) || count < 1) throw new Error('--count is a whole number from 1');
  if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed is a whole number from 0');
  const known = [
    CLOUD_CUT,
    ESCALATOR_FROZEN,
    ...TARGETS,
    EVENT_HUB,
    BIT_FLIPS,
    SPOOL_FLIPS,
    SPOOL_POWER,
    NONCES,
    ROTATION,
    STACK_ROTATION,
    LEAKS,
    FRAMES,
    MQTT,
    AUDIT,
    BACKLOG,
    TWO_PROCESSORS,
    TWO_ESCALATORS,
    SIMULATION,
    WRONG_PATIENT,
    ORACLE,
    ORACLE_ON_CALL,
    HL7_KILLS,
    PAGE_KILL,
    PLANTED_BUGS,
    POSTGRES_KILLS,
    EVERYTHING,
    RECONNECTS,
    INFLUX,
    ROLLING_UPGRADE,
  ];
  if (values.only !== undefined && !known.includes(values.only)) throw new Error(`--only is one of ${known.join(', ')}`);
  const hours = Number(values.hours);
  if (!(hours > 0 && hours <= 168)) throw new Error('--hours is a number up to 168');
  return { count, seed, hours, only: values.only ?? null, again: values.again };
}

/** Runs that were done with the same seed and targets. */
function readState({ seed, only, again }) {
  const fresh = { seed, only, kills: 0, runs: 0, failed: [] };
  if (again || !existsSync(stateFile)) return fresh;
  const state = JSON.parse(readFileSync(stateFile, 'utf8'));
  return state.seed === seed && state.only === only ? state : fresh;
}

/** One test by itself, in one piece; its report is printed as lines of JSON. Answers its exit code, 130 where it was stopped from outside. */
function runAlone(file, settings, project = 'faults') {
  rmSync(reportFile, { force: true });
  const env = { ...process.env, ...settings };
  const path = file.includes('/') ? file : `test/${project}/${file}`;
  const args = ['scripts/jest.mjs', '--selectProjects', project, '--runInBand', '--testPathPatterns', path];
  const run = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  if (existsSync(reportFile)) process.stdout.write(readFileSync(reportFile, 'utf8'));
  return run.signal === null ? run.status : 130;
}

const runNonces = (count, seed) =>
  runAlone('nonces', {
    VIGIL_TEST_NONCES: String(count),
    VIGIL_TEST_NONCE_SEED: String(seed),
    VIGIL_TEST_NONCE_REPORT: reportFile,
  });

/** The same for the spool of the gateway; and power lost at every operation of its life, not at every so many. */
const runSpoolFlips = (count) => runAlone('edge-gateway/src/spool/tampering', { VIGIL_TEST_SPOOL_FLIPS: String(count) }, 'unit');
const runSpoolPower = () => runAlone('edge-gateway/src/spool/power-loss', { VIGIL_TEST_SPOOL_EVERY: '1' }, 'unit');

/** The damage of the log's own tests, more often. */
const runBitFlips = (count) => runAlone('packages/event-hub/src/log/damage', { VIGIL_TEST_BIT_FLIPS: String(count) }, 'unit');

const runRotations = (count, seed) =>
  runAlone('segment-rotation', {
    VIGIL_TEST_ROTATIONS: String(count),
    VIGIL_TEST_KILL_SEED: String(seed),
    VIGIL_TEST_KILL_REPORT: reportFile,
  });

const runBacklog = (hours) =>
  runAlone('test/faults/backlog', {
    VIGIL_TEST_BACKLOG_MINUTES: String(Math.round(hours * 60)),
    VIGIL_TEST_BACKLOG_DIR: join(folder, 'backlog'),
    VIGIL_TEST_BACKLOG_REPORT: reportFile,
  });

const runStackRotations = (count) => runAlone('stack-rotation', { VIGIL_TEST_STACK_ROTATIONS: String(count) });

const runFrames = (count, seed) =>
  runAlone('event-hub-bad-input', { VIGIL_TEST_FRAMES: String(count), VIGIL_TEST_FRAME_SEED: String(seed) }, 'contract');

const runLeaks = (rounds) =>
  runAlone('(leaks|key-loss)\\.test', { VIGIL_TEST_LEAK_ROUNDS: String(rounds), VIGIL_TEST_KEY_LOSS: 'all' }, 'flow');

const runCut = (minutes) =>
  runAlone('cloud-cut', { VIGIL_TEST_CLOUD_CUT_MINUTES: String(minutes), VIGIL_TEST_CLOUD_CUT_REPORT: reportFile }, 'flow');

const runFrozen = (count) =>
  runAlone(ESCALATOR_FROZEN, {
    VIGIL_TEST_ESCALATOR_FROZEN: String(count),
    VIGIL_TEST_ESCALATOR_FROZEN_REPORT: reportFile,
  });

const runCrimes = (count, seed) =>
  runAlone('audit-tamper', {
    VIGIL_TEST_AUDIT_CRIMES: String(count),
    VIGIL_TEST_AUDIT_SEED: String(seed),
    VIGIL_TEST_AUDIT_REPORT: reportFile,
  });

const runMqtt = (count, seed) =>
  runAlone('edge-gateway-attacks', { VIGIL_TEST_MQTT_PACKETS: String(count), VIGIL_TEST_MQTT_SEED: String(seed) }, 'contract');

const runMoves = (count, seed) =>
  runAlone(WRONG_PATIENT, { VIGIL_TEST_WRONG_PATIENT: String(count), VIGIL_TEST_KILL_SEED: String(seed) });

const runHl7Kills = (count, seed) =>
  runAlone(HL7_KILLS, { VIGIL_TEST_HL7_KILLS: String(count), VIGIL_TEST_KILL_SEED: String(seed) });

const runTwoEscalators = (count, seed) =>
  runAlone(TWO_ESCALATORS, {
    VIGIL_TEST_TWO_ESCALATORS: String(count),
    VIGIL_TEST_TWO_ESCALATORS_OFFSETS: '30,-30,7200,-7200',
    VIGIL_TEST_KILL_SEED: String(seed),
    VIGIL_TEST_TWO_ESCALATORS_REPORT: reportFile,
  });

/** A screen in Chromium that loses its line to the real platform. */
const runReconnects = (count, seed) =>
  runAlone(
    'test/browser/safety-reconnects',
    { VIGIL_TEST_RECONNECTS: String(count), VIGIL_TEST_KILL_SEED: String(seed), VIGIL_TEST_RECONNECTS_REPORT: reportFile },
    'browser',
  );

/** Seeded runs of the engine: `COUNT` of them from `SEED` on. */
const runSeeds = (name, count, seed) => runAlone(`test/${name}/`, { COUNT: String(count), SEED: String(seed) }, 'engine');

/** One ward with `kills` kills. Answers what it found, or null when it could not even be held against the ledgers. */
function runWard(kills, seed, only) {
  rmSync(reportFile, { force: true });
  const env = {
    ...process.env,
    VIGIL_TEST_KILLS: String(kills),
    VIGIL_TEST_KILL_SEED: String(seed),
    VIGIL_TEST_KILL_ONLY: only ?? '',
    VIGIL_TEST_KILL_REPORT: reportFile,
  };
  const args = ['scripts/jest.mjs', '--selectProjects', 'faults', '--runInBand', '--testPathPatterns', 'test/faults/kill'];
  const run = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : null;
  return { passed: run.status === 0, interrupted: run.signal !== null, report };
}

const median = (sorted) => sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

function summary(state, lines) {
  // Of a ward by itself, or of a run that kept what it found beside.
  const reports = lines.flatMap((line) => ('report' in line ? (line.report ?? []) : line));
  const sum = (of) => reports.reduce((total, report) => total + of(report), 0);
  const out = [
    `${state.kills} kills in ${state.runs} runs, ${state.failed.length} failed${state.failed.length ? ` (seeds ${state.failed.join(', ')})` : ''}`,
  ];
  out.push(
    `readings acknowledged ${sum((r) => r.history.acknowledged)}, missing ${sum((r) => r.history.missing)}, phantom ${sum((r) => r.history.phantom)}`,
    `transitions ${sum((r) => r.alarms.derived)}, missing ${sum((r) => r.alarms.missing)}, extra ${sum((r) => r.alarms.extra)}, different ${sum((r) => r.alarms.different)}`,
    `pages sent ${sum((r) => r.pages.sent)}, lost ${sum((r) => r.pages.lost)}, sent again after a kill ${sum((r) => r.pages.sentAgain)}, doubled ${sum((r) => r.pages.doubled)}`,
    `accepts answered ${sum((r) => r.accepts.answered)}, lost ${sum((r) => r.accepts.lost)}`,
  );
  const targets = new Set(reports.flatMap((r) => r.outages.map((o) => o.target)));
  for (const target of targets) {
    const times = reports
      .flatMap((r) => r.outages.filter((o) => o.target === target).map((o) => o.recoveryMs))
      .sort((a, b) => a - b);
    if (times.length > 0)
      out.push(`recovery after ${target}: p50 ${seconds(median(times))}, max ${seconds(times.at(-1))} (${times.length})`);
  }
  return out.join('\n');
}

const linesIn = (file) =>
  (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []).filter(Boolean).map((line) => JSON.parse(line));

const linesOf = ({ seed, only }) => linesIn(runsFile).filter((line) => line.firstSeed === seed && line.only === only);

/**
 * Kills in runs that each have a store of their own; what is done is kept beside the kills of wards.
 *
 * @param runs `name` of the files that are kept, `file` of the test, `kills` and `report`: settings of the test, beside `settings`; `summary` of all
 */
function runKills({ name, file, kills, report, summary, killsPerRun = KILLS_PER_RUN, settings = {} }, { count, seed, again }) {
  const [stateOfRuns, lines] = [join(folder, `${name}.json`), join(folder, `${name}.jsonl`)];
  let state = { seed, kills: 0, runs: 0, failed: [] };
  if (!again && existsSync(stateOfRuns)) {
    const kept = JSON.parse(readFileSync(stateOfRuns, 'utf8'));
    if (kept.seed === seed) state = kept;
  }
  if (state.runs === 0) rmSync(lines, { force: true });
  while (state.kills < count) {
    const killsNow = Math.min(killsPerRun, count - state.kills);
    const runSeed = seed + state.runs;
    console.log(`\nrun ${state.runs + 1}: ${killsNow} kills with seed ${runSeed} (${state.kills} of ${count} done)`);
    const status = runAlone(file, {
      ...settings,
      [kills]: String(killsNow),
      VIGIL_TEST_KILL_SEED: String(runSeed),
      [report]: lines,
    });
    if (status === 130) return 130;
    state.kills += killsNow;
    state.runs += 1;
    if (status !== 0) state.failed.push(runSeed);
    writeFileSync(stateOfRuns, JSON.stringify(state));
  }
  console.log(`\n${summary(state, linesIn(lines))}`);
  return state.failed.length === 0 ? 0 : 1;
}

/** Kills of the hub alone. */
const HUB_KILLS = {
  ...{ name: 'event-hub', file: 'test/faults/event-hub-kills', kills: 'VIGIL_TEST_HUB_KILLS', report: 'VIGIL_TEST_HUB_REPORT' },
  summary: hubSummary,
};
/** Kills of the loops that tell people. */
const PAGE_KILLS = {
  ...{ name: PAGE_KILL, file: PAGE_KILL, kills: 'VIGIL_TEST_PAGE_KILLS', report: 'VIGIL_TEST_PAGE_KILL_REPORT' },
  summary: pageSummary,
};

/** Losses of PostgreSQL; `only`: how, left out: each in turn. */
const postgresKills = (name, only) => ({
  ...{ name, file: POSTGRES_KILLS, kills: 'VIGIL_TEST_KILLS', report: 'VIGIL_TEST_KILL_REPORT', killsPerRun: 5, summary },
  settings: { VIGIL_TEST_POSTGRES: 'required', ...(only === undefined ? {} : { VIGIL_TEST_KILL_ONLY: only }) },
});

function pageSummary(state, reports) {
  const sum = (of) => reports.reduce((total, report) => total + of(report), 0);
  return (
    `${state.kills} kills in ${state.runs} runs, ${state.failed.length} failed; pages ${sum((r) => r.pages)}, messages ${sum((r) => r.messages)}, ` +
    `lost ${sum((r) => r.lost.length)}, sent again ${sum((r) => r.sentAgain)}, doubled ${sum((r) => r.doubled.length)}`
  );
}

function hubSummary(state, lines) {
  const reports = lines.filter((line) => line.report).map((line) => line.report);
  const sum = (name) => reports.reduce((total, { [name]: value }) => total + (value.length ?? value), 0);
  const of = (name) => lines.filter((line) => line.kill).map((line) => line[name]);
  const times = (name) => {
    const sorted = of(name).sort((a, b) => a - b);
    return `p50 ${median(sorted)} ms, max ${sorted.at(-1) ?? 0} ms`;
  };
  const names = [
    ...['acknowledged', 'lost', 'phantom', 'sentAgain', 'idempotentDoubled', 'idempotentErrors'],
    ...['gaps', 'reused', 'backInTime', 'stalled', 'torn'],
  ];
  return [
    `${state.kills} kills of the hub in ${state.runs} runs, ${state.failed.length} failed${state.failed.length ? ` (seeds ${state.failed.join(', ')})` : ''}`,
    names.map((name) => `${name} ${sum(name)}`).join(', '),
    `recovery ${times('recoveryMs')}; everything read again ${times('readAgainMs')}; killed again in recovery ${of('inRecovery').filter(Boolean).length}`,
  ].join('\n');
}

async function main() {
  const options = readOptions();
  if (!(await build())) return 1;
  mkdirSync(folder, { recursive: true });
  if (options.only === EVENT_HUB) return runKills(HUB_KILLS, options);
  if (options.only === PAGE_KILL) return runKills(PAGE_KILLS, options);
  if (options.only === SPOOL_FLIPS) return runSpoolFlips(options.count);
  if (options.only === SPOOL_POWER) return runSpoolPower();
  if (options.only === BIT_FLIPS) return runBitFlips(options.count);
  if (options.only === BACKLOG) return runBacklog(options.hours);
  if (options.only === CLOUD_CUT) return runCut(options.count);
  if (options.only === ESCALATOR_FROZEN) return runFrozen(options.count);
  if (options.only === NONCES) return runNonces(options.count, options.seed);
  if (options.only === AUDIT) return runCrimes(options.count, options.seed);
  if (options.only === STACK_ROTATION) return runStackRotations(options.count);
  if (options.only === LEAKS) return runLeaks(options.count);
  if (options.only === MQTT) return runMqtt(options.count, options.seed);
  if (options.only === FRAMES) return runFrames(options.count, options.seed);
  if (options.only === ROTATION) return runRotations(options.count, options.seed);
  if (options.only === TWO_PROCESSORS)
    return runAlone(TWO_PROCESSORS, { VIGIL_TEST_TWO_PROCESSORS: String(options.count) }, 'faults');
  if (options.only === TWO_ESCALATORS) return runTwoEscalators(options.count, options.seed);
  if ([SIMULATION, ORACLE, ORACLE_ON_CALL].includes(options.only)) return runSeeds(options.only, options.count, options.seed);
  if (options.only === WRONG_PATIENT) return runMoves(options.count, options.seed);
  if (options.only === HL7_KILLS) return runHl7Kills(options.count, options.seed);
  if (options.only === POSTGRES_KILLS) return runKills(postgresKills(POSTGRES_KILLS), options);
  if (options.only === EVERYTHING) return runKills(postgresKills(EVERYTHING, EVERYTHING), options);
  if (options.only === RECONNECTS) return runReconnects(options.count, options.seed);
  if (options.only === ROLLING_UPGRADE) return runAlone(ROLLING_UPGRADE, { VIGIL_TEST_ROLLING_UPGRADE: '1' });
  if (options.only === INFLUX) return runAlone('influx-outage', { VIGIL_TEST_INFLUX_OUTAGE_MIN: String(options.count) });
  if (options.only === PLANTED_BUGS) return plantAll().passed ? 0 : 1;
  const state = readState(options);
  if (options.again) rmSync(runsFile, { force: true });
  while (state.kills < options.count) {
    const kills = Math.min(KILLS_PER_RUN, options.count - state.kills);
    const seed = options.seed + state.runs;
    console.log(`\nrun ${state.runs + 1}: ${kills} kills with seed ${seed} (${state.kills} of ${options.count} done)`);
    const { passed, interrupted, report } = runWard(kills, seed, options.only);
    if (interrupted) return 130;
    appendFileSync(runsFile, `${JSON.stringify({ firstSeed: options.seed, only: options.only, seed, kills, passed, report })}\n`);
    state.kills += kills;
    state.runs += 1;
    if (!passed) state.failed.push(seed);
    writeFileSync(stateFile, JSON.stringify(state));
  }
  console.log(`\n${summary(state, linesOf(options))}`);
  return state.failed.length === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error) => {
  console.error(error.message);
  return 2;
});
