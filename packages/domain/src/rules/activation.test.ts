import { LogEvent } from '@vigil/contracts';
import { step } from '../step.js';
import { tick } from '../test-kit.js';
import { activate, each, limit, msAt, runSet, type SaidRule, setOf, times } from './test-kit.js';

const hr = (at: number, more: Record<string, unknown> = {}): SaidRule =>
  limit('hr', 'heartRate', 'high', at, { onDelayMs: 3_000, offDelayMs: 3_000, ...more });
const other = limit('spo2', 'spo2', 'low', 90);
const mean: SaidRule = {
  ...{ kind: 'window', id: 'mean', metric: 'heartRate', side: 'high', limit: 100, aggregate: 'mean', coveragePct: 50 },
  window: { type: 'tumbling', sizeMs: 20_000 },
};

describe('another rule set', () => {
  test('asks anew what is asked only when something changes: a score that was not enough may be enough now', () => {
    const score = (atLeast: number): SaidRule => ({ kind: 'score', id: 'news2', score: 'news2', basis: 'estimate', atLeast });
    const again = (atLeast: number): SaidRule => ({ kind: 'eventCount', id: 'again', of: 'hr', withinMs: 600_000, atLeast });
    // A pulse of 135 scores 3 and goes on doing so.
    const log = [...each('heartRate', 0, times(6, 135)), activate(setOf([score(3)]), 6), ...each('heartRate', 6, times(3, 135))];
    expect(runSet(setOf([score(5)]), log).said).toEqual(['news2 onset medium on @5']);
    const beats = [...times(5, 135), ...times(5, 80), ...times(5, 135), ...times(5, 80)];
    const counted = [
      ...each('heartRate', 0, beats),
      activate(setOf([hr(120), again(2)]), 20),
      ...each('heartRate', 20, times(3, 80)),
    ];
    expect(runSet(setOf([hr(120), again(3)]), counted).said.at(-1)).toBe('again onset medium on @19');
  });

  test('asks at once, also where no device sends anything: a charted score that is enough now waits for no other event', () => {
    const charted: SaidRule = { kind: 'score', id: 'news2', score: 'news2', basis: 'charted', atLeast: 7 };
    const numbers = { respirationRate: 22, spo2: 95, nibpSystolic: 120, heartRate: 100, temperature: 37 };
    const items = [
      ...[
        { item: 'consciousness', value: 'A' },
        { item: 'supplementalOxygen', value: 'oxygen' },
      ],
      ...Object.entries(numbers).map(([metric, value]) => ({ item: 'number', metric, value })),
    ];
    const chart = LogEvent.parse({
      ...{
        v: 1,
        id: 'chart',
        key: 'bed:icu-1',
        origin: 'live',
        atMs: msAt(60),
        kind: 'charted',
        bedId: 'icu-1',
        encounterId: 'e1',
      },
      ...{ chartId: 'c', by: 'amy', validated: true, items },
    });
    const { said, state } = runSet(setOf([charted]), [chart, activate(setOf([{ ...charted, atLeast: 5 }]), 120)]);
    expect(said).toEqual(['news2 onset medium on @120']);
    expect(step(state, [tick(121)]).effects).toEqual([]);
  });

  test('changes nothing at rules that stay as they are: an alarm stands, a delay and a window go on', () => {
    const before = setOf([hr(120), mean]);
    const after = setOf([hr(120), mean, other]);
    const log = [...each('heartRate', 0, times(2, 130)), activate(after, 2), ...each('heartRate', 2, times(10, 130))];
    expect(runSet(before, log).said).toEqual(['heartRate.high onset medium on @3', 'mean onset medium on @9']);
    const standing = [...each('heartRate', 0, times(12, 130)), activate(after, 12), ...each('heartRate', 12, times(10, 130))];
    expect(runSet(before, standing).said).toEqual(['heartRate.high onset medium on @3', 'mean onset medium on @9']);
  });

  test('with another limit ends an alarm only as readings end it, and does not raise it anew', () => {
    const log = [...each('heartRate', 0, times(6, 130)), activate(setOf([hr(125)]), 6), ...each('heartRate', 6, times(9, 130))];
    expect(runSet(setOf([hr(120)]), log).said).toEqual(['heartRate.high onset medium on @3']);
    const wider = [...each('heartRate', 0, times(6, 130)), activate(setOf([hr(140)]), 6), ...each('heartRate', 6, times(9, 130))];
    expect(runSet(setOf([hr(120)]), wider).said).toEqual([
      'heartRate.high onset medium on @3',
      'heartRate.high end medium off @9',
    ]);
  });

  test('without a rule closes its alarm; where another rule of the condition holds, that one takes it over', () => {
    const urgent = limit('urgent', 'heartRate', 'high', 125, { priority: 'high' });
    const log = [...each('heartRate', 0, times(6, 130)), activate(setOf([hr(120)]), 6), ...each('heartRate', 6, times(9, 130))];
    expect(runSet(setOf([hr(120), urgent]), log).said).toEqual([
      'heartRate.high onset high on @0',
      'heartRate.high lowered medium on @6',
    ]);
    const gone = [...each('heartRate', 0, times(6, 130)), activate(setOf([other]), 6), ...each('heartRate', 6, times(9, 130))];
    expect(runSet(setOf([hr(120)]), gone).said).toEqual([
      'heartRate.high onset medium on @3',
      'heartRate.high closed medium off @6',
    ]);
  });

  test('whose alarm passes to a rule with levels has the priority of the level that is met', () => {
    const stepped = limit('stepped', 'heartRate', 'high', 110, { levels: [{ priority: 'high', limit: 125 }] });
    const urgent = limit('urgent', 'heartRate', 'high', 120, { priority: 'high' });
    const log = [...each('heartRate', 0, times(6, 130)), activate(setOf([stepped]), 6), ...each('heartRate', 6, times(3, 130))];
    expect(runSet(setOf([urgent, stepped]), log).said).toEqual(['heartRate.high onset high on @0']);
  });

  test('with another size of a window forgets the sums of the old one, and keeps the alarm', () => {
    const longer = { ...mean, window: { type: 'tumbling', sizeMs: 40_000 } };
    const log = [...each('heartRate', 0, times(12, 130)), activate(setOf([longer]), 12), ...each('heartRate', 12, times(8, 130))];
    const { said, bed } = runSet(setOf([mean]), log);
    expect(said).toEqual(['mean onset medium on @9']);
    // Eight readings since, of 130 in tenths.
    expect(bed.rules!['mean']!.memory).toMatchObject({ windows: { cells: [expect.any(Number), 8, 8 * 1_300] } });
  });

  test('in which a rule raises nothing any more closes its alarm', () => {
    const log = [...each('heartRate', 0, times(6, 130)), activate(setOf([hr(120, { raises: false })]), 6)];
    expect(runSet(setOf([hr(120)]), log).said.at(-1)).toBe('heartRate.high closed medium off @6');
  });

  test('with other levels is judged by those from the next reading on', () => {
    const stepped = hr(120, { levels: [{ priority: 'high', limit: 125 }] });
    const log = [...each('heartRate', 0, times(6, 130)), activate(setOf([stepped]), 6), ...each('heartRate', 6, times(9, 130))];
    expect(runSet(setOf([hr(120)]), log).said).toEqual(['heartRate.high onset medium on @3', 'heartRate.high raised high on @9']);
  });
});
