import fc from 'fast-check';
import { AlarmTransition, type LogEvent, METRIC_NAMES, type Quality } from '@vigil/contracts';
import { emptyPartition } from '../state.js';
import { step } from '../step.js';
import { admit, assign, message, tick } from '../test-kit.js';
import { activate, each, limit, runSet, type SaidRule, setOf, times } from './test-kit.js';

/** One rule of every kind. */
export const everyKind: readonly SaidRule[] = [
  limit('hr', 'heartRate', 'high', 120, { onDelayMs: 2_000, levels: [{ priority: 'high', limit: 150 }] }),
  limit('fast', 'respirationRate', 'high', 25, { raises: false }),
  { kind: 'windowMean', id: 'mean', metric: 'heartRate', sizeMs: 20_000, side: 'high', limit: 100, coveragePct: 50 },
  {
    ...{ kind: 'window', id: 'swing', metric: 'heartRate', side: 'high', limit: 60, aggregate: 'range', coveragePct: 50 },
    window: { type: 'sliding', sizeMs: 20_000 },
  },
  { kind: 'rateOfChange', id: 'falls', metric: 'heartRate', direction: 'fall', change: 40, unit: 'absolute', overMs: 20_000 },
  { kind: 'noData', id: 'silent', metric: 'any', intervals: 3, transportMs: 10_000, priority: 'high' },
  { kind: 'noData', id: 'no-spo2', metric: 'spo2', intervals: 3, transportMs: 10_000 },
  {
    ...{ kind: 'baseline', id: 'odd', metric: 'heartRate', side: 'both', z: 4, recentMs: 10_000, baselineMs: 60_000 },
    ...{ coveragePct: 50, deviationMin: 2 },
  },
  { kind: 'eventCount', id: 'again', of: 'hr', withinMs: 60_000, atLeast: 2 },
  { kind: 'composite', id: 'sign', when: { all: [{ rule: 'hr' }, { not: { rule: 'fast' } }] }, onDelayMs: 3_000 },
  { kind: 'score', id: 'news', score: 'news2', basis: 'estimate', atLeast: 5 },
];
const set = setOf(everyKind, {
  suppressions: [
    { id: 'leads', while: { condition: 'heartRate.leadsOff' }, hides: ['hr', 'mean', 'odd'], releaseMs: 5_000, source: 't' },
  ],
});

/** As only something inside the platform could put it on the log: the schema refuses it. */
function raw(atS: number, value: number): LogEvent {
  const event = message(atS, { heartRate: 80 });
  if (event.kind !== 'deviceMessage') return event;
  return { ...event, readings: event.readings.map((r) => ({ ...r, value })) };
}

describe('values that are none', () => {
  test.each([NaN, Infinity, -Infinity, 0])('%p decides nothing in a rule of any kind, and ends nothing', (bad) => {
    const steady = each('heartRate', 0, times(10, 130));
    const good = runSet(set, steady);
    const log = [...steady, ...Array.from({ length: 8 }, (_, i) => raw(10 + i, bad))];
    const { said, bed } = runSet(set, log);
    expect(said.filter((t) => !t.startsWith('noData'))).toEqual(good.said);
    expect(JSON.stringify(bed.rules)).not.toContain('null,null');
    expect(bed.limits['hr']!.phase).toBe('active');
  });

  test('a zero saturation is a value: only rates have none', () => {
    const { said } = runSet(setOf([limit('low', 'spo2', 'low', 90)]), each('spo2', 0, [0]));
    expect(said).toEqual(['spo2.low onset medium on @0']);
  });
});

describe('whatever the log holds', () => {
  const quality = fc.constantFrom<Quality>('valid', 'questionable', 'leadsOff', 'artefact');
  const reading = fc.record({
    atS: fc.integer({ min: 0, max: 120 }),
    metric: fc.constantFrom('heartRate' as const, 'respirationRate' as const, 'spo2' as const),
    value: fc.oneof(fc.integer({ min: 0, max: 250 }), fc.constantFrom(NaN, Infinity, 0, 80, 130, 160)),
    quality,
    seq: fc.integer({ min: 0, max: 40 }),
  });
  const event = fc.oneof(
    { weight: 8, arbitrary: reading.map(eventOf) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 150 }).map((s) => tick(s)) },
  );

  test('no rule is confused: nothing throws, every transition is valid, one event at a time is the same as all at once', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        const log = [activate(set), assign('mon-1'), admit(0), ...events];
        const whole = step(emptyPartition(), log);
        for (const { transition } of whole.effects) AlarmTransition.parse(transition);
        let state = emptyPartition();
        const parts = log.flatMap((one) => {
          const result = step({ engine: copy(state.engine), keys: new Map(copy([...state.keys])) }, [one]);
          state = result.state;
          return result.effects;
        });
        expect(parts).toEqual(whole.effects);
        expect(copy([...state.keys])).toEqual(copy([...whole.state.keys]));
      }),
      { numRuns: 60 },
    );
  });

  function eventOf(said: { atS: number; metric: string; value: number; quality: Quality; seq: number }): LogEvent {
    const made = message(said.atS, { [said.metric]: 80 }, { seq: said.seq });
    if (made.kind !== 'deviceMessage') return made;
    const value = said.quality === 'leadsOff' ? null : said.value;
    return { ...made, readings: made.readings.map((r) => ({ ...r, value, quality: said.quality })) };
  }
});

test('a rule of every kind for every number keeps a bed below its bound', () => {
  const log: LogEvent[] = [];
  for (let s = 0; s < 600; s++) {
    const values = Object.fromEntries(
      METRIC_NAMES.filter((m) => m !== 'consciousness').map((m, i) => [m, 30 + ((s * (i + 3)) % 60) / 10]),
    );
    log.push(message(s, values));
  }
  expect(JSON.stringify(runSet(set, log).bed).length).toBeLessThan(20_000);
});

function copy<T>(plain: T): T {
  return JSON.parse(JSON.stringify(plain)) as T;
}
