import type { LogEvent } from '@vigil/contracts';
import { message, tick } from '../test-kit.js';
import { activate, each, limit, runSet, type SaidRule, setOf } from './test-kit.js';

const again = (of: string, more: Record<string, unknown> = {}): SaidRule => ({
  ...{ kind: 'eventCount', id: 'again', of, withinMs: 60_000, atLeast: 3, priority: 'high' },
  ...more,
});
const desat = limit('desat', 'spo2', 'low', 90, { raises: false });
/** So many dips, one every ten seconds. */
const dips = (n: number, fromS = 0): LogEvent[] =>
  Array.from({ length: n }, (_, i) => each('spo2', fromS + 10 * i, [97, 85, 85, 97, 97, 97, 97, 97, 97, 97])).flat();

describe('event count', () => {
  test('the third onset within the time raises; a dip counts once, however many readings it has', () => {
    const { said, transitions } = runSet(setOf([desat, again('desat')]), dips(3));
    expect(said).toEqual(['again onset high on @21']);
    expect(transitions[0]!.evidence).toMatchObject({ value: 3, limit: 3, because: ['desat'] });
  });

  test('it ends by itself when too few of the onsets are young enough, also by ticks alone', () => {
    const log = [...dips(3), ...Array.from({ length: 60 }, (_, i) => tick(30 + i))];
    expect(runSet(setOf([desat, again('desat')]), log).said).toEqual(['again onset high on @21', 'again end high latched @61']);
  });

  test('onsets that are too far apart are no series', () => {
    const log = [...dips(2), ...each('spo2', 20, [97]), ...dips(1, 62)];
    expect(runSet(setOf([desat, again('desat')]), log).said).toEqual([]);
  });

  test('alarms of a condition code count too, of whichever rule', () => {
    const rules = [limit('desat', 'spo2', 'low', 90, { priority: 'low' }), again('spo2.low')];
    expect(runSet(setOf(rules), dips(3)).said.filter((t) => t.startsWith('again'))).toEqual(['again onset high on @21']);
  });

  test('leads that come off again and again are a technical alarm', () => {
    const log: LogEvent[] = [];
    for (let n = 0; n < 3; n++) {
      for (let s = 0; s < 7; s++) log.push(message(10 * n + s, { spo2: null }, { quality: 'leadsOff' }));
      for (let s = 7; s < 10; s++) log.push(message(10 * n + s, { spo2: 97 }));
    }
    const { said, transitions } = runSet(setOf([again('spo2.leadsOff')]), log);
    expect(said.filter((t) => t.startsWith('again'))).toEqual(['again onset high on @25']);
    expect(transitions.find((t) => t.ruleId === 'again')!.kind).toBe('technical');
  });

  test('the onsets of another count and of a composite count as well', () => {
    const twice = { kind: 'composite', id: 'both', when: { rule: 'desat' }, raises: false };
    expect(runSet(setOf([desat, twice, again('both')]), dips(3)).said).toEqual(['again onset high on @21']);
  });

  test('what was not known for a while and holds still has not begun anew', () => {
    const twice = { kind: 'composite', id: 'both', when: { rule: 'desat' }, raises: false };
    const dip = [...each('spo2', 0, [97, 85, 85])];
    const pauses = [20, 40, 60].flatMap((s) => [
      ...each(
        'heartRate',
        s - 17,
        Array.from({ length: 16 }, () => 80),
      ),
      ...each('spo2', s, [85]),
    ]);
    expect(runSet(setOf([desat, twice, again('both', { withinMs: 600_000 })]), [...dip, ...pauses]).said).toEqual([]);
  });

  test('no more onsets are remembered than the rule asks for', () => {
    const { bed } = runSet(setOf([desat, again('desat')]), dips(40));
    expect((bed.rules!['again']!.memory as { onsetsMs: number[] }).onsetsMs).toHaveLength(3);
  });

  test('of something else by another rule set ends what it had raised: nothing of that is counted yet', () => {
    const log = [...dips(3), activate(setOf([desat, again('spo2.high')]), 30), ...each('spo2', 30, [97])];
    expect(runSet(setOf([desat, again('desat')]), log).said).toEqual(['again onset high on @21', 'again end high latched @29']);
  });
});
