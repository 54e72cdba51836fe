import { FakeClock } from '@vigil/clock';
import { type BedId, bedKey, type DeviceId, type GatewayId, LogEvent, type LogEventOf } from '@vigil/contracts';
import { BedTable } from '../devices/bed-table.js';
import type { LogRecord } from '../log-record.js';
import { SILENT } from '../log.js';
import { GatewayMetrics } from '../metrics.js';
import { FaultBoard, REPEAT_MS, STANDING_MAX } from './fault-board.js';

type FaultEvent = LogEventOf<'deviceFault'> | LogEventOf<'gatewayFault'>;
const mon1 = 'mon-1' as DeviceId;

let stored: FaultEvent[];
let clock: FakeClock;
let beds: BedTable;
let metrics: GatewayMetrics;
let board: FaultBoard;
let outage: Error | undefined;

const parse = (record: LogRecord): FaultEvent => {
  expect(record.lane).toBe('events');
  const event = LogEvent.parse(JSON.parse(record.body.toString())) as FaultEvent;
  expect(event.key).toBe(record.key);
  return event;
};
const bed = (bedId: string): void =>
  beds.replace({ v: 1, gatewayId: 'gw-1' as GatewayId, devices: [{ deviceId: mon1, bedId: bedId as BedId }], rate: 1 } as never);
const store = (records: readonly LogRecord[], done: (outage?: Error) => void): void => {
  if (outage === undefined) stored.push(...records.map(parse));
  done(outage);
};
/** What goes out beside the ticks of the next second. */
const nextSecond = (): FaultEvent[] => {
  clock.advance(1_000);
  return board.takeEphemeral().map(parse);
};

beforeEach(() => {
  stored = [];
  outage = undefined;
  clock = new FakeClock();
  beds = new BedTable();
  bed('icu-1');
  metrics = new GatewayMetrics();
  const originOf = (id: string) => (id === 'mon-1' ? ('simulated' as const) : null);
  board = new FaultBoard({ gatewayId: 'gw-1' as GatewayId, beds, originOf, clock, metrics, log: SILENT });
  board.start(store);
});

test('a fault of a device is an event of its bed when it begins and when it ends, once each', () => {
  for (const active of [true, true, false, false]) board.device(mon1, 'flooding', active);
  expect(stored).toMatchObject([
    { kind: 'deviceFault', key: 'bed:icu-1', bedId: 'icu-1', deviceId: 'mon-1', fault: 'flooding', active: true },
    { kind: 'deviceFault', key: 'bed:icu-1', deviceId: 'mon-1', fault: 'flooding', active: false, origin: 'simulated' },
  ]);
  expect(new Set(stored.map((e) => e.id)).size).toBe(2);
});

test('what never began does not end', () => {
  board.device(mon1, 'flooding', false);
  board.gateway('diskLow', false);
  expect(stored).toEqual([]);
});

test('a device without a bed, and one that never spoke, has a fault all the same', () => {
  board.device('mon-2' as DeviceId, 'clockSuspect', true);
  expect(stored).toMatchObject([{ key: 'device:mon-2', bedId: null, origin: 'live' }]);
});

test('a fault of the gateway is said at once beside the ticks as well, because a full disk keeps nothing', () => {
  outage = new Error('full');
  board.gateway('spoolWithheld', true);
  expect(nextSecond()).toMatchObject([{ kind: 'gatewayFault', key: 'gateway:gw-1', fault: 'spoolWithheld', active: true }]);
  board.gateway('spoolWithheld', false);
  expect(nextSecond()).toMatchObject([{ fault: 'spoolWithheld', active: false }]);
});

test('what could not be stored is stored as soon as it can be', () => {
  outage = new Error('behind');
  board.device(mon1, 'wrongTopic', true);
  nextSecond();
  expect(stored).toEqual([]);
  outage = undefined;
  nextSecond();
  nextSecond();
  expect(stored).toMatchObject([{ fault: 'wrongTopic', active: true }]);
});

test('a standing fault is repeated each minute, one that is over is not', () => {
  board.device(mon1, 'unitChanged', true);
  board.device('mon-2' as DeviceId, 'unitChanged', true);
  board.device('mon-2' as DeviceId, 'unitChanged', false);
  const said = Array.from({ length: (2 * REPEAT_MS) / 1_000 }, nextSecond).flat();
  expect(said).toMatchObject([
    { deviceId: 'mon-1', active: true },
    { deviceId: 'mon-1', active: true },
  ]);
  expect(said[1]!.atMs - said[0]!.atMs).toBe(REPEAT_MS);
  expect(stored).toHaveLength(3);
});

test('a fault that flickers is said a few times a minute, stands meanwhile, and is over once it has not been seen for a minute', () => {
  for (let i = 0; i < 1_000; i++) {
    board.gateway('spoolWithheld', true);
    board.gateway('spoolWithheld', false);
    if (i % 100 === 0) nextSecond();
  }
  expect(stored.map((e) => e.active)).toEqual([true, false, true, false, true]);
  expect(board.standing()).toEqual(['spoolWithheld']);
  for (let second = 0; second < 59; second++) {
    board.gateway('spoolWithheld', false);
    nextSecond();
  }
  expect(board.standing()).toEqual(['spoolWithheld']);
  nextSecond();
  expect(board.standing()).toEqual([]);
  expect(stored.at(-1)!.active).toBe(false);
  board.gateway('spoolWithheld', true);
  board.gateway('spoolWithheld', false);
  expect(stored.slice(-2).map((e) => e.active)).toEqual([true, false]);
});

test('a device that is moved takes its fault along: it is over at the bed it left', () => {
  board.device(mon1, 'flooding', true);
  bed('icu-2');
  clock.advance(REPEAT_MS);
  nextSecond();
  board.device(mon1, 'flooding', false);
  expect(stored.map((e) => [e.key, e.active])).toEqual([
    ['bed:icu-1', true],
    ['bed:icu-1', false],
    [bedKey('icu-2' as BedId), true],
    ['bed:icu-2', false],
  ]);
});

test('what was said before the spool was open goes to it when it opens', () => {
  const early = new FaultBoard({
    ...{ gatewayId: 'gw-1' as GatewayId, beds, originOf: () => null, clock, metrics, log: SILENT },
  });
  early.gateway('spoolDamaged', true);
  expect(stored).toEqual([]);
  early.start(store);
  expect(stored).toMatchObject([{ fault: 'spoolDamaged', active: true }]);
  expect(early.standing()).toEqual(['spoolDamaged']);
});

test('the number of faults has a bound, and what is beyond it is counted', async () => {
  for (let i = 0; i < STANDING_MAX + 5; i++) board.device(`mon-${i}` as DeviceId, 'flooding', true);
  expect(stored).toHaveLength(STANDING_MAX);
  expect((await metrics.faultsDropped.get()).values[0]!.value).toBe(5);
  expect((await metrics.faultsStanding.get()).values).toMatchObject([{ labels: { fault: 'flooding' }, value: STANDING_MAX }]);
});
