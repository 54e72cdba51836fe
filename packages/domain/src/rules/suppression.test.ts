import type { LogEvent } from '@vigil/contracts';
import { step } from '../step.js';
import { admit, assign, command, message, summary } from '../test-kit.js';
import { emptyPartition, type PartitionState } from '../state.js';
import { activate, each, limit, runSet, type SaidRule, setOf, times } from './test-kit.js';

const hrLow = limit('hr-low', 'heartRate', 'low', 50, { onDelayMs: 3_000 });
const hrMild = { ...hrLow, priority: 'low' };
const hrAwful = limit('hr-awful', 'heartRate', 'low', 30, { priority: 'high' });
const leads = (hides: string[], more: Record<string, unknown> = {}): Record<string, unknown> => ({
  suppressions: [{ id: 'leads', while: { condition: 'spo2.leadsOff' }, hides, releaseMs: 10_000, source: 'test', ...more }],
});
const instant = { hysteresis: 0, onDelayMs: 0, offDelayMs: 0 };
/** The oximeter is off, while the heart rate comes from elsewhere. */
const off = (fromS: number, n: number, heartRate: number): LogEvent[] =>
  Array.from({ length: n }, (_, i) => withQuality(message(fromS + i, { heartRate, spo2: null }, { quality: 'leadsOff' })));
/** Only the saturation has no lead. */
function withQuality(event: LogEvent): LogEvent {
  if (event.kind !== 'deviceMessage') return event;
  return { ...event, readings: event.readings.map((r) => (r.metric === 'spo2' ? r : { ...r, quality: 'valid' })) };
}
const on = (fromS: number, n: number, heartRate: number): LogEvent[] =>
  Array.from({ length: n }, (_, i) => message(fromS + i, { heartRate, spo2: 97 }));

describe('suppression', () => {
  test('while leads are off the hidden rule raises nothing; after the release it is judged anew, by fresh readings alone', () => {
    const log = [...on(0, 3, 80), ...off(3, 15, 40), ...on(18, 20, 40)];
    expect(runSet(setOf([hrMild], leads(['hr-low'])), log).said).toEqual([
      'heartRate.low onset low on @6',
      'spo2.leadsOff onset low on @8',
      'heartRate.low closed low off @8',
      'spo2.leadsOff end low off @18',
      'heartRate.low onset low on @31',
    ]);
  });

  test('what it had raised is closed with the reason, and not told as over', () => {
    const log = [...on(0, 5, 40), ...off(5, 10, 40)];
    const { transitions } = runSet(setOf([hrMild], leads(['hr-low'])), log);
    const closed = transitions.find((t) => t.cause === 'closed')!;
    expect(closed).toMatchObject({ conditionCode: 'heartRate.low', presence: 'off', active: false });
    expect(closed.evidence).toMatchObject({ because: ['suppression:leads'], value: 40 });
  });

  test('an alarm that is over and waits to be seen is not hidden', () => {
    const awful = limit('hr-awful', 'heartRate', 'low', 30, { priority: 'high' });
    const log = [...on(0, 2, 20), ...on(2, 2, 80), ...off(4, 10, 80)];
    const { said, bed } = runSet(setOf([awful], leads(['hr-awful'])), log);
    expect(said).toEqual([
      'heartRate.low onset high on @0',
      'heartRate.low end high latched @2',
      'spo2.leadsOff onset low on @9',
    ]);
    expect(bed.alarms['heartRate.low']?.signal.presence).toBe('latched');
  });

  test('a silence is never hidden: its alarm goes on', () => {
    const silence = { kind: 'noData', id: 'no-spo2', metric: 'heartRate', intervals: 3, transportMs: 10_000, priority: 'low' };
    const noHeartRate = (fromS: number, n: number, value: number | null): LogEvent[] =>
      Array.from({ length: n }, (_, i) => message(fromS + i, { spo2: value }, value === null ? { quality: 'leadsOff' } : {}));
    const log = [...on(0, 2, 80), ...noHeartRate(2, 12, 97), ...noHeartRate(14, 10, null)];
    const { said } = runSet(setOf([silence], leads(['no-spo2'])), log);
    expect(said.filter((t) => t.startsWith('heartRate.noData'))).toEqual(['heartRate.noData onset low on @12']);
    expect(said.some((t) => t.startsWith('spo2.leadsOff onset'))).toBe(true);
  });

  test('another rule of the same condition that is not hidden holds the alarm, with its own priority', () => {
    const slow = limit('hr-slow', 'heartRate', 'low', 60, { priority: 'low', onDelayMs: 3_000 });
    const noisy = limit('noisy', 'respirationRate', 'high', 60, { raises: false });
    const set = setOf([slow, { ...hrLow, onDelayMs: 0 }, noisy], {
      suppressions: [{ id: 'noise', while: { rule: 'noisy' }, hides: ['hr-low'], releaseMs: 0, source: 'test' }],
    });
    const log = [20, 20, 20, 20, 20, 80].map((rate, s) => message(s, { heartRate: 40, respirationRate: rate }));
    expect(runSet(set, log).said).toEqual(['heartRate.low onset medium on @0', 'heartRate.low lowered low on @5']);
  });

  test('a sensor that comes off does not end an alarm of medium priority: it stands until a value says that it is over', () => {
    const log = [...on(0, 5, 40), ...off(5, 15, 40), ...on(20, 5, 40), ...on(25, 5, 80)];
    const { said } = runSet(setOf([hrLow], leads(['hr-low'])), log);
    expect(said).toEqual([
      'heartRate.low onset medium on @3',
      'spo2.leadsOff onset low on @10',
      'spo2.leadsOff end low off @20',
      'heartRate.low end medium off @25',
    ]);
  });

  test('seen or not: whoever has only switched the sound off has not gone', () => {
    const log = [...on(0, 5, 40), ...off(5, 15, 40)];
    const set = setOf([hrLow], leads(['hr-low']));
    const { alarmId } = runSet(set, log).transitions[0]!;
    const { said } = runSet(set, [...log.slice(0, 5), command(alarmId, 4), ...log.slice(5)]);
    expect(said.at(-1)).toBe('spo2.leadsOff onset low on @10');
  });

  test('a medium alarm closes where another rule stands for the same: one heart, one alarm', () => {
    const known = limit('known', 'respirationRate', 'high', 0, { raises: false });
    const set = setOf([{ ...hrLow, onDelayMs: 0 }, known], {
      suppressions: [{ id: 'beside', while: { rule: 'known' }, hides: ['hr-low'], releaseMs: 0, source: 'test' }],
    });
    const log = [message(0, { heartRate: 40 }), message(1, { heartRate: 40, respirationRate: 15 })];
    expect(runSet(set, log).said).toEqual(['heartRate.low onset medium on @0', 'heartRate.low closed medium off @1']);
  });

  test('an alarm of high priority is not closed by a less urgent one: it goes on until its own readings say that it is over', () => {
    const log = [...on(0, 5, 20), ...off(5, 10, 20), ...off(15, 5, 40), ...off(20, 5, 80), ...off(25, 10, 20), ...on(35, 12, 20)];
    const { said } = runSet(setOf([hrLow, hrAwful], leads(['hr-awful', 'hr-low'])), log);
    expect(said).toEqual([
      'heartRate.low onset high on @0',
      'spo2.leadsOff onset low on @10',
      'heartRate.low lowered medium on @15',
      'heartRate.low end medium latched @20',
      'spo2.leadsOff end low off @35',
      'heartRate.low closed medium off @45',
      'heartRate.low onset high on @45',
    ]);
  });

  test('an alarm that was high, and that nobody has seen, is not closed by a less urgent one; one that was seen is', () => {
    const log = [...on(0, 5, 20), ...on(5, 4, 40), ...off(9, 8, 40)];
    const set = setOf([hrMild, hrAwful], leads(['hr-awful', 'hr-low']));
    const unseen = runSet(set, log);
    expect(unseen.said.at(-1)).toBe('spo2.leadsOff onset low on @14');
    const { alarmId } = unseen.transitions[0]!;
    expect(runSet(set, [...log.slice(0, 7), command(alarmId, 6), ...log.slice(7)]).said.at(-1)).toBe(
      'heartRate.low closed low off @14',
    );
  });

  test('an alarm of high priority is closed where its cause is as urgent', () => {
    const lost: SaidRule = { kind: 'limit', id: 'lost', metric: 'respirationRate', side: 'high', limit: 60, ...instant };
    const set = setOf([hrAwful, { ...lost, priority: 'high' }], {
      suppressions: [{ id: 'noise', while: { rule: 'lost' }, hides: ['hr-awful'], releaseMs: 0, source: 'test' }],
    });
    const log = [message(0, { heartRate: 20, respirationRate: 20 }), message(1, { heartRate: 20, respirationRate: 80 })];
    expect(runSet(set, log).said).toEqual([
      'heartRate.low onset high on @0',
      'respirationRate.high onset high on @1',
      'heartRate.low closed high off @1',
    ]);
  });

  test('a cause of two means is as urgent as the worse of them, though that begins with the same message', () => {
    const mean = (id: string, metric: string, at: number, priority: string): SaidRule => ({
      ...{ kind: 'windowMean', id, metric, side: 'low', sizeMs: 5_000, coveragePct: 20, limit: at, priority },
    });
    const rules = [
      mean('hr-mild', 'heartRate', 60, 'medium'),
      mean('hr-bad', 'heartRate', 50, 'high'),
      mean('spo2-bad', 'spo2', 88, 'high'),
    ];
    const set = setOf(rules, {
      suppressions: [{ id: 'weak', while: { rule: 'hr-mild' }, hides: ['spo2-bad'], releaseMs: 0, source: 'test' }],
    });
    expect(runSet(set, [message(0, { spo2: 80 }), message(1, { heartRate: 40, spo2: 80 })]).said).toEqual([
      'spo2.mean-low onset high on @0',
      'heartRate.mean-low onset medium on @1',
      'heartRate.mean-low raised high on @1',
      'spo2.mean-low closed high off @1',
    ]);
  });

  test('of two means one ends: the alarm that was kept goes on with the other, which is still beyond', () => {
    const mean = (id: string, sizeMs: number, at: number): SaidRule => ({
      ...{ kind: 'windowMean', id, metric: 'heartRate', side: 'low', sizeMs, coveragePct: 10, limit: at, priority: 'high' },
    });
    const set = setOf([mean('slow', 10_000, 60), mean('quick', 5_000, 50)], leads(['slow']));
    const log = [...on(0, 5, 40), ...off(5, 6, 40), ...off(11, 21, 55), ...off(32, 20, 80)];
    expect(runSet(set, log).said).toEqual([
      'heartRate.mean-low onset high on @0',
      'spo2.leadsOff onset low on @10',
      'heartRate.mean-low end high latched @40',
    ]);
  });

  test('a delay that ran when a kept alarm was over begins anew with the release', () => {
    const slow = limit('hr-slow', 'heartRate', 'low', 60, { onDelayMs: 10_000 });
    const log = [...on(0, 5, 20), ...off(5, 6, 20), ...off(11, 9, 55), ...on(20, 25, 55)];
    const { said } = runSet(setOf([{ ...slow, onDelayMs: 15_000 }, hrAwful], leads(['hr-awful', 'hr-slow'])), log);
    expect(said).toEqual([
      'heartRate.low onset high on @0',
      'spo2.leadsOff onset low on @10',
      'heartRate.low end high latched @11',
      'spo2.leadsOff end low off @20',
    ]);
  });

  test('the message that shows the cause raises nothing that it hides', () => {
    const log = [...on(0, 3, 80), ...off(3, 5, 80), ...off(8, 5, 20)];
    expect(runSet(setOf([hrAwful], leads(['hr-awful'])), log).said).toEqual(['spo2.leadsOff onset low on @8']);
  });

  test('while another rule holds: also a rule over rules, which is decided before what it hides', () => {
    const noisy = limit('noisy', 'respirationRate', 'high', 60, { raises: false });
    const also: SaidRule = { kind: 'composite', id: 'artefact', when: { rule: 'noisy' }, raises: false };
    const set = setOf([hrAwful, noisy, also], {
      suppressions: [{ id: 'noise', while: { rule: 'artefact' }, hides: ['hr-awful'], releaseMs: 2_000, source: 'test' }],
    });
    const both = (fromS: number, n: number, respirationRate: number): LogEvent[] =>
      Array.from({ length: n }, (_, i) => message(fromS + i, { heartRate: 20, respirationRate }));
    expect(runSet(set, [...both(0, 5, 80), ...both(5, 5, 20)]).said).toEqual(['heartRate.low onset high on @7']);
  });

  test('a cause that is not known any more releases: an alarm too many is better than none', () => {
    const noisy = limit('noisy', 'respirationRate', 'high', 60, { raises: false });
    const set = setOf([hrAwful, noisy], {
      suppressions: [{ id: 'noise', while: { rule: 'noisy' }, hides: ['hr-awful'], releaseMs: 0, source: 'test' }],
    });
    const log = [message(0, { heartRate: 20, respirationRate: 80 }), ...each('heartRate', 1, times(15, 20))];
    expect(runSet(set, log).said).toEqual(['heartRate.low onset high on @11']);
  });

  test('what is hidden is not known to rules that look at it', () => {
    const rules = [
      { ...hrLow, raises: false },
      { kind: 'composite', id: 'fine', when: { not: { rule: 'hr-low' } }, onDelayMs: 2_000 },
    ];
    const log = [...off(0, 10, 80), ...on(10, 16, 80)];
    // Known until the leads are seen to be off, and again from the first reading after the release on.
    const { said } = runSet(setOf(rules, leads(['hr-low'])), log);
    expect(said).toEqual(['fine onset medium on @2', 'spo2.leadsOff onset low on @5', 'spo2.leadsOff end low off @10']);
  });

  test('a rule that is asked only when something changes is asked after its release', () => {
    const desat = limit('desat', 'respirationRate', 'high', 25, { raises: false });
    const again: SaidRule = { kind: 'eventCount', id: 'again', of: 'desat', withinMs: 600_000, atLeast: 2, priority: 'low' };
    const breaths = (fromS: number, values: readonly number[]): LogEvent[] => each('respirationRate', fromS, values);
    const log = [...breaths(0, [30, 15, 30, 15]), ...off(4, 7, 80), ...on(11, 13, 80)];
    expect(runSet(setOf([desat, again], leads(['again'])), log).said).toEqual([
      'again onset low on @2',
      'spo2.leadsOff onset low on @9',
      'again closed low off @9',
      'spo2.leadsOff end low off @11',
      'again onset low on @21',
    ]);
  });

  test('a restart in between releases at the same instant: all of it stands in the state', () => {
    const set = setOf([hrMild], leads(['hr-low']));
    const log = [activate(set), assign('mon-1'), admit(0), ...on(0, 3, 80), ...off(3, 15, 40), ...on(18, 20, 40)];
    const whole = step(emptyPartition(), log).effects.map((e) => e.transition);
    let state = emptyPartition();
    const parts = log.flatMap((event) => {
      state = restarted(state);
      const result = step(state, [event]);
      state = result.state;
      return result.effects.map((e) => e.transition);
    });
    expect(summary(parts)).toEqual(summary(whole));
    expect(parts).toEqual(whole);
  });
});

/** As a checkpoint carries it. */
function restarted({ engine, keys }: PartitionState): PartitionState {
  return { engine: JSON.parse(JSON.stringify(engine)), keys: new Map(JSON.parse(JSON.stringify([...keys]))) };
}
