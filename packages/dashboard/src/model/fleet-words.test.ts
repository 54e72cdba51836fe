import { DEVICE_FAULTS, FleetDevice, GATEWAY_FAULTS } from '@vigil/contracts';
import '../words/english-for-tests.js';
import { batteryText, byNeed, bytesText, faultText, heardText, lastHeardText, presenceText, skewText } from './fleet-words.js';

const device = (deviceId: string, more: object | null = {}, faults: object[] = []): FleetDevice =>
  FleetDevice.parse({
    ...{ deviceId, gatewayId: 'gw-1', inSite: true, bed: null, faults },
    state:
      more === null
        ? null
        : {
            ...{ atMs: 5, isCurrent: true, connected: true, lastSeenMs: 5, lastSeenAgeMs: 0, skewMs: null, clockSuspect: false },
            ...{ certificateNotAfterMs: null, said: {}, accepted: 0, rejected: 0, duplicates: 0 },
            ...more,
          },
  });

test('what needs somebody stands first', () => {
  const items = [
    device('a-well'),
    device('b-unheard', null),
    device('c-gone', { connected: false }),
    device('d-old', { isCurrent: false }),
    device('e-faulty', {}, [{ fault: 'flooding', atMs: 5 }]),
  ];
  expect(byNeed(items, (item) => item.deviceId).map((item) => item.deviceId)).toEqual([
    'e-faulty',
    'c-gone',
    'd-old',
    'b-unheard',
    'a-well',
  ]);
  expect(items.map((item) => presenceText(item).words)).toEqual([
    'connected',
    'never heard',
    'disconnected',
    'not known now',
    'connected',
  ]);
});

test('the last message has an age, or there was none', () => {
  expect(lastHeardText(device('a', { lastSeenAgeMs: 6_400 }))).toBe('last message 0:06 ago');
  expect(lastHeardText(device('a', { lastSeenMs: null, lastSeenAgeMs: null }))).toBe('no message yet');
  expect(lastHeardText(device('a', null))).toBe('');
});

test('what is not known is a dash, never a zero', () => {
  expect([batteryText({}), batteryText({ batteryPercent: 12 }), batteryText({ mains: true, batteryPercent: 79.6 })]).toEqual([
    '–',
    '12 %',
    '80 %, mains',
  ]);
  expect([null, 40, 2_400, -900_000].map(skewText)).toEqual(['–', 'right', '2.4 s behind', '15:00 ahead']);
  expect([12, 2_048, 340_000_000, 5 * 1024 ** 3].map(bytesText)).toEqual(['12 B', '2.0 kB', '324 MB', '5.0 GB']);
});

test.each([...DEVICE_FAULTS, ...GATEWAY_FAULTS])('the fault %s has words', (fault) => {
  expect(faultText(fault)).not.toBe(fault);
});

test.each([
  [true, 13_000, 'heard within the last minute'],
  [true, 61_000, 'last heard 1:01 ago'],
  [false, 13_000, 'last heard 0:13 ago'],
  [null, 13_000, 'last heard 0:13 ago'],
] as const)('a device that is there (%s) and was told of %i ms ago is not said to be silent', (online, ageMs, said) => {
  expect(heardText(online, ageMs)).toBe(said);
});
