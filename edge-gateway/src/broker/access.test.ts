import type { DeviceId } from '@vigil/contracts';
import { isOwnClientId, mayPublish } from './access.js';

const device = 'sim-icu-1' as DeviceId;
const publication = (topic: string, qos = 1, retain = false) => ({ topic, qos, retain });

test('a device may publish its own observations, alarms and status', () => {
  expect(mayPublish(device, publication('vigil/v1/sim-icu-1/observations'))).toBe('observations');
  expect(mayPublish(device, publication('vigil/v1/sim-icu-1/observations', 0))).toBe('observations');
  expect(mayPublish(device, publication('vigil/v1/sim-icu-1/alarms'))).toBe('alarms');
  expect(mayPublish(device, publication('vigil/v1/sim-icu-1/status', 1, true))).toBe('status');
});

const variants = [
  ...['sim-icu-2', 'sim-icu-10', 'sim-icu-', 'SIM-ICU-1', 'sim-icu-1 ', ' sim-icu-1', 'sim-icu-１', 'sіm-icu-1', 'sim–icu–1'],
  ...['sim-icu-1\u0000', 'sim-icu-1\u200b', '+', '#', '', '.', '..', '%73im-icu-1', 'sim-icu-1;', '*', '$SYS', 'sim-icu-1é'],
].map((id) => `vigil/v1/${id}/observations`);
const shapes = [
  'vigil/v1/sim-icu-1/Observations',
  'vigil/v1/sim-icu-1/observations/',
  '/vigil/v1/sim-icu-1/observations',
  'vigil/v1/sim-icu-1/observations/x',
  'vigil/v1/sim-icu-1',
  'vigil/v2/sim-icu-1/observations',
  'vigil//sim-icu-1/observations',
  'Vigil/v1/sim-icu-1/observations',
  '$share/g/vigil/v1/sim-icu-1/observations',
  '$SYS/broker/clients',
  '',
  '/',
];
test.each([...variants, ...shapes])('%j is not for it', (topic) => {
  expect(mayPublish(device, publication(topic))).toMatchObject({ fault: { reason: 'bad-topic' }, isForeign: true });
});

test('waves, retained observations and QoS 2 are refused, and are nobody else’s', () => {
  expect(mayPublish(device, publication('vigil/v1/sim-icu-1/waves'))).toMatchObject({ isForeign: false });
  expect(mayPublish(device, publication('vigil/v1/sim-icu-1/observations', 1, true))).toMatchObject({
    fault: { expected: 'not retained' },
  });
  expect(mayPublish(device, publication('vigil/v1/sim-icu-1/observations', 2))).toMatchObject({
    fault: { expected: 'QoS 0 or 1' },
    isForeign: false,
  });
});

test('a client id is the device id, or that and a suffix no other device id can begin with', () => {
  expect(['sim-icu-1', 'sim-icu-1:a', 'sim-icu-1/2', 'sim-icu-1_x'].map((id) => isOwnClientId(id, device))).toEqual(
    Array(4).fill(true),
  );
  expect(['sim-icu-10', 'sim-icu-1-b', 'sim-icu', '', 'x'].map((id) => isOwnClientId(id, device))).toEqual(Array(5).fill(false));
});
