import fc from 'fast-check';
import type { LogEvent } from '@vigil/contracts';
import { command, message } from '../test-kit.js';
import { each, limit, msAt, runSet, setOf, times } from './test-kit.js';

const stepped = limit('hr', 'heartRate', 'high', 120, {
  ...{ hysteresis: 2, onDelayMs: 5_000, offDelayMs: 5_000 },
  levels: [{ priority: 'high', limit: 140 }],
});

describe('levels by value', () => {
  test('an alarm becomes more urgent, and less urgent again, each after the delay of its rule', () => {
    const { said, transitions } = runSet(
      setOf([stepped]),
      each('heartRate', 0, [...times(8, 130), ...times(8, 150), ...times(10, 130), ...times(8, 100)]),
    );
    expect(said).toEqual([
      'heartRate.high onset medium on @5',
      'heartRate.high raised high on @13',
      'heartRate.high lowered medium on @21',
      'heartRate.high end medium latched @31',
    ]);
    expect(transitions.map((t) => t.evidence.limit)).toEqual([120, 140, 120, 120]);
    expect(new Set(transitions.map((t) => t.alarmId)).size).toBe(1);
  });

  test('one artefact makes nothing more urgent', () => {
    const { said } = runSet(setOf([stepped]), each('heartRate', 0, [...times(8, 130), 300, 130, 300, 130, 300]));
    expect(said).toEqual(['heartRate.high onset medium on @5']);
  });

  test('a value on the edge of a level does not change the priority with every reading: it has the hysteresis of the rule', () => {
    const values = [...times(8, 150), ...[139, 141, 139, 141, 139, 141, 139, 141, 139, 139, 139, 139, 139, 139]];
    expect(runSet(setOf([stepped]), each('heartRate', 0, values)).said).toEqual(['heartRate.high onset high on @5']);
  });

  test('an alarm that was high, has become less urgent and ended stays to be seen; one that was seen does not', () => {
    const log = each('heartRate', 0, [...times(7, 150), ...times(7, 130), ...times(7, 100)]);
    const unseen = runSet(setOf([stepped]), log);
    expect(unseen.said.at(-1)).toBe('heartRate.high end medium latched @19');
    const { alarmId } = unseen.transitions[0]!;
    const seen = [...log.slice(0, 7), command(alarmId, 6), ...log.slice(7)];
    expect(runSet(setOf([stepped]), seen).said.slice(1)).toEqual([
      'heartRate.high acknowledged high ack @6',
      'heartRate.high lowered medium ack @12',
      'heartRate.high end medium off @19',
    ]);
  });

  test('a rise after an alarm was seen and became less urgent sounds again', () => {
    const log = each('heartRate', 0, [...times(7, 150), ...times(7, 130), ...times(7, 150)]);
    const { alarmId } = runSet(setOf([stepped]), log).transitions[0]!;
    const { said } = runSet(setOf([stepped]), [...log.slice(0, 7), command(alarmId, 6), ...log.slice(7)]);
    expect(said.at(-1)).toBe('heartRate.high raised high on @19');
  });

  test("a patient's own limit is never stricter than the levels of its rule", () => {
    const own = { ...command('x', 0), kind: 'limitsSet', id: 'l1', bedId: 'icu-1', encounterId: 'e1', metric: 'heartRate' };
    const set = { ...own, low: null, high: 145, reason: 'r', by: 'amy', toMs: msAt(100_000) } as unknown as LogEvent;
    const { said } = runSet(setOf([stepped]), [set, ...each('heartRate', 0, [...times(9, 143), ...times(9, 147)])]);
    expect(said).toEqual(['heartRate.high onset high on @14']);
  });
});

describe('levels by time', () => {
  const lasting = limit('spo2', 'spo2', 'low', 90, {
    ...{ onDelayMs: 5_000, offDelayMs: 5_000 },
    levels: [{ priority: 'high', afterMs: 30_000 }],
  });

  test('what holds long becomes more urgent, counted from the first reading beyond the limit', () => {
    expect(runSet(setOf([lasting]), each('spo2', 0, times(40, 85))).said).toEqual([
      'spo2.low onset medium on @5',
      'spo2.low raised high on @30',
    ]);
  });

  test('a new episode counts from its own beginning', () => {
    const values = [...times(20, 85), ...times(8, 97), ...times(32, 85)];
    expect(runSet(setOf([lasting]), each('spo2', 0, values)).said).toEqual([
      'spo2.low onset medium on @5',
      'spo2.low end medium off @25',
      'spo2.low onset medium on @33',
      'spo2.low raised high on @58',
    ]);
  });
});

describe('limits of one side', () => {
  const rules = [
    limit('desat', 'spo2', 'low', 80, { priority: 'high', hysteresis: 1 }),
    limit('low', 'spo2', 'low', 90, { hysteresis: 1 }),
  ];

  test('the alarm sinks to the one that still holds', () => {
    const { said } = runSet(setOf(rules), each('spo2', 0, [85, 75, 85, 97]));
    expect(said).toEqual([
      'spo2.low onset medium on @0',
      'spo2.low raised high on @1',
      'spo2.low lowered medium on @2',
      'spo2.low end medium latched @3',
    ]);
  });

  test('one that was high after it had sunk once waits to be seen all the same', () => {
    const slight = limit('slight', 'spo2', 'low', 94, { priority: 'low', hysteresis: 1 });
    const { said } = runSet(setOf([...rules, slight]), each('spo2', 0, [85, 92, 75, 92, 97]));
    expect(said).toEqual([
      'spo2.low onset medium on @0',
      'spo2.low lowered low on @1',
      'spo2.low raised high on @2',
      'spo2.low lowered low on @3',
      'spo2.low end low latched @4',
    ]);
  });

  test('rule sets of version 1 keep the highest priority of an alarm, as they always did', () => {
    const { said } = runSet(setOf(rules, { v: 1 }), each('spo2', 0, [85, 75, 85, 97]));
    expect(said).toEqual(['spo2.low onset medium on @0', 'spo2.low raised high on @1', 'spo2.low end high latched @3']);
  });

  test("a patient's own limit replaces the first of a side, and makes the others only wider", () => {
    const own = (low: number): LogEvent =>
      ({
        ...{ ...command('x', 0), kind: 'limitsSet', id: 'l1', bedId: 'icu-1', encounterId: 'e1', metric: 'spo2' },
        ...{ low, high: null, reason: 'r', by: 'amy', toMs: msAt(100_000) },
      }) as unknown as LogEvent;
    const values = each('spo2', 0, [89, 84, 79, 74]);
    expect(runSet(setOf(rules), [own(85), ...values]).said).toEqual([
      'spo2.low onset medium on @1',
      'spo2.low raised high on @2',
    ]);
    expect(runSet(setOf(rules), [own(75), ...values]).said).toEqual(['spo2.low onset high on @3']);
  });
});

test('a signal that is lowered and raised at will sounds only from its onset or a rise to a silence', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(100, 130, 150), { maxLength: 60 }), (values) => {
      const { transitions } = runSet(
        setOf([limit('hr', 'heartRate', 'high', 120, { levels: [{ priority: 'high', limit: 140 }] })]),
        values.map((heartRate, i) => message(i, { heartRate })),
      );
      for (const t of transitions) {
        expect(t.cause === 'lowered' ? t.priority : 'medium').toBe('medium');
        expect(t.active).toBe(t.cause !== 'end' && t.cause !== 'closed');
      }
    }),
    { numRuns: 50 },
  );
});
