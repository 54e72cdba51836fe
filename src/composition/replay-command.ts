import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWholeLog, type PlacedEvent, type WholeLog } from '../adapters/event-hubs/read-whole-log.js';
import { TransitionsFile } from '../adapters/sql/transitions-file.js';
import { Comparer, type Comparison, type Difference, DIFFERENCES_MAX } from '../replay/compare.js';
import { DeIdentifier } from '../replay/de-identify.js';
import { type BedRecord, expectedLines, incidentLines, makeIncident, recordBeds, ruleIdsIn } from '../replay/incident.js';
import { ReplayRefused } from '../replay/refused.js';
import { alarmLine, derive, isWithin, type Period, WHOLE_LOG } from '../replay/replay.js';
import { stateFromJson, stateToJson } from '../replay/state-json.js';
import { databaseOf, readableFile } from './database.js';
import { defaultRuleSet } from './default-rule-set.js';
import { requireSafeHub } from './hub-namespace.js';
import { readStates, type StateFile, writeStates } from './replay-states.js';

/** How often a line says how far it has come. */
const PROGRESS_EVERY_EVENTS = 250_000;

export interface ReplayCommand {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly progress: (line: string) => void;
  readonly period?: Period;
  /** Hold against what is stored; left out: where `vigil.db` is there. */
  readonly compare?: boolean;
  /** Begin with the states that `saveState` wrote, for a log that no longer has its beginning. */
  readonly state?: string;
  readonly saveState?: string;
}

export interface Replayed {
  /** Transitions of the period. */
  readonly count: number;
  /** Null where nothing was compared. */
  readonly comparison: Comparison | null;
}

const NOTHING_READ =
  'the log has no events here, so nothing was compared with what is stored: look whether it is the log of this data folder (--no-compare to go on)';

/**
 * `vigil replay`: the log through the engine once more, from its first event to its present end. Prints the alarm log of the
 * period as JSON lines, partition after partition, and holds it against the stored transitions; twice over the same log gives
 * the same bytes. Says where retention has removed the beginning. Changes nothing in the store.
 */
export async function replayCommand(command: ReplayCommand): Promise<Replayed> {
  const { dataDir, env, period = WHOLE_LOG, progress, saveState } = command;
  const stored = await openStored(command);
  const log = await openWholeLog(connectionString(dataDir, env), env.VIGIL_HUB_NAME ?? 'vigil');
  const before = command.state === undefined ? null : readStates(command.state);
  const comparer = await comparerOf(command, stored, log);
  const states: Record<string, StateFile['partitions'][string]> = {};
  const times = { firstMs: Infinity };
  let count = 0;
  try {
    for (const partitionId of partitionsOf(log, period)) {
      const start = before?.partitions[partitionId];
      await tellGap(log, partitionId, start?.through ?? -1, progress);
      const events = watched(log.read(partitionId), { partitionId, after: start?.through ?? -1, times, progress });
      let of = 0;
      let through = start?.through ?? -1;
      const options = {
        ...(start === undefined ? {} : { state: stateFromJson(start.state) }),
        onFailed: (sequence: number, claim: string) =>
          progress(`partition ${partitionId}: the engine failed at the event ${sequence} (${claim}); it changed nothing`),
        onState: (state: Parameters<typeof stateToJson>[0]) => {
          if (saveState !== undefined) states[partitionId] = { through, state: stateToJson(state) };
        },
      };
      for await (const derived of derive(
        counted(events, (sequence) => (through = sequence)),
        options,
      )) {
        if (!isWithin(period, derived)) continue;
        command.out(alarmLine(derived.transition));
        of += 1;
        await comparer?.derived(Number(partitionId), derived);
      }
      progress(`partition ${partitionId}: ${of} transitions`);
      count += of;
    }
    if (saveState !== undefined) writeStates(saveState, { v: 1, partitions: states });
    if (comparer !== null && times.firstMs === Infinity) throw new ReplayRefused(NOTHING_READ);
    const comparison = comparer === null ? null : await comparer.finish(period, times.firstMs);
    if (comparison !== null) for (const line of comparisonLines(comparison)) progress(line);
    return { count, comparison };
  } finally {
    await log.close();
    stored?.close();
  }
}

export interface ToTestCommand {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: (line: string) => void;
  readonly name: string;
  readonly beds: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  /** New names are drawn from it; left out: a random one. */
  readonly seed?: string;
  /** Folder of the files. */
  readonly folder: string;
}

/**
 * `vigil replay --to-test`: a period of these beds as a test that names nobody: `<name>.jsonl` with the state of the engine and the
 * events, `<name>.expected.jsonl` with the alarms. @throws ReplayRefused, and then writes nothing
 */
export async function toTestCommand(command: ToTestCommand): Promise<readonly string[]> {
  const { dataDir, env, name, beds, fromMs, toMs, folder, progress } = command;
  if (!/^[a-z0-9][a-z0-9-]{0,47}$/.test(name)) {
    throw new ReplayRefused('the name of a test is lower-case letters, digits and hyphens; it names no person, place or day');
  }
  const log = await openWholeLog(connectionString(dataDir, env), env.VIGIL_HUB_NAME ?? 'vigil');
  const identifier = new DeIdentifier(command.seed ?? randomBytes(16).toString('hex'));
  const records: BedRecord[] = [];
  const times = { firstMs: Infinity };
  try {
    for (const partitionId of log.partitionIds) {
      await tellGap(log, partitionId, -1, progress);
      const events = watched(log.read(partitionId), { partitionId, after: -1, times, progress });
      records.push(...(await recordBeds(events, { beds: new Set(beds), fromMs, toMs }, identifier)));
    }
  } finally {
    await log.close();
  }
  const incident = makeIncident(records, identifier);
  mkdirSync(folder, { recursive: true });
  const files: readonly (readonly [string, readonly string[]])[] = [
    [join(folder, `${name}.jsonl`), incidentLines(incident)],
    [join(folder, `${name}.expected.jsonl`), expectedLines(incident)],
  ];
  for (const [file, lines] of files) writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const own = ownRuleIds(ruleIdsIn(incident));
  if (own.length > 0) progress(`ids of your own rules stay in it, and must name no person or place: ${own.join(', ')}`);
  progress(`${incident.beds.length} beds, ${incident.expected.length} transitions; read the files before you share them`);
  return files.map(([file]) => file);
}

/** Those that Vigil does not come with. */
function ownRuleIds(ids: readonly string[]): readonly string[] {
  const { rules, suppressions = [] } = defaultRuleSet();
  const shipped = new Set([...rules, ...suppressions].map(({ id }) => id));
  return ids.filter((id) => !shipped.has(id));
}

/** What a comparison found, in words: ids of alarms and names of fields, never a value. */
export function comparisonLines({ equal, older, notYet, different, differences }: Comparison): readonly string[] {
  const lines = [`${equal} transitions are stored with the same bytes`];
  if (older > 0) lines.push(`${older} are equal but for what the version that stored them did not keep`);
  if (notYet > 0) lines.push(`${notYet} are newer than what the engine has stored so far`);
  if (different === 0) return lines;
  lines.push(`${different} DIFFER, or are on one side alone:`);
  lines.push(...differences.map(differenceLine));
  if (different > DIFFERENCES_MAX) lines.push(`… and ${different - DIFFERENCES_MAX} more`);
  lines.push('Another version of Vigil may have stored them; what to do is in docs/runbook.md#replay-differs');
  return lines;
}

function differenceLine({ name, conditionCode, what, field }: Difference): string {
  return `  ${name} ${conditionCode}: ${what}${field === null ? '' : ` in ${field}`}`;
}

/** Nothing is held against the store by itself where the log alone can't give what is there; `--compare` does it all the same. */
async function comparerOf(
  { compare, state, period = WHOLE_LOG, progress }: ReplayCommand,
  stored: TransitionsFile | null,
  log: WholeLog,
): Promise<Comparer | null> {
  if (stored === null) return null;
  if (compare === true) return new Comparer(stored);
  if (stored.isAdopted()) {
    progress(
      'not compared with the store: this log was adopted, and what was known before is not on it (--compare does it all the same)',
    );
    return null;
  }
  for (const partitionId of state === undefined ? partitionsOf(log, period) : []) {
    if ((await log.removed(partitionId)) === 0) continue;
    progress('not compared with the store: the beginning of the log is gone (--state, or --compare all the same)');
    return null;
  }
  return new Comparer(stored);
}

async function openStored({ dataDir, env, compare }: ReplayCommand): Promise<TransitionsFile | null> {
  const place = databaseOf(dataDir, env['DATABASE_URL']);
  if (compare === false || (compare === undefined && place.url === null && !existsSync(place.file))) return null;
  const { file, end } = await readableFile(place, 'transitions');
  return new TransitionsFile(file, end);
}

function partitionsOf(log: WholeLog, period: Period): readonly string[] {
  return 'partition' in period ? log.partitionIds.filter((id) => Number(id) === period.partition) : log.partitionIds;
}

interface Watched {
  readonly partitionId: string;
  /** Events up to here are in the state already. */
  readonly after: number;
  readonly times: { firstMs: number };
  readonly progress: (line: string) => void;
}

/** Passes events on, notes the first time of all and says how far it has come. */
async function* watched(
  batches: AsyncIterable<readonly PlacedEvent[]>,
  { partitionId, after, times, progress }: Watched,
): AsyncIterable<readonly PlacedEvent[]> {
  let events = 0;
  for await (const batch of batches) {
    const first = batch[0];
    if (first !== undefined && events === 0) times.firstMs = Math.min(times.firstMs, first.event.atMs);
    const before = Math.floor(events / PROGRESS_EVERY_EVENTS);
    events += batch.length;
    if (Math.floor(events / PROGRESS_EVERY_EVENTS) > before) progress(`partition ${partitionId}: ${events} events`);
    yield after < 0 ? batch : batch.filter(({ sequence }) => sequence > after);
  }
}

async function* counted(
  batches: AsyncIterable<readonly PlacedEvent[]>,
  tell: (sequence: number) => void,
): AsyncIterable<readonly PlacedEvent[]> {
  for await (const batch of batches) {
    const last = batch.at(-1);
    if (last !== undefined) tell(last.sequence);
    yield batch;
  }
}

/** A rule set that was activated, or a stay that began, before the first event is not known to a replay. */
async function tellGap(log: WholeLog, partitionId: string, through: number, progress: (line: string) => void): Promise<void> {
  const removed = await log.removed(partitionId);
  if (removed <= through + 1) return;
  progress(
    `partition ${partitionId}: the log no longer has its first ${removed} events, so rules and stays from then are missing ` +
      'and the alarms are not those of then; begin with a saved state (--state), or keep events for longer',
  );
}

/** As set, or that of the local hub of this data folder. */
function connectionString(dataDir: string, env: ReplayCommand['env']): string {
  if (env.EVENT_HUBS_CONNECTION_STRING !== undefined) {
    requireSafeHub(env.EVENT_HUBS_CONNECTION_STRING);
    return env.EVENT_HUBS_CONNECTION_STRING;
  }
  const file = join(dataDir, 'hub', 'keys.json');
  if (!existsSync(file)) {
    throw new Error(`no hub in ${dataDir}: start Vigil there first, or set EVENT_HUBS_CONNECTION_STRING`);
  }
  const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys: { name: string; primary: string }[] };
  const key = keys.find((k) => k.name === 'platform');
  if (key === undefined) throw new Error(`${file} has no key named platform`);
  const port = env.VIGIL_HUB_PORT ?? '5672';
  return `Endpoint=sb://127.0.0.1:${port}/;SharedAccessKeyName=platform;SharedAccessKey=${key.primary};UseDevelopmentEmulator=true`;
}
