import type { LogEvent } from '@vigil/contracts';
import { message } from '../test-kit.js';
import { each, runSet, type SaidRule, setOf, times } from './test-kit.js';

const falls = (more: Record<string, unknown> = {}): SaidRule => ({
  ...{
    kind: 'rateOfChange',
    id: 'hr-falls',
    metric: 'heartRate',
    direction: 'fall',
    change: 30,
    unit: 'absolute',
    overMs: 20_000,
  },
  ...more,
});
const ramp = (from: number, to: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.round(from + ((to - from) * i) / (n - 1)));

describe('rate of change', () => {
  test('a fall by more than the change within the time raises, at the reading that met it; the same fall more slowly does not', () => {
    const quick = runSet(setOf([falls()]), each('heartRate', 0, [...times(10, 120), ...ramp(120, 80, 11)]));
    expect(quick.said).toEqual(['hr-falls onset medium on @18']);
    expect(quick.transitions[0]!.evidence).toMatchObject({ value: 32, limit: 30, unit: '/min', side: 'low' });
    expect(runSet(setOf([falls()]), each('heartRate', 0, ramp(120, 70, 50))).said).toEqual([]);
  });

  test('exactly the change is none', () => {
    expect(runSet(setOf([falls()]), each('heartRate', 0, [120, 90])).said).toEqual([]);
    expect(runSet(setOf([falls()]), each('heartRate', 0, [120, 89])).said).toEqual(['hr-falls onset medium on @1']);
  });

  test('the alarm ends when the value it fell from is longer ago than the time', () => {
    const { said } = runSet(setOf([falls()]), each('heartRate', 0, [120, 80, ...times(25, 80)]));
    expect(said).toEqual(['hr-falls onset medium on @1', 'hr-falls end medium off @21']);
  });

  test('a rise is measured from the lowest value of the time, not from the first', () => {
    const rises = falls({ id: 'hr-rises', direction: 'rise' });
    expect(runSet(setOf([rises]), each('heartRate', 0, [100, 90, 80, 100, 111])).said).toEqual(['hr-rises onset medium on @4']);
    expect(runSet(setOf([rises]), each('heartRate', 0, [130, 100, 80])).said).toEqual([]);
  });

  test('percent count from the earlier value', () => {
    const half = falls({ unit: 'percent', change: 25 });
    const { said, transitions } = runSet(setOf([half]), each('heartRate', 0, [80, 60, 59]));
    expect(said).toEqual(['hr-falls onset medium on @2']);
    expect(transitions[0]!.evidence).toMatchObject({ value: 26.3, unit: '%', limit: 25 });
  });

  test('it never looks across a gap: what was before says nothing of how fast it fell', () => {
    const { said } = runSet(setOf([falls()]), [...each('heartRate', 0, times(5, 120)), ...each('heartRate', 16, [80, 80, 80])]);
    expect(said).toEqual([]);
  });

  test('readings without a value, and values that no rule may use, are no course', () => {
    const artefacts = Array.from({ length: 12 }, (_, i) => message(5 + i, { heartRate: 60 }, { quality: 'artefact' }));
    const log = [...each('heartRate', 0, times(5, 120)), ...artefacts, ...each('heartRate', 17, [80, 80])];
    expect(runSet(setOf([falls()]), log).said).toEqual([]);
    const one = [...each('heartRate', 0, times(5, 120)), message(5, { heartRate: 60 }, { quality: 'artefact' })];
    expect(runSet(setOf([falls()]), [...one, ...each('heartRate', 6, times(5, 120))]).said).toEqual([]);
  });

  test('readings out of order and twice do not make it turn', () => {
    const log = [...each('heartRate', 0, [120, 119]), ...each('heartRate', 5, [118]), ...each('heartRate', 3, [60])];
    expect(runSet(setOf([falls()]), [...log, log[0]!, log[2]!]).said).toEqual([]);
  });

  test('what it remembers is bounded, however long the time and dense the readings', () => {
    const log: LogEvent[] = [];
    for (let s = 0; s < 900; s++) log.push(message(s, { heartRate: 60 + s / 10 }));
    const { bed } = runSet(setOf([falls({ overMs: 86_400_000, direction: 'rise', change: 300 })]), log);
    expect(JSON.stringify(bed.rules).length).toBeLessThan(2_000);
  });
});
