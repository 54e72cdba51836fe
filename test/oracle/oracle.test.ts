import type { LogEvent } from '@vigil/contracts';
import { emptyPartition, step } from '@vigil/domain';
import { type Told, toldOf } from './alarm-book.js';
import { count, countsOf, KINDS, kindsOf } from './kinds.js';
import { oracleOf } from './oracle.js';
import { randomLog } from './random-log.js';
import { shrink } from './shrink.js';

/** Without a count so many logs as fit into this time, and at least a few. */
const TIME_MS = 8_000;
const COUNT_MIN = 20;
/** So many logs have every kind of rule raise an alarm. */
const KINDS_FROM = 120;
/** What else must have been told by then, or nothing is shown about it. */
const CONDITIONS = ['deviceMismatch', 'channelConflict', 'standby', 'stayCorrected', 'limitsChanged'];
/** And how alarms went on. */
const CAUSES = ['reminded', 'shelved', 'unshelved', 'flapping'];
const logsMax = process.env['COUNT'] === undefined ? null : Number(process.env['COUNT']);
const firstSeed = Number(process.env['SEED'] ?? 1);

/** What `step` tells of each event. The order within one event is its own affair. */
function engineOf(events: readonly LogEvent[]): Told[][] {
  let state = emptyPartition();
  return events.map((event) => {
    const result = step(state, [event]);
    ({ state } = result);
    return result.effects.map((e) => toldOf(e.transition));
  });
}

const line = (told: Told): string => JSON.stringify(told, Object.keys(told).sort());
const linesOf = (told: readonly (readonly Told[])[]): string[] =>
  told.flatMap((each, i) => each.map((t) => `event ${i}: ${line(t)}`).sort());

function differs(events: readonly LogEvent[]): boolean {
  return linesOf(engineOf(events)).join('\n') !== linesOf(oracleOf(events)).join('\n');
}

/** The seed, the shortest log that still shows it, and what each of the two says of it. */
function complaint(seed: number, events: readonly LogEvent[]): string {
  // A log without what opens it may mean something else to the oracle, which refuses what it does not know.
  const fails = (fewer: readonly LogEvent[]): boolean => {
    try {
      return differs(fewer);
    } catch {
      return false;
    }
  };
  const short = fewerRules(shrink(events, fails), fails);
  const [engine, oracle] = [linesOf(engineOf(short)), linesOf(oracleOf(short))];
  return [
    `SEED=${seed} COUNT=1: the engine and the oracle differ on`,
    ...short.map((event, i) => `${i} ${JSON.stringify(event)}`),
    'only the engine says:',
    ...engine.filter((l) => !oracle.includes(l)),
    'only the oracle says:',
    ...oracle.filter((l) => !engine.includes(l)),
  ].join('\n');
}

/** Leaves out rules that have nothing to do with it. */
function fewerRules(events: readonly LogEvent[], fails: (events: readonly LogEvent[]) => boolean): readonly LogEvent[] {
  let kept = events;
  events.forEach((event, i) => {
    if (event.kind !== 'ruleSetActivated') return;
    for (const part of ['suppressions', 'rules'] as const) {
      for (const { id } of event.ruleSet[part] ?? []) {
        const now = kept[i] as typeof event;
        // What names a rule that is not there is another question.
        if (part === 'rules' && JSON.stringify(now.ruleSet).includes(`{"rule":"${id}"}`)) continue;
        const ruleSet = { ...now.ruleSet, [part]: (now.ruleSet[part] as { id: string }[]).filter((rule) => rule.id !== id) };
        const fewer = kept.with(i, { ...now, ruleSet } as LogEvent);
        if (fails(fewer)) kept = fewer;
      }
    }
  });
  return shrink(kept, fails);
}

/** Alarms that began, by what raised them: a kind of rule that never speaks proves nothing. */
function begun(events: readonly LogEvent[], sums: Record<string, number>): number {
  const kinds = kindsOf(events);
  const { effects } = step(emptyPartition(), events);
  for (const { transition } of effects) {
    const { cause, flapping } = transition;
    if (cause === 'onset') count(sums, kinds.get(transition.ruleId) ?? transition.ruleId);
    else if (['reminded', 'shelved', 'unshelved'].includes(cause)) count(sums, cause);
    else if (cause === 'end' && flapping === true) count(sums, 'flapping');
  }
  return effects.length;
}

/** D10: a signal sounds exactly from annunciate to silence, and is silent while its condition holds only where a person answered for that. */
function keepsTheLaw(events: readonly LogEvent[]): string[] {
  const sounding = new Set<string>();
  const broken: string[] = [];
  for (const { transition: t, signal } of step(emptyPartition(), events).effects) {
    const { alarmId, rev, cause, presence, active } = t;
    for (const effect of signal) {
      if (effect.do === 'annunciate') sounding.add(alarmId);
      else sounding.delete(alarmId);
    }
    const isHeard = presence === 'on' || presence === 'latched';
    const answered = presence === 'ack' || t.shelvedUntilMs !== undefined || cause === 'corrected';
    const isReminderOfNothing = cause === 'reminded' && (!active || presence !== 'on');
    if (sounding.has(alarmId) !== isHeard || (active && !isHeard && !answered) || isReminderOfNothing) {
      broken.push(`${alarmId} rev ${rev} ${cause} ${presence}`);
    }
  }
  return broken;
}

test('a plain second engine that reads the same log tells the same alarms', () => {
  const fromMs = performance.now();
  let [logs, told] = [0, 0];
  const sums: Record<string, number> = {};
  while (logsMax === null ? logs < COUNT_MIN || performance.now() - fromMs < TIME_MS : logs < logsMax) {
    const seed = firstSeed + logs;
    const events = randomLog(seed);
    logs += 1;
    if (differs(events)) throw new Error(complaint(seed, events));
    expect([seed, keepsTheLaw(events)]).toEqual([seed, []]);
    told += begun(events, sums);
  }
  process.stderr.write(`oracle: ${logs} logs from seed ${firstSeed}, no difference\n`);
  process.stderr.write(`oracle: ${told} transitions; began: ${countsOf(sums)}\n`);
  if (logs >= KINDS_FROM) expect([...KINDS, ...CONDITIONS, ...CAUSES].filter((kind) => sums[kind] === undefined)).toEqual([]);
  expect(told).toBeGreaterThan(logs);
}, 3_600_000);
