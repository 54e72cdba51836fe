import { LogEvent } from '@vigil/contracts';
import { readKeyState } from './migrate.js';
import { emptyPartition, type PartitionState } from './state.js';
import { step } from './step.js';
import { command, run, summary } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
let n = 0;

/** `trouble subject` holds, or with a minus before it is over. */
function trouble(atS: number, words: string, unit = 'icu'): LogEvent {
  const [code = '', subject = ''] = words.replace(/^-/, '').split(' ');
  return LogEvent.parse({
    ...{ v: 1, kind: 'onCallTrouble', id: `trouble/${n++}`, key: `unit:${unit}`, origin: 'live', atMs: EPOCH_MS + atS * 1_000 },
    ...{ careUnitId: unit, trouble: code, subject, active: !words.startsWith('-') },
  });
}

test('what is wrong with being told is a technical alarm of its care unit, and is over when it is', () => {
  const { transitions } = run([trouble(0, 'undelivered alarm:a'), trouble(9, '-undelivered alarm:a')], { check: true });
  expect(summary(transitions)).toEqual(['onCall.undelivered onset high on @0', 'onCall.undelivered end high off @9']);
  expect(transitions[0]).toMatchObject({ careUnitId: 'icu', bedId: null, gatewayId: null, kind: 'technical', encounterId: null });
});

test('one trouble with several subjects is one alarm, which ends with the last of them', () => {
  const { transitions } = run([
    ...[trouble(0, 'unreachable staff:amy'), trouble(1, 'unreachable staff:ben'), trouble(2, '-unreachable staff:amy')],
    ...[trouble(3, '-unreachable staff:amy'), trouble(4, '-unreachable staff:ben'), trouble(5, '-unreachable staff:ben')],
  ]);
  expect(summary(transitions)).toEqual(['onCall.unreachable onset medium on @0', 'onCall.unreachable end medium off @4']);
});

test('that nobody is on call in an hour is medium, that nobody is now is high, and it sinks again', () => {
  const { transitions } = run([
    ...[trouble(0, 'nobodyOnCall in-1h'), trouble(60, 'nobodyOnCall now'), trouble(90, '-nobodyOnCall now')],
    trouble(99, '-nobodyOnCall in-1h'),
  ]);
  expect(summary(transitions)).toEqual([
    ...['onCall.nobodyOnCall onset medium on @0', 'onCall.nobodyOnCall raised high on @60'],
    ...['onCall.nobodyOnCall lowered medium on @90', 'onCall.nobodyOnCall end medium off @99'],
  ]);
});

test('saying it twice changes nothing, and two care units have an alarm each', () => {
  const twice = trouble(0, 'escalatorStopped watchdog');
  const { transitions } = run([twice, twice, trouble(1, 'escalatorStopped watchdog', 'imc')]);
  expect(transitions.map((t) => t.careUnitId)).toEqual(['icu', 'imc']);
  expect(new Set(transitions.map((t) => t.alarmId)).size).toBe(2);
});

test('somebody acknowledges it under the key of the care unit', () => {
  const { state, transitions } = run([trouble(0, 'undelivered alarm:a')]);
  const seen = { ...command(transitions[0]!.alarmId, 5), key: 'unit:icu' } as LogEvent;
  expect(summary(step(state, [seen]).effects.map((e) => e.transition))).toEqual(['onCall.undelivered acknowledged high ack @5']);
});

test('a checkpoint of it goes on as it was, also in the middle of a trouble', () => {
  const { state } = run([trouble(0, 'unreachable staff:amy'), trouble(1, 'unreachable staff:ben')]);
  const again: PartitionState = emptyPartition();
  for (const [key, value] of state.keys) again.keys.set(key, readKeyState(JSON.stringify(value)));
  expect(again.keys).toEqual(state.keys);
  const rest = [trouble(2, '-unreachable staff:ben'), trouble(3, '-unreachable staff:amy')];
  expect(summary(step(again, rest).effects.map((e) => e.transition))).toEqual(['onCall.unreachable end medium off @3']);
  expect(again.keys.get('unit:icu')).toMatchObject({ troubles: {}, alarms: {} });
});

test('however many subjects are told of, a care unit keeps a bounded number', () => {
  const { state } = run(Array.from({ length: 300 }, (_, i) => trouble(i, `unreachable staff:s${i}`)));
  expect(state.keys.get('unit:icu')).toMatchObject({ troubles: { unreachable: { length: 256 } } });
});
