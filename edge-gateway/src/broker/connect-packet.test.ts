import fc from 'fast-check';
import { connectBytes, type ConnectFields } from '../test-support/mqtt-bytes.js';
import { parseConnect } from './connect-packet.js';

/** What is behind the fixed header, which here is always two bytes. */
const body = (fields: ConnectFields): Buffer => connectBytes(fields).subarray(2);
const good = { clientId: 'mon-1', username: 'mon-1', password: 'secret' };

test('a CONNECT says who it is, and what its will is', () => {
  const will = { topic: 'vigil/v1/mon-1/status', qos: 1, retain: true };
  expect(parseConnect(body({ ...good, will, keepAliveSeconds: 30 }))).toEqual({
    clientId: 'mon-1',
    username: 'mon-1',
    password: Buffer.from('secret'),
    keepAliveSeconds: 30,
    will,
  });
  expect(parseConnect(body({ clientId: 'mon-1' }))).toMatchObject({ username: null, password: null, will: null });
});

test.each<[string, Partial<ConnectFields>, string]>([
  ['the reserved flag', { flags: 1 }, 'reserved-flags'],
  ['a will QoS without a will', { flags: 0x08 }, 'reserved-flags'],
  ['a retained will without a will', { flags: 0x20 }, 'reserved-flags'],
  ['NUL in the client id', { clientId: 'mon-1\u0000' }, 'invalid-utf8'],
  ['a client id that is no UTF-8', { clientId: Buffer.from([0xff]) }, 'invalid-utf8'],
  ['a user name with a surrogate', { username: Buffer.from([0xed, 0xa0, 0x80]) }, 'invalid-utf8'],
  ['MQTT 5', { level: 5 }, 'mqtt-5'],
  ['MQTT 3.1', { protocol: 'MQIsdp', level: 3 }, 'protocol-version'],
  ['level 0', { level: 0 }, 'protocol-version'],
  ['HTTP', { protocol: 'HTTP' }, 'not-mqtt'],
  ['lower case', { protocol: 'mqtt' }, 'not-mqtt'],
])('%s is refused by name', (_what, change, fault) => {
  expect(parseConnect(body({ ...good, ...change }))).toBe(fault);
});

test('a password without a user, bytes at the end and every cut are refused', () => {
  expect(parseConnect(body({ clientId: 'mon-1', password: 'x' }))).toBe('reserved-flags');
  const whole = body(good);
  expect(parseConnect(Buffer.concat([whole, Buffer.from([0])]))).toBe('malformed-connect');
  for (let end = 0; end < whole.length; end++) expect(parseConnect(whole.subarray(0, end))).toBe('malformed-connect');
});

test('a byte order mark stays part of the name', () => {
  expect(parseConnect(body({ ...good, clientId: '\ufeffmon-1' }))).toMatchObject({ clientId: '\ufeffmon-1' });
});

test('no bytes whatever make it fail in another way', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const parsed = parseConnect(Buffer.concat([body(good).subarray(0, 6), Buffer.from(bytes)]));
      expect(typeof parsed === 'string' || typeof parsed.clientId === 'string').toBe(true);
    }),
  );
});
