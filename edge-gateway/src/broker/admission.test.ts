import type { DeviceId } from '@vigil/contracts';
import { DeviceRegistry } from '../devices/registry.js';
import { devices, tokenOf } from '../test-support/gateway-fixture.js';
import { admit } from './admission.js';
import type { Connect } from './connect-packet.js';

const registry = new DeviceRegistry(devices('mon-1', 'mon-2'));
const certified = { deviceId: 'mon-1' as DeviceId, fingerprint: 'ab'.repeat(32) };
const connect = (more: Partial<Connect> = {}): Connect => ({
  ...{ clientId: 'mon-1', username: null, password: null, keepAliveSeconds: 60, will: null },
  ...more,
});

test('a certificate needs no user name, and one that says the same is welcome', () => {
  expect(admit(connect(), certified, registry)).toEqual({ deviceId: 'mon-1' });
  expect(admit(connect({ username: 'mon-1', password: Buffer.from('anything') }), certified, registry)).toEqual({
    deviceId: 'mon-1',
  });
});

test('a certificate with the user name of another, even with the token of that, speaks for nobody', () => {
  const other = connect({ username: 'mon-2', password: Buffer.from(tokenOf('mon-2')), clientId: 'mon-2' });
  expect(admit(other, certified, registry)).toMatchObject({
    label: 'wrong-user',
    deviceId: 'mon-1',
    fault: { reason: 'wrong-certificate' },
    isForeign: true,
  });
});

test('without a certificate a token is needed', () => {
  expect(admit(connect(), null, registry)).toMatchObject({ label: 'unknown-device', isForeign: false });
  expect(admit(connect({ username: 'mon-1', password: Buffer.from(tokenOf('mon-1')) }), null, registry)).toEqual({
    deviceId: 'mon-1',
  });
});

test.each([
  ['mon-2', true],
  ['mon-2:x', true],
  ['mosq-abc', false],
  ['', false],
])('with client id %j a proven device is refused; it spoke for another: %s', (clientId, isForeign) => {
  expect(admit(connect({ clientId }), certified, registry)).toMatchObject({
    label: 'bad-client-id',
    deviceId: 'mon-1',
    isForeign,
  });
});

test.each([
  ['vigil/v1/mon-1/status', true, 1, null],
  ['vigil/v1/mon-1/status', false, 0, null],
  ['vigil/v1/mon-1/observations', false, 1, false],
  ['vigil/v1/mon-1/status', true, 2, false],
  ['vigil/v1/mon-2/status', true, 1, true],
])('a will on %s, retained %s, QoS %i: spoke for another %s', (topic, retain, qos, isForeign) => {
  const admitted = admit(connect({ will: { topic, retain, qos } }), certified, registry);
  if (isForeign === null) expect(admitted).toEqual({ deviceId: 'mon-1' });
  else expect(admitted).toMatchObject({ label: 'bad-will', deviceId: 'mon-1', isForeign });
});
