import type { DeviceId, DeviceMessage } from '@vigil/contracts';
import { LooseReadings } from './loose-readings.js';

const message = (deviceId: string, atMs: number, value: number, metric = 'heartRate'): DeviceMessage =>
  ({ deviceId, atMs, readings: [{ metric, value, unit: '/min', quality: 'valid' }] }) as unknown as DeviceMessage;
const values = (loose: LooseReadings, deviceId: string) => loose.of(deviceId as DeviceId).map(({ value }) => value);

test('the newest of each metric by its own time stays, and no device has what another one said', () => {
  const loose = new LooseReadings();
  for (const each of [message('a', 20, 61), message('a', 10, 60), message('b', 30, 99), message('a', 5, 97, 'spo2')]) {
    loose.add(each);
  }
  expect([values(loose, 'a'), values(loose, 'b'), values(loose, 'c')]).toEqual([[61, 97], [99], []]);
});

test('of too many devices the one heard of longest ago goes', () => {
  const loose = new LooseReadings();
  for (let n = 0; n < 2_000; n++) loose.add(message(`d-${n}`, n, n));
  loose.add(message('d-0', 9_000, 1));
  loose.add(message('new', 9_001, 2));
  expect([values(loose, 'd-0'), values(loose, 'd-1'), values(loose, 'new')]).toEqual([[1], [], [2]]);
});
