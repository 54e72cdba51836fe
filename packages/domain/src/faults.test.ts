import { LogEvent } from '@vigil/contracts';
import { handoverOf } from './handover.js';
import { contentHash } from './hash.js';
import { emptyPartition } from './state.js';
import { step } from './step.js';
import { activation, bedLog, message, run, summary, testRules, tick } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const envelope = (id: string, atS: number, key: string) => ({ v: 1, id, key, origin: 'live', atMs: EPOCH_MS + atS * 1_000 });

const deviceFault = (fault: string, atS: number, active = true, more: { deviceId?: string; key?: string } = {}): LogEvent =>
  LogEvent.parse({
    ...envelope(`fault/${atS}`, atS, more.key ?? 'bed:icu-1'),
    kind: 'deviceFault',
    bedId: more.key === undefined ? 'icu-1' : null,
    deviceId: more.deviceId ?? 'mon-1',
    gatewayId: 'gw-1',
    fault,
    active,
  });
const gatewayFault = (fault: string, atS: number, active = true): LogEvent =>
  LogEvent.parse({ ...envelope(`fault/${atS}`, atS, 'gateway:gw-1'), kind: 'gatewayFault', gatewayId: 'gw-1', fault, active });
const status = (atS: number): LogEvent =>
  LogEvent.parse({
    ...envelope(`status/${atS}`, atS, 'gateway:gw-1'),
    kind: 'gatewayStatus',
    gatewayId: 'gw-1',
    bedIds: ['icu-1'],
    pending: 0,
    oldestPendingMs: 0,
    accepted: 0,
    rejected: 0,
  });
const seconds = (from: number, to: number, make: (s: number) => LogEvent): LogEvent[] =>
  Array.from({ length: to - from }, (_, i) => make(from + i));
const alive = (s: number): LogEvent => message(s, { heartRate: 80 });

const told = (events: readonly LogEvent[]) => summary(run([...bedLog(), ...events], { check: true }).transitions);

test('a fault of a device is an alarm of its bed until the gateway says that it is over', () => {
  expect(told([deviceFault('sessionConflict', 1), deviceFault('sessionConflict', 5, false)])).toEqual([
    'sessionConflict onset high on @1',
    'sessionConflict end high off @5',
  ]);
});

test('a fault that is repeated each minute is one alarm', () => {
  expect(told(seconds(1, 400, (s) => (s % 60 === 1 ? deviceFault('unitChanged', s) : alive(s))))).toEqual([
    'unitChanged onset medium on @1',
  ]);
  expect(told(seconds(1, 400, (s) => (s % 60 === 1 ? gatewayFault('diskLow', s) : status(s))))).toEqual([
    'diskLow onset medium on @1',
  ]);
});

test('what a gateway has forgotten ends, with messages and with ticks alone', () => {
  const ends = ['flooding onset low on @1', 'flooding end low off @182'];
  expect(told([deviceFault('flooding', 1), ...seconds(1, 190, alive)])).toEqual(ends);
  const ticks = told([deviceFault('flooding', 1), ...seconds(1, 190, tick)]).filter((line) => line.startsWith('flooding'));
  expect(ticks).toEqual(ends);
  expect(told([status(0), gatewayFault('spoolWithheld', 1), ...seconds(2, 190, status)])).toEqual([
    'spoolWithheld onset high on @1',
    'spoolWithheld end high off @182',
  ]);
});

test('a fault outlives an outage in which nobody could hear it repeated', () => {
  const before = seconds(1, 20, status);
  const after = seconds(4_000, 4_060, status);
  expect(told([gatewayFault('spoolDamaged', 1), ...before, ...after, gatewayFault('spoolDamaged', 4_060)])).toEqual([
    'spoolDamaged onset medium on @1',
  ]);
});

test('a fault from a backlog pages nobody, and its end from there ends what stands', () => {
  expect(told([...seconds(990, 1_000, status), gatewayFault('diskLow', 10), gatewayFault('diskLow', 20, false)])).toEqual([]);
  expect(told([...seconds(990, 1_000, alive), deviceFault('flooding', 10)])).toEqual([]);
});

test('a clock that is wrong is one alarm, whoever says so', () => {
  const wrong = (s: number): LogEvent => ({ ...alive(s), clockSuspect: true }) as LogEvent;
  expect(told([wrong(1), deviceFault('clockSuspect', 2), wrong(3), alive(4), deviceFault('clockSuspect', 5, false)])).toEqual([
    'clockSuspect onset low on @1',
    'clockSuspect end low off @5',
  ]);
  expect(told([deviceFault('clockSuspect', 2), deviceFault('clockSuspect', 5, false), wrong(6), alive(7)])).toEqual([
    'clockSuspect onset low on @2',
    'clockSuspect end low off @5',
    'clockSuspect onset low on @6',
    'clockSuspect end low off @7',
  ]);
});

test('a fault of one device holds when another one is well', () => {
  const events = [deviceFault('wrongTopic', 1), deviceFault('wrongTopic', 2, true, { deviceId: 'mon-2' })];
  expect(told([...events, deviceFault('wrongTopic', 3, false)])).toEqual(['wrongTopic onset medium on @1']);
});

test('a fault of a device without a bed is an alarm of its gateway', () => {
  const { transitions } = run([activation(), deviceFault('wrongTopic', 1, true, { key: 'gateway:gw-1' })]);
  expect(transitions.map((t) => [t.conditionCode, t.gatewayId, t.bedId])).toEqual([['wrongTopic', 'gw-1', null]]);
});

test('an alarm that was taken over without anybody who has the fault ends too, and one that is shown does not', () => {
  const { state } = run([...bedLog(), deviceFault('flooding', 1), ...seconds(1, 5, tick)]);
  const bed = state.keys.get('bed:icu-1');
  if (bed?.kind !== 'bed') throw new Error('no bed');
  delete bed.reportedFaults;
  const { effects } = step(state, seconds(6, 190, tick));
  const ended = summary(effects.map((effect) => effect.transition)).filter((line) => line.startsWith('flooding'));
  expect(ended).toEqual(['flooding end low off @182']);
  const wrong = (s: number): LogEvent => ({ ...alive(s), clockSuspect: true }) as LogEvent;
  expect(told(seconds(1, 400, wrong))).toEqual(['clockSuspect onset low on @1']);
});

test('a device that is taken away takes its faults along: no time passes at a bed without a device', () => {
  const gone = LogEvent.parse({
    ...{ ...envelope('gone', 9, 'bed:icu-1'), kind: 'deviceAssigned', deviceId: 'mon-1', bedId: 'icu-1' },
    ...{ fromMs: 0, toMs: EPOCH_MS + 9_000, intervalsMs: {} },
  });
  const wrong = { ...message(5, { heartRate: 80 }), clockSuspect: true } as LogEvent;
  expect(told([deviceFault('unitChanged', 1), wrong, gone]).slice(2)).toEqual([
    'clockSuspect end low off @9',
    'unitChanged end medium off @9',
  ]);
});

test('a fault that stands outlives an outage as one alarm, also where a gateway hands over what it has judged', () => {
  const before = [...bedLog(), alive(1), deviceFault('unitChanged', 2)];
  const gateway = step(emptyPartition(), structuredClone([...before, ...seconds(3, 400, alive)])).state.keys.get('bed:icu-1');
  if (gateway?.kind !== 'bed') throw new Error('no bed');
  const ended = LogEvent.parse({
    ...{ ...envelope('ended', 400, 'bed:icu-1'), kind: 'localWatchEnded', bedId: 'icu-1', gatewayId: 'gw-1', outageId: 'o1' },
    ...{
      fromMs: EPOCH_MS,
      toMs: EPOCH_MS + 400_000,
      ruleSetHash: contentHash(testRules),
      standing: [],
      handover: handoverOf(gateway),
    },
  });
  const events = [...before, ended, tick(401), tick(402)];
  expect(summary(run(events).transitions)).toEqual(['unitChanged onset medium on @2']);
});

test('a gateway whose clock was years ahead is heard again once it is right: what it says then is no old news, and what it said then ends', () => {
  const aheadS = 5 * 365 * 86_400;
  const wrong = [status(aheadS), gatewayFault('diskLow', aheadS + 1), status(aheadS + 2)];
  expect(told([...wrong, ...seconds(10, 14, status), gatewayFault('spoolWithheld', 14), ...seconds(15, 200, status)])).toEqual([
    `diskLow onset medium on @${aheadS + 1}`,
    'spoolWithheld onset high on @14',
    'diskLow end medium off @193',
    'spoolWithheld end high off @195',
  ]);
  expect(
    told([...wrong, status(10), status(aheadS + 3), status(11), status(12), gatewayFault('spoolWithheld', 14)]),
  ).toHaveLength(1);
});
