import { FakeClock } from '@vigil/clock';
import { LogEvent, type MetricName } from '@vigil/contracts';
import type { Located } from '../ports/event-log.js';
import type { Shed } from './load-governor.js';
import { HISTORY_WAIT_MS, newestOnly, yielding } from './shedding-readers.js';

const base = { v: 1, origin: 'live', key: 'bed:b-1', bedId: 'b-1' };
function message(seq: number, deviceId: string, ...metrics: MetricName[]): LogEvent {
  return LogEvent.parse({
    ...base,
    ...{ id: `${deviceId}/${seq}`, atMs: seq, kind: 'deviceMessage', deviceId, gatewayId: 'gw', bootId: 'b', seq },
    ...{ deviceAtMs: seq, gatewayAtMs: seq },
    readings: metrics.map((metric) => ({ metric, value: 80, unit: metric === 'spo2' ? '%' : '/min', quality: 'valid' })),
  });
}
const lost = (id: string) => LogEvent.parse({ ...base, id, atMs: 1, kind: 'coverageLost', causeId: 'c' });
const tick = LogEvent.parse({ ...base, id: 't', atMs: 1, kind: 'tick', gatewayId: 'gw' });
const located = (events: readonly LogEvent[]): Located[] =>
  events.map((event, sequence) => ({ event, partition: 0, offset: `o${sequence}`, sequence, hubAtMs: 0 }));
const ids = (events: readonly LogEvent[]) => newestOnly(located(events)).map((l) => l.event.id);

test('of the numerics of a device the newest of each metric is shown, everything else whole and in its order', () => {
  const events = [
    message(1, 'a', 'heartRate', 'spo2'),
    lost('l1'),
    message(2, 'a', 'heartRate'),
    tick,
    message(3, 'b', 'spo2'),
    lost('l2'),
  ];
  expect(ids(events)).toEqual(['a/1', 'l1', 'a/2', 'b/3', 'l2']);
  expect(ids([message(1, 'a', 'heartRate'), message(2, 'a', 'heartRate', 'spo2'), message(3, 'a', 'spo2')])).toEqual([
    'a/2',
    'a/3',
  ]);
});

test('a reader that yields waits with each batch for a few seconds at most, and loses none', async () => {
  const clock = new FakeClock(0);
  let shed: Shed = 'history';
  const read: number[] = [];
  const reader = yielding(
    {
      open: () => Promise.resolve(),
      read: (_p, batch) => Promise.resolve(void (batch.length > 0 && read.push(clock.wallMs()))),
      close: () => Promise.resolve(),
    },
    { shed: () => shed, clock },
  );
  const first = reader.read(0, located([tick]), []);
  await clock.advance(HISTORY_WAIT_MS + 250);
  await first;
  expect(read).toEqual([HISTORY_WAIT_MS]);
  await reader.read(0, [], []);
  const second = reader.read(0, located([tick]), []);
  await clock.advance(500);
  shed = 'nothing';
  await clock.advance(250);
  await second;
  expect(read).toHaveLength(2);
  expect(clock.wallMs()).toBeLessThan(2 * HISTORY_WAIT_MS);
});
