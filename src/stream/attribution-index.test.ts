import { FakeClock } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import { AssignedSpans } from '../../test/support/assigned.js';
import { AttributionIndex } from './attribution-index.js';

const [mon1, pump1] = ['mon-1', 'pump-1'] as DeviceId[] as [DeviceId, DeviceId];

async function indexOf(assigned: AssignedSpans): Promise<AttributionIndex> {
  const index = new AttributionIndex(assigned, new FakeClock(1_000_000));
  await index.refresh();
  return index;
}

test('it is read anew when something has changed, and only then; whoever waits for changes hears of it', async () => {
  const assigned = new AssignedSpans();
  const index = await indexOf(assigned);
  let changes = 0;
  index.onChange(() => void (changes += 1));
  await index.refresh();
  assigned.set('mon-1', ['icu-1', 0, 10], ['icu-2', 10, null]);
  expect([index.spanAt(mon1, 5), changes]).toEqual([null, 0]);
  await Promise.all([index.refresh(), index.refresh()]);
  expect([9, 10].map((atMs) => index.spanAt(mon1, atMs)?.bedId)).toEqual(['icu-1', 'icu-2']);
  expect(changes).toBe(1);
});

test('a device that names its metrics brings these alone, and only while it stands there', async () => {
  const assigned = new AssignedSpans();
  assigned.set('mon-1', ['icu-1', 0, null]);
  assigned.set('pump-1', ['icu-1', 10, 20, ['spo2']]);
  const index = await indexOf(assigned);
  const brings = (deviceId: DeviceId, metric: 'spo2' | 'heartRate', atMs: number): boolean =>
    index.brings(metric, deviceId, index.spanAt(deviceId, atMs)!, atMs);
  expect([9, 10, 19, 20].map((atMs) => brings(mon1, 'spo2', atMs))).toEqual([true, false, false, true]);
  expect([brings(mon1, 'heartRate', 15), brings(pump1, 'spo2', 15), brings(pump1, 'heartRate', 15)]).toEqual([true, true, false]);
});
