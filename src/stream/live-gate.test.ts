import { FakeClock } from '@vigil/clock';
import { type BedId, LogEvent } from '@vigil/contracts';
import { AssignedSpans } from '../../test/support/assigned.js';
import { LiveVitals } from '../live/live-vitals.js';
import { AttributionIndex } from './attribution-index.js';
import { isOfBed, liveGate } from './live-gate.js';
import { liveReader } from './live-consumer.js';

const bed = (bedId: string): BedId => bedId as BedId;
const message = (deviceId: string, bedId: string, atMs: number, value: number, metric = 'heartRate'): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, id: `${deviceId}/b/${atMs}`, key: `bed:${bedId}`, origin: 'live', atMs, kind: 'deviceMessage', bedId },
    ...{ deviceId, gatewayId: 'gw-1', bootId: 'b', seq: atMs, deviceAtMs: atMs, gatewayAtMs: atMs },
    readings: [{ metric, value, unit: metric === 'spo2' ? '%' : '/min', quality: 'valid' }],
  });

async function screens(isThin = false) {
  const [clock, assigned, vitals] = [new FakeClock(1_000), new AssignedSpans(), new LiveVitals()];
  const index = new AttributionIndex(assigned, clock);
  index.onChange(() => vitals.keepOnly(isOfBed(index)));
  const reader = liveReader(vitals, clock, { gate: liveGate(index), isThin: () => isThin });
  const read = (...events: LogEvent[]): Promise<void> =>
    reader.read(
      0,
      events.map((event, n) => ({ event, partition: 0, offset: `${n}`, sequence: n, hubAtMs: 0 })),
      [],
    );
  const shown = (bedId: string): unknown[] => vitals.readingsOf(bed(bedId)).map(({ value }) => value);
  return { assigned, index, vitals, read, shown };
}

test('what was measured at another bed, at none, or by a device that nobody knows, is on no tile', async () => {
  const { assigned, index, read, shown } = await screens();
  assigned.set('mon-1', ['icu-1', 100, 200], ['icu-2', 300, null]);
  await read(message('mon-1', 'icu-1', 150, 61));
  await index.refresh();
  await read(message('mon-1', 'icu-2', 150, 62), message('mon-1', 'icu-1', 250, 63), message('mon-9', 'icu-1', 150, 64));
  expect([shown('icu-1'), shown('icu-2')]).toEqual([[], []]);
  await read(message('mon-1', 'icu-1', 150, 65), message('mon-1', 'icu-2', 300, 66));
  expect([shown('icu-1'), shown('icu-2')]).toEqual([[65], [66]]);
});

test('when a device is moved the tile of the bed it left loses what it no longer has, and its screens are told', async () => {
  const { assigned, index, vitals, read, shown } = await screens();
  assigned.set('mon-1', ['icu-1', 0, null]);
  assigned.set('cuff-1', ['icu-1', 0, null]);
  await index.refresh();
  await read(message('mon-1', 'icu-1', 500, 61), message('cuff-1', 'icu-1', 400, 97, 'spo2'));
  assigned.set('mon-1', ['icu-1', 0, 300], ['icu-2', 300, null]);
  await index.refresh();
  expect([shown('icu-1'), vitals.takeLost(), vitals.takeLost()]).toEqual([[97], ['icu-1'], []]);
  expect(
    vitals
      .takeChanged()
      .get(bed('icu-1'))
      ?.readings.map(({ value }) => value),
  ).toEqual([97]);
});

test('while screens are thinned out, what is for another bed takes the place of nothing', async () => {
  const { assigned, index, read, shown } = await screens(true);
  assigned.set('mon-1', ['icu-1', 0, 200]);
  await index.refresh();
  await read(message('mon-1', 'icu-1', 199, 61), message('mon-1', 'icu-1', 201, 62));
  expect(shown('icu-1')).toEqual([61]);
});
