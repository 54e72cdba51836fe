import type { LogEvent, LogEventOf } from '@vigil/contracts';
import { connectBytes, type ConnectFields, CONNECTED, publishBytes } from '../test-support/mqtt-bytes.js';
import {
  BOOT,
  device,
  gateway,
  type GatewayFixture,
  message,
  metric,
  raw,
  tokenOf,
  until,
} from '../test-support/gateway-fixture.js';
import { LIMITS } from './limits.js';

/**
 * A device, `mon-1`, with a valid login tries to speak for another (`mon-2`), for a patient, or to hear anything. None of
 * these is accepted, each is counted, and what a device with a proven identity did is kept and reported.
 */
let at: GatewayFixture;
beforeAll(async () => {
  at = await gateway({ limits: { ...LIMITS, violationsPerMinuteMax: 1_000, messagesBurst: 10_000 } });
});
afterAll(() => at.stop(400));
afterEach(() => {
  // Whatever was tried: of another device nothing is on the log, and nothing that came on a topic of another.
  expect(events('deviceMessage')).toEqual([]);
  at.log.records.length = 0;
});

const OWN = 'vigil/v1/mon-1/observations';
const login = { clientId: 'mon-1', username: 'mon-1', password: tokenOf('mon-1') };
function events<K extends LogEvent['kind']>(kind: K): LogEventOf<K>[] {
  return at.log.events<LogEvent>().flatMap((e) => (e.kind === kind ? [e as LogEventOf<K>] : []));
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const other = (id: string | Buffer, kind = 'observations'): Buffer =>
  Buffer.concat([Buffer.from('vigil/v1/'), Buffer.from(id as string), Buffer.from(`/${kind}`)]);

/** Topics of others and of nobody. */
const foreign: Record<string, string | Buffer> = {
  'another device': other('mon-2'),
  'its status': other('mon-2', 'status'),
  'its alarms': other('mon-2', 'alarms'),
  'its waves': other('mon-2', 'waves'),
  'one letter less': other('mon-'),
  'one letter more': other('mon-11'),
  'capital letters': other('MON-1'),
  'a blank behind': other('mon-2 '),
  'a blank before': other(' mon-2'),
  'a tab': other('mon-2\t'),
  'NUL behind': other('mon-1\u0000'),
  'NUL and another device': other('mon-1\u0000mon-2'),
  'a full-width digit': other('mon-２'),
  'a Cyrillic o': other('mоn-2'),
  'an en dash': other('mon–2'),
  'a zero-width space': other('mon-2\u200b'),
  'a combining accent': other('mon-2\u0301'),
  'a byte order mark': other('\ufeffmon-2'),
  'right-to-left': other('\u202emon-2'),
  'an overlong slash': other(bytes('6d 6f 6e c0 af 32')),
  'half a character': other(bytes('6d 6f 6e 2d 32 e2 82')),
  'a surrogate': other(bytes('6d 6f 6e ed a0 80')),
  'no UTF-8': other(bytes('ff fe')),
  'an escaped digit': other('mon-%32'),
  'two levels up': other('mon-1/../mon-2'),
  dots: other('..'),
  'no device': other(''),
  'a plus': other('+'),
  'a hash': 'vigil/v1/#',
  'a hash for all': '#',
  'a trailing slash': 'vigil/v1/mon-1/observations/',
  'a leading slash': '/vigil/v1/mon-1/observations',
  'double slashes': 'vigil//v1/mon-1/observations',
  'another level': 'vigil/v1/mon-1/observations/mon-2',
  'another version': 'vigil/v2/mon-1/observations',
  'capital kind': 'vigil/v1/mon-1/Observations',
  'capital root': 'VIGIL/v1/mon-1/observations',
  'a kind that is none': 'vigil/v1/mon-1/config',
  'a system topic': '$SYS/broker/clients',
  'a shared one': '$share/all/vigil/v1/mon-2/observations',
  'a queue': '$queue/vigil/v1/mon-2/observations',
  'a patient': 'patient/4711/observations',
  'a hundred levels': `vigil${'/v1'.repeat(150)}`,
  'nothing at all': '',
};

/** Own topics, used as they may not be. */
const misused: Record<string, [topic: string, first: number]> = {
  waves: ['vigil/v1/mon-1/waves', 0x32],
  'retained observations': [OWN, 0x33],
  'retained alarms': ['vigil/v1/mon-1/alarms', 0x33],
  'QoS 2': [OWN, 0x34],
};

/** Tries one packet behind a good login; answers what was counted for it. */
async function tries(packet: Buffer): Promise<number> {
  const counted = async (): Promise<number> =>
    (await metric(at, 'vigil_gateway_rejected_total')) + (await metric(at, 'vigil_gateway_connections_refused_total'));
  const before = await counted();
  const { socket, received, closed } = await raw(at);
  socket.write(connectBytes(login));
  await until('the login', () => Buffer.concat(received).equals(CONNECTED));
  socket.write(packet);
  await closed;
  expect(Buffer.concat(received)).toEqual(CONNECTED);
  return (await counted()) - before;
}

test.each(Object.keys(foreign))('publishing on %s: refused, cut, counted', async (name) => {
  const broken = ['a plus', 'a hash', 'a hash for all', 'a hundred levels', 'nothing at all'].includes(name);
  for (const first of [0x32, 0x30]) expect(await tries(publishBytes(foreign[name]!, message(1), first))).toBeGreaterThan(0);
  if (broken) return;
  // Well-formed enough to be judged: kept, with the device that did it, and reported.
  await until('the rejects', () => events('reject').length === 2);
  expect(events('reject')).toMatchObject([{ deviceId: 'mon-1', reason: 'bad-topic' }, { deviceId: 'mon-1' }]);
  expect(await metric(at, 'vigil_gateway_faults_standing', { fault: 'wrongTopic' })).toBe(1);
});

test.each(Object.keys(misused))('%s: refused, cut, kept', async (name) => {
  const [topic, first] = misused[name]!;
  expect(await tries(publishBytes(topic, message(1), first))).toBeGreaterThan(0);
  await until('the reject', () => events('reject').length === 1);
  expect(events('reject')).toMatchObject([{ deviceId: 'mon-1', reason: 'bad-topic' }]);
});

const token = (id: string): string => tokenOf(id);
const others: Record<string, ConnectFields> = {
  'another’s user name': { ...login, username: 'mon-2' },
  'another’s name and client id': { ...login, username: 'mon-2', clientId: 'mon-2' },
  'another’s client id': { ...login, clientId: 'mon-2' },
  'another’s client id with a suffix': { ...login, clientId: 'mon-2:mon-1' },
  'a client id that begins like its own': { ...login, clientId: 'mon-1x' },
  'a client id in capitals': { ...login, clientId: 'MON-1' },
  'no client id': { ...login, clientId: '' },
  'a client id with NUL': { ...login, clientId: 'mon-1\u0000' },
  'a client id that is no UTF-8': { ...login, clientId: bytes('6d 6f 6e 2d 31 ff') },
  'a client id of the broker': { ...login, clientId: '$SYS' },
  'a client id of objects': { ...login, clientId: '__proto__' },
  'a user name in capitals': { ...login, username: 'MON-1' },
  'a user name with a blank': { ...login, username: 'mon-1 ' },
  'a user name with NUL': { ...login, username: 'mon-1\u0000mon-2' },
  'a user name of objects': { ...login, username: 'constructor' },
  'a user name that asks SQL': { ...login, username: "mon-1' or '1'='1" },
  'an empty user name': { ...login, username: '' },
  'an empty token': { ...login, password: '' },
  'a token and one byte more': { ...login, password: `${token('mon-1')}0` },
  'the token of another': { ...login, password: token('mon-2') },
  'a password without user': { clientId: 'mon-1', password: token('mon-1') },
  nobody: { clientId: 'mon-1' },
  'a will for another': { ...login, will: { topic: 'vigil/v1/mon-2/status' } },
  'a will of observations': { ...login, will: { topic: OWN, retain: false } },
  'a will of alarms': { ...login, will: { topic: 'vigil/v1/mon-1/alarms', retain: false } },
  'a will for all': { ...login, will: { topic: 'vigil/v1/+/status' } },
  'a will without topic': { ...login, will: { topic: '' } },
  'a will of QoS 2': { ...login, will: { topic: 'vigil/v1/mon-1/status', qos: 2 } },
  'a will of QoS 3': { ...login, will: { topic: 'vigil/v1/mon-1/status', qos: 3 } },
  'the reserved flag': { ...login, flags: 1 },
  'MQTT 5': { ...login, level: 5, properties: Buffer.from([0]) },
  'MQTT 5 with a topic alias and a user property': { ...login, level: 5, properties: bytes('09 22 ff ff 26 00 01 61 00 01 62') },
  'MQTT 3.1': { ...login, protocol: 'MQIsdp', level: 3 },
  'a bridge': { ...login, level: 0x84 },
};

test.each(Object.keys(others))('connecting with %s: refused and counted', async (name) => {
  const before = await metric(at, 'vigil_gateway_connections_refused_total');
  const { socket, received, closed } = await raw(at);
  socket.write(connectBytes(others[name]!));
  socket.write(publishBytes(OWN, message(1)));
  await closed;
  const answer = Buffer.concat(received);
  expect(answer.length === 0 || (answer[0] === 0x20 && answer[3] !== 0)).toBe(true);
  expect(await metric(at, 'vigil_gateway_connections_refused_total')).toBe(before + 1);
});

const named: Record<string, object> = {
  'another device': { deviceId: 'mon-2' },
  'a patient': { patientId: 'p-1' },
  'a bed': { bedId: 'icu-2' },
  'a gateway': { gatewayId: 'gw-2' },
  'a key of the log': { key: 'bed:icu-2' },
  'an id of the log': { id: `mon-2/${BOOT}/1` },
  'a prototype': JSON.parse('{"__proto__":{"deviceId":"mon-2"}}') as object,
};
test.each(Object.keys(named))('a message that names %s: kept as bad, and not taken', async (name) => {
  const client = await device(at, 'mon-1');
  await client.publishAsync(OWN, message(1, named[name]), { qos: 1 });
  const bad = () => events('reject').filter((event) => event.reason === 'invalid-message');
  await until('the reject', () => bad().length === 1);
  expect(bad()[0]).toMatchObject({
    deviceId: 'mon-1',
    expected: expect.not.stringContaining('mon-2'),
  });
  await client.endAsync();
});

test('there are at least fifty of them', () => {
  const all = [foreign, misused, others, named].map((table) => Object.keys(table).length);
  expect(all.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(50);
});
