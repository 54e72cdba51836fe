import { type AlarmTransition, LogEvent } from '@vigil/contracts';
import { handoverOf } from '../handover.js';
import { step } from '../step.js';
import { admit, assign, message, summary } from '../test-kit.js';
import { type BedState, emptyPartition } from '../state.js';
import { activate, limit, msAt, setOf } from './test-kit.js';

const set = setOf([
  limit('hr', 'heartRate', 'high', 120, { onDelayMs: 5_000, levels: [{ priority: 'high', limit: 140 }] }),
  { kind: 'composite', id: 'sign', when: { rule: 'hr' }, onDelayMs: 5_000 },
]);
const opening = [activate(set), assign('mon-1'), admit(0), message(0, { heartRate: 80 })];
const fast = (fromS: number, toS: number): LogEvent[] =>
  Array.from({ length: toS - fromS }, (_, i) => message(fromS + i, { heartRate: 150 }));

/** The gateway tells of its alarms, and of what stands at the end of the outage; what it knew beside them does not arrive. */
test('the rules behind alarms of an outage follow them, levels and expressions too: the next reading neither ends nor lowers them', () => {
  const local = step(emptyPartition(), [...opening, ...fast(1, 20)]).effects.map((e) => e.transition);
  expect(summary(local)).toEqual(['heartRate.high onset high on @6', 'sign onset medium on @11']);
  const told = local.map((transition) =>
    LogEvent.parse({
      ...{ v: 1, id: `local/${transition.alarmId}`, key: 'bed:icu-1', origin: 'live', atMs: transition.atMs, kind: 'localAlarm' },
      ...{ bedId: 'icu-1', gatewayId: 'gw-1', outageId: 'o1', transition, handover: null },
    }),
  );
  const ended = LogEvent.parse({
    ...{ v: 1, id: 'ended', key: 'bed:icu-1', origin: 'live', atMs: msAt(20), kind: 'localWatchEnded', bedId: 'icu-1' },
    ...{ gatewayId: 'gw-1', outageId: 'o1', fromMs: msAt(1), toMs: msAt(20), ruleSetHash: local[0]!.ruleSetHash },
    ...{ standing: local, handover: null },
  });
  const after = step(emptyPartition(), [...opening, ...told, ended, ...fast(21, 40)]).effects.map((e) => e.transition);
  expect(summary(after).map((t) => t.split(' @')[0])).toEqual([
    'heartRate.high onset high on',
    'sign onset medium on',
    'heartRate.high confirmed high on',
    'sign confirmed medium on',
  ]);
});

/** With what the gateway knew, the platform goes on as if it had seen every reading. */
test('delays, counts, levels and suppressions go on where the gateway was', () => {
  const rules = setOf(
    [
      limit('hr', 'heartRate', 'high', 120, { onDelayMs: 5_000, levels: [{ priority: 'high', afterMs: 30_000 }] }),
      { kind: 'eventCount', id: 'again', of: 'hr', withinMs: 600_000, atLeast: 2 },
      { kind: 'rateOfChange', id: 'falls', metric: 'heartRate', direction: 'fall', change: 50, unit: 'absolute', overMs: 30_000 },
      limit('spo2', 'spo2', 'low', 90),
    ],
    { suppressions: [{ id: 's', while: { rule: 'hr' }, hides: ['spo2'], releaseMs: 10_000, source: 't' }] },
  );
  const both = (fromS: number, toS: number, heartRate: number): LogEvent[] =>
    Array.from({ length: toS - fromS }, (_, i) => message(fromS + i, { heartRate, spo2: fromS === 0 ? 97 : 80 }));
  const begin = [activate(rules), assign('mon-1'), admit(0), ...both(0, 3, 80)];
  const away = both(3, 12, 150);
  const later = [...both(12, 40, 150), ...both(40, 44, 90), ...both(44, 60, 150)];
  const whole = step(emptyPartition(), structuredClone([...begin, ...away, ...later])).effects.map((e) => e.transition);
  const gateway = step(emptyPartition(), structuredClone([...begin, ...away]));
  const local = gateway.effects.map((e) => e.transition).filter((t) => t.atMs >= msAt(3));
  const ended = LogEvent.parse({
    ...{ v: 1, id: 'ended', key: 'bed:icu-1', origin: 'live', atMs: msAt(12), kind: 'localWatchEnded', bedId: 'icu-1' },
    ...{ gatewayId: 'gw-1', outageId: 'o1', fromMs: msAt(3), toMs: msAt(12), ruleSetHash: local[0]!.ruleSetHash },
    standing: local.filter((t) => t.active && t.conditionCode === 'heartRate.high'),
    handover: handoverOf(gateway.state.keys.get('bed:icu-1' as never) as BedState),
  });
  const platform = step(emptyPartition(), structuredClone([...begin, ended, ...later])).effects.map((e) => e.transition);
  const after = (all: readonly AlarmTransition[]): string[] =>
    summary(all.filter((t) => t.atMs >= msAt(12) && t.cause !== 'confirmed'));
  expect(after(whole).length).toBeGreaterThan(3);
  expect(after(platform)).toEqual(after(whole));
});
