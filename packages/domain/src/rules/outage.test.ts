import { LogEvent } from '@vigil/contracts';
import { step } from '../step.js';
import { admit, assign, message, summary } from '../test-kit.js';
import { emptyPartition } from '../state.js';
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
