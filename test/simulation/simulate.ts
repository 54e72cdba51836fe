import { type AlarmTransition, LogEvent } from '@vigil/contracts';
import { emptyPartition, step } from '@vigil/domain';
import { Dice } from '../oracle/dice.js';
import { randomChart, randomLog } from '../oracle/random-log.js';
import { occurredIn } from './occurred.js';
import { World } from './world.js';

const UNITS = ['icu', 'imc'];
/** Few enough that a run takes some tens of milliseconds; the clock jumps over the rest. */
const SECONDS_MAX = 45;

/** What became of one seed. */
export interface Outcome {
  readonly seed: number;
  /** Empty when everything held. */
  readonly broken: readonly string[];
  readonly trace: string;
  /** What happened, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

/** One run of a simulated site, and what it must have come to: all that a run without faults over the same log comes to. */
export async function simulate(seed: number): Promise<Outcome> {
  const world = new World(seed);
  const { streams, everywhere } = sendersOf(seed);
  await world.storm(streams, everywhere);
  if (world.failures.length === 0) await world.calm();
  const broken = world.failures.length > 0 ? world.failures : compare(world);
  return { seed, broken, trace: world.scheduler.trace(), figures: occurredIn(world) };
}

/** The events of each key in their order, and those for every partition. */
function sendersOf(seed: number): { streams: LogEvent[][]; everywhere: readonly LogEvent[] } {
  const wards = UNITS.map((unit, n) => randomLog(seed * UNITS.length + n, { unit, fixedRules: seed, secondsMax: SECONDS_MAX }));
  const dice = new Dice(seed + 1);
  const everywhere = wards.flat().filter((event) => event.kind === 'ruleSetActivated');
  const streams = new Map<string, LogEvent[]>();
  for (const event of wards.flat()) {
    if (event.kind !== 'ruleSetActivated') streams.set(event.key, [...(streams.get(event.key) ?? []), event]);
  }
  for (const unit of UNITS) moveSomebody(dice, unit, streams.get(`bed:${unit}-1`)!);
  return { streams: [...streams.values()], everywhere };
}

/** A patient goes to a bed of another unit, and now and then back; what is said of the stay at the old bed goes after it. */
function moveSomebody(dice: Dice, unit: string, stream: LogEvent[]): void {
  const other = UNITS[(UNITS.indexOf(unit) + 1) % UNITS.length]!;
  const stay = { encounterId: `stay-${unit}-1-0`, patientId: 'patient-0' };
  const put = (kind: string, more: object, at = dice.below(stream.length)): void => {
    const atMs = stream[at]!.atMs;
    const event = { v: 1, id: `${kind}/${unit}/${at}`, key: `bed:${unit}-1`, origin: 'test', atMs, kind, bedId: `${unit}-1` };
    stream.splice(at, 0, LogEvent.parse({ ...event, ...stay, ...more }));
  };
  if (dice.chance(0.7)) put('transferOut', { toBedId: `${other}-${1 + dice.below(2)}` });
  if (dice.chance(0.3)) put('transferOut', { toBedId: `${other}-2` });
  const limits = { metric: 'spo2', low: 80, high: null, reason: 'test', by: 'amy', toMs: stream.at(-1)!.atMs };
  if (dice.chance(0.5)) put('limitsSet', limits);
  if (dice.chance(0.5)) put('charted', { chartId: `chart-${unit}`, by: 'amy', ...randomChart(dice) });
}

function compare({ store, log }: World): string[] {
  const broken: string[] = [];
  const expected = new Map<string, AlarmTransition>();
  const [appends, scores] = [new Set<string>(), new Set<string>()];
  log.partitions.forEach((located, partition) => {
    const { state, effects, ...told } = step(
      emptyPartition(),
      located.map(({ event }) => event),
    );
    for (const { transition } of effects) expected.set(`${transition.alarmId}/${transition.rev}`, transition);
    for (const { id } of told.appends) appends.add(id);
    for (const score of told.scores) scores.add(JSON.stringify(score));
    const stored = store.partitions[partition]!.states;
    for (const [key, value] of [...state.keys, ['engine', state.engine] as const]) {
      const saved = stored.get(key)?.json;
      if (located.length > 0 && saved !== JSON.stringify(value)) broken.push(`the state of ${key} is another one`);
    }
  });
  for (const [name, transition] of expected) {
    const kept = store.transitions.get(name);
    if (kept === undefined) broken.push(`lost: ${transition.conditionCode} ${transition.cause} ${name}`);
    else if (JSON.stringify(kept) !== JSON.stringify(transition)) broken.push(`different: ${transition.conditionCode} ${name}`);
  }
  for (const name of store.transitions.keys()) if (!expected.has(name)) broken.push(`nobody derives ${name}`);
  if (String([...appends].sort()) !== String([...store.appended].sort())) broken.push('other events were to be sent');
  const onLog = new Set(log.partitions.flat().map(({ event }) => event.id));
  for (const id of appends) if (!onLog.has(id)) broken.push(`${id} never reached the log`);
  if (String([...scores].sort()) !== String([...store.scores].sort())) broken.push('other scores were stored');
  if (store.deadLetters.length > 0) broken.push(`${store.deadLetters.length} events were put aside`);
  return broken;
}
