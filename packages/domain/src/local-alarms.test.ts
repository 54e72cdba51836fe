import { type AlarmTransition, LogEvent } from '@vigil/contracts';
import fc from 'fast-check';
import { handoverOf } from './handover.js';
import { type BedState, emptyPartition, type PartitionState } from './state.js';
import { step, type StepResult } from './step.js';
import { activation, admit, bedLog, discharge, message, run, summary, testRules, tick } from './test-kit.js';
import { alarmIdOf, contentHash } from './hash.js';

const HASH = contentHash(testRules);
const KEY = 'bed:icu-1' as const;
const epochMs = admit(0).atMs;
const bedIn = (state: PartitionState): BedState => state.keys.get(KEY as never) as BedState;
const idsOf = (transitions: readonly AlarmTransition[], cause: string): string[] =>
  transitions.filter((t) => t.cause === cause).map((t) => t.alarmId);

function localAlarm(transition: AlarmTransition, state?: PartitionState): LogEvent {
  const id = `local/o1/${transition.alarmId}/${transition.rev}`;
  const fields = {
    bedId: 'icu-1',
    gatewayId: 'gw-1',
    outageId: 'o1',
    transition,
    handover: state === undefined ? null : handoverOf(bedIn(state)),
  };
  return LogEvent.parse({ v: 1, id, key: KEY, origin: 'live', atMs: transition.atMs, kind: 'localAlarm', ...fields });
}

function watchEnded(atS: number, more: { standing?: AlarmTransition[]; state?: PartitionState; hash?: string }): LogEvent {
  const { standing = [], state, hash = HASH } = more;
  const atMs = epochMs + atS * 1_000;
  return LogEvent.parse({
    ...{ v: 1, id: 'ended/o1/icu-1', key: KEY, origin: 'live', atMs, kind: 'localWatchEnded', bedId: 'icu-1', gatewayId: 'gw-1' },
    ...{ outageId: 'o1', fromMs: epochMs, toMs: atMs, ruleSetHash: hash, standing },
    handover: state === undefined ? null : handoverOf(bedIn(state)),
  });
}

/** A gateway that goes on while the log is away: what it derives after `from`, its state at each of it, and at the end. */
function cut(events: readonly LogEvent[], from: number) {
  const before = step(emptyPartition(), structuredClone(events.slice(0, from)));
  let state = before.state;
  const local: AlarmTransition[] = [];
  const states: PartitionState[] = [];
  for (const event of structuredClone(events.slice(from))) {
    const next = step(state, [event]);
    state = next.state;
    for (const { transition } of next.effects) {
      local.push(transition);
      states.push(structuredClone(state));
    }
  }
  const newest = new Map([...before.effects.map((e) => e.transition), ...local].map((t) => [t.alarmId, t]));
  const open = Object.values(bedIn(state).alarms).filter((a) => a.active);
  return { local, states, state, standing: open.flatMap((a) => newest.get(a.alarmId) ?? []) };
}

const high = (fromS: number, toS: number): LogEvent[] =>
  Array.from({ length: toS - fromS }, (_, i) => message(fromS + i, { heartRate: 150 }));
const calm = (fromS: number, toS: number): LogEvent[] =>
  Array.from({ length: toS - fromS }, (_, i) => message(fromS + i, { heartRate: 70 }));

describe('alarms that a gateway raised by itself', () => {
  test('one that holds is taken over with its own onset and id, and confirmed when the outage ends', () => {
    const log = [...bedLog(), ...calm(1, 10), ...high(10, 30)];
    const { local, state, standing } = cut(log, 12);
    expect(summary(local)).toEqual(['heartRate.high onset medium on @20']);
    const ran = run([...log.slice(0, 12), ...local.map((t) => localAlarm(t)), watchEnded(30, { standing, state })]);
    expect(summary(ran.transitions)).toEqual(['heartRate.high onset medium on @20', 'heartRate.high confirmed medium on @30']);
    expect(ran.transitions.map((t) => t.adopted)).toEqual(['held', 'confirmed']);
    expect(new Set(ran.transitions.map((t) => t.alarmId))).toEqual(new Set(local.map((t) => t.alarmId)));
  });

  test('one of a clock that was years ahead ends by what is read once that is right, and the next one has its own time', () => {
    const log = [...bedLog(), ...calm(1, 10), ...high(10, 30)];
    const { local } = cut(log, 12);
    const onsetMs = (epochMs + 9e10) as AlarmTransition['onsetMs'];
    const ahead = { ...local[0]!, onsetMs, atMs: onsetMs, alarmId: alarmIdOf('icu-1', 'heartRate.high', onsetMs) };
    const { transitions } = run([
      ...[...log.slice(0, 12), localAlarm(ahead), watchEnded(30, { standing: [ahead] })],
      ...[...calm(31, 60), ...high(60, 80)],
    ]);
    expect(summary(transitions).slice(1)).toEqual([
      'heartRate.high confirmed medium on @30',
      'heartRate.high end medium off @46',
      'heartRate.high onset medium on @70',
    ]);
    expect(transitions.at(-1)!.onsetMs).toBe(epochMs + 70_000);
  });

  test('one that is over is in the record and never confirmed', () => {
    const log = [...bedLog(), ...high(1, 15), ...calm(15, 40)];
    const { local, state, standing } = cut(log, 4);
    const ran = run([...log.slice(0, 4), ...local.map((t) => localAlarm(t)), watchEnded(40, { standing, state })]);
    expect(summary(ran.transitions)).toEqual(summary(local));
    expect(ran.transitions.every((t) => t.adopted === 'held')).toBe(true);
  });

  test('one that the platform knew before is moved on under its own id', () => {
    const log = [...bedLog(), ...high(1, 15), ...calm(15, 40)];
    const at = 3 + 13;
    const { local, state, standing } = cut(log, at);
    const ran = run([...log.slice(0, at), ...local.map((t) => localAlarm(t)), watchEnded(40, { standing, state })]);
    expect(summary(ran.transitions)).toEqual(['heartRate.high onset medium on @11', 'heartRate.high end medium off @30']);
    expect(ran.transitions.every((t) => t.adopted === undefined)).toBe(true);
  });

  test('the next reading does not end a standing alarm and raise it anew', () => {
    const log = [...bedLog(), ...high(1, 30)];
    const { local, standing } = cut(log, 4);
    const ran = run([...log.slice(0, 4), ...local.map((t) => localAlarm(t)), watchEnded(30, { standing }), ...high(31, 60)]);
    expect(summary(ran.transitions).map((t) => t.split(' @')[0])).toEqual([
      'heartRate.high onset medium on',
      'heartRate.high confirmed medium on',
    ]);
  });

  test('the alarm stands although only the end of the outage arrived', () => {
    const { state, standing, local } = cut([...bedLog(), ...high(1, 30)], 4);
    const ran = run([...bedLog(), watchEnded(30, { standing, state }), ...local.map((t) => localAlarm(t)), ...high(31, 40)]);
    expect(idsOf(ran.transitions, 'onset')).toEqual(idsOf(local, 'onset'));
    expect(idsOf(ran.transitions, 'confirmed')).toEqual(idsOf(local, 'onset'));
  });

  test('an alarm of a patient who has left is told and closed, and nobody is asked to come', () => {
    const log = [...bedLog(), ...high(1, 30)];
    const { local, state, standing } = cut(log, 4);
    const ran = run([...log.slice(0, 4), discharge(5), ...local.map((t) => localAlarm(t)), watchEnded(30, { standing, state })]);
    expect(ran.transitions.map((t) => `${t.cause} ${t.encounterId}`)).toEqual(['onset e1', 'closed e1']);
    expect(bedIn(ran.state).alarms).toEqual({});
  });

  test('the backlog of the outage is not judged a second time', () => {
    const log = [...bedLog(), ...high(1, 30), ...calm(30, 60)];
    const { local, state, standing } = cut(log, 4);
    const ran = run([
      ...log.slice(0, 4),
      ...local.map((t) => localAlarm(t)),
      watchEnded(60, { standing, state }),
      ...log.slice(4),
    ]);
    expect(summary(ran.transitions)).toEqual(summary(local));
    expect(ran.counts.duplicates).toBe(log.length - 4);
  });

  test('data of the outage that come before its end neither raise an alarm again nor end it', () => {
    const log = [...bedLog(), ...calm(1, 5), ...high(5, 30)];
    const { local, state, standing } = cut(log, 4);
    const told = local.map((t) => localAlarm(t));
    const ran = run([...log.slice(0, 4), ...told, ...log.slice(4), watchEnded(30, { standing, state })]);
    expect(summary(ran.transitions).map((t) => t.split(' @')[0])).toEqual([
      'heartRate.high onset medium on',
      'heartRate.high confirmed medium on',
    ]);
  });

  test('a gateway or device whose clock is ahead makes nothing of other clocks count as judged', () => {
    const ahead = 3_600_000;
    const wrong = [...bedLog(), ...high(1, 30)].map((e): LogEvent => {
      if (e.kind !== 'deviceMessage') return e;
      return { ...e, atMs: (e.atMs + ahead) as never, gatewayAtMs: (e.gatewayAtMs + ahead) as never };
    });
    const { local } = cut(wrong, 4);
    const told = local.map((t) => localAlarm(t));
    const other = (e: LogEvent): LogEvent => ({ ...e, gatewayId: 'gw-2' }) as LogEvent;
    const low = Array.from({ length: 30 }, (_, i) => message(31 + i, { spo2: 70 }));
    const ran = run([...bedLog(), ...told, ...low.map(other)]);
    expect(summary(ran.transitions)).toContain('spo2.low onset high on @46');
    const past = { atMs: (epochMs + ahead) as never };
    const same = low.map((e): LogEvent => ({ ...e, ...past, gatewayAtMs: (e.atMs + ahead + 60_000) as never }) as LogEvent);
    expect(run([...bedLog(), ...told, watchEnded(ahead / 1_000 + 31, {}), ...same]).counts.late).toBe(0);
  });

  test('a name that no condition has is refused', () => {
    const { local } = cut([...bedLog(), ...high(1, 30)], 4);
    for (const conditionCode of ['__proto__', 'a b', '']) {
      const alarmId = alarmIdOf('icu-1', conditionCode, local[0]!.onsetMs);
      const ran = run([...bedLog(), localAlarm({ ...local[0]!, conditionCode, alarmId })]);
      expect([ran.transitions, ran.counts.unattributed]).toEqual([[], 1]);
    }
  });

  test('an id that is not made of bed, condition and onset is refused', () => {
    const { local } = cut([...bedLog(), ...high(1, 30)], 4);
    const forged = { ...local[0]!, onsetMs: (local[0]!.onsetMs + 1) as AlarmTransition['onsetMs'] };
    const ran = run([...bedLog(), localAlarm(forged), localAlarm({ ...local[0]!, bedId: 'icu-2' as never })]);
    expect(ran.transitions).toEqual([]);
    expect(ran.counts.unattributed).toBe(2);
  });

  test('rules that were never in force are a technical alarm until the gateway works with known ones', () => {
    const events = [...bedLog(), watchEnded(10, { hash: 'f'.repeat(64) })];
    expect(summary(run(events).transitions)).toEqual(['unknownRules onset medium on @10']);
    expect(summary(run([...events, watchEnded(20, {})]).transitions).at(-1)).toBe('unknownRules end medium off @20');
  });

  test('rules that were in force before are known', () => {
    const other = { ...testRules, name: 'other' };
    const next = { ...activation(), id: 'r2', hash: contentHash(other), ruleSet: other } as LogEvent;
    expect(run([...bedLog(), next, watchEnded(10, {})]).transitions).toEqual([]);
  });

  test('a state from before onsets were kept never gives an id twice', () => {
    const log = [...bedLog(), ...high(1, 30)];
    const { state } = run(log);
    const { local } = cut(log, 4);
    const bed = bedIn(state);
    delete bed.toldOnsets;
    bed.alarms = {};
    expect(
      step(
        state,
        local.map((t) => localAlarm(t)),
      ).effects,
    ).toEqual([]);
  });
});

const levels = fc.array(fc.constantFrom(70, 118, 125, 150), { minLength: 20, maxLength: 20 });

/** 200 s of a patient, six seconds at each level; the bed says nothing for a while where the level is 118. */
function story(plan: readonly number[]): LogEvent[] {
  const log = bedLog();
  for (let s = 1; s <= plan.length * 10; s++) {
    const level = plan[Math.floor((s - 1) / 10)]!;
    log.push(level === 118 ? tick(s) : message(s, { heartRate: level, spo2: level === 125 ? 78 : 97 }));
  }
  return log;
}

/** Every list in its own order, mixed by `picks`. */
function mix(lists: readonly (readonly LogEvent[])[], picks: readonly number[]): LogEvent[] {
  const rest = lists.map((l) => [...l]);
  const out: LogEvent[] = [];
  for (let n = 0; rest.some((l) => l.length > 0); n++) {
    const open = rest.filter((l) => l.length > 0);
    out.push(open[(picks[n % picks.length] ?? 0) % open.length]!.shift()!);
  }
  return out;
}

function requireEachOnce(transitions: readonly AlarmTransition[]): void {
  const names = transitions.map((t) => `${t.alarmId}/${t.rev}`);
  expect(new Set(names).size).toBe(names.length);
  const onsets = idsOf(transitions, 'onset');
  expect(new Set(onsets).size).toBe(onsets.length);
}

const activeIn = (state: PartitionState, by: 'alarmId' | 'conditionCode'): string[] =>
  Object.values(bedIn(state).alarms)
    .flatMap((a) => (a.active ? [a[by] as string] : []))
    .sort();

describe('wherever the log is cut', () => {
  test('the platform ends with the alarms of one that was never cut: each id once, and the same ones standing', () => {
    fc.assert(
      fc.property(
        levels,
        fc.nat(150),
        fc.nat(60),
        fc.array(fc.nat(3), { minLength: 5, maxLength: 9 }),
        (plan, at, lasts, picks) => {
          const log = story(plan);
          const [from, to] = [Math.min(3 + at, log.length - 1), Math.min(3 + at + lasts, log.length)];
          const oracle = run(structuredClone(log));
          const { local, state, standing } = cut(log.slice(0, to), from);
          const back = [
            ...local.map((t) => localAlarm(t)),
            watchEnded((bedIn(state).clockMs - epochMs) / 1_000, { standing, state }),
          ];
          const later = mix([log.slice(to), log.slice(from, to).filter((e) => e.kind !== 'tick')], picks);
          const ran = run(structuredClone([...log.slice(0, from), ...back, ...later]));
          requireEachOnce(ran.transitions);
          expect(idsOf(ran.transitions, 'onset').sort()).toEqual(idsOf(oracle.transitions, 'onset').sort());
          expect(activeIn(ran.state, 'alarmId')).toEqual(activeIn(oracle.state, 'alarmId'));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('nor does it matter that the end of the outage comes behind its data, as after a short one', () => {
    fc.assert(
      fc.property(levels, fc.nat(150), fc.nat(60), (plan, at, lasts) => {
        const log = story(plan);
        const [from, to] = [Math.min(3 + at, log.length - 1), Math.min(3 + at + lasts, log.length)];
        const oracle = run(structuredClone(log));
        const { local, state, standing, states } = cut(log.slice(0, to), from);
        const told = local.map((t, i) => localAlarm(t, states[i]));
        const data = log.slice(from, to).filter((e) => e.kind !== 'tick');
        const ended = watchEnded((bedIn(state).clockMs - epochMs) / 1_000, { standing, state });
        const ran = run(structuredClone([...log.slice(0, from), ...told, ...data, ended, ...log.slice(to)]));
        requireEachOnce(ran.transitions);
        expect(idsOf(ran.transitions, 'onset').sort()).toEqual(idsOf(oracle.transitions, 'onset').sort());
        expect(activeIn(ran.state, 'alarmId')).toEqual(activeIn(oracle.state, 'alarmId'));
      }),
      { numRuns: 100 },
    );
  });

  test('whatever order local, live and late events come in, and come twice, no id is told twice and the end is the same', () => {
    fc.assert(
      fc.property(
        levels,
        fc.nat(150),
        fc.nat(60),
        fc.array(fc.nat(3), { minLength: 5, maxLength: 9 }),
        (plan, at, lasts, picks) => {
          const log = story(plan);
          const [from, to] = [Math.min(3 + at, log.length - 1), Math.min(3 + at + lasts, log.length)];
          const { local, state, standing } = cut(log.slice(0, to), from);
          const back = [
            ...local.map((t) => localAlarm(t)),
            watchEnded((bedIn(state).clockMs - epochMs) / 1_000, { standing, state }),
          ];
          const seconds = log.length - 3;
          const settled = Array.from({ length: 60 }, (_, i) => message(seconds + 1 + i, { heartRate: 150, spo2: 97 }));
          const late = log.slice(from, to).filter((e) => e.kind !== 'tick');
          const mixed = mix([[...back, ...back], log.slice(to), late], picks);
          const ran = run(structuredClone([...log.slice(0, from), ...mixed, ...back, ...settled]));
          requireEachOnce(ran.transitions);
          const oracle = run(structuredClone([...log, ...settled]));
          const limits = (codes: string[]): string[] => codes.filter((c) => !c.includes('mean'));
          expect(limits(activeIn(ran.state, 'conditionCode'))).toEqual(limits(activeIn(oracle.state, 'conditionCode')));
          for (const id of idsOf(local, 'onset')) expect(idsOf(ran.transitions, 'onset')).toContain(id);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('the same log gives the same bytes', () => {
    const log = [...bedLog(), ...high(1, 40)];
    const { local, state, standing } = cut(log, 8);
    const events = [...log.slice(0, 8), ...local.map((t) => localAlarm(t)), watchEnded(40, { standing, state }), ...log.slice(8)];
    const bytes = (r: StepResult): string => JSON.stringify(r.effects) + JSON.stringify([...r.state.keys]);
    expect(bytes(step(emptyPartition(), structuredClone(events)))).toBe(bytes(step(emptyPartition(), structuredClone(events))));
  });
});
