import { DeviceMessage, LogEvent, type LogEventOf } from '@vigil/contracts';
import { generate, type IConnectPacket } from 'mqtt-packet';
import {
  BOOT,
  device,
  devices,
  gateway,
  type GatewayFixture,
  message,
  metric,
  raw,
  tokenOf,
  until,
} from '../test-support/gateway-fixture.js';

let at: GatewayFixture;
beforeEach(async () => {
  at = await gateway();
});
afterEach(() => at.stop(400));

const OBSERVATIONS = 'vigil/v1/mon-1/observations';
const CONNECT: IConnectPacket = {
  cmd: 'connect',
  clientId: 'mon-1',
  clean: true,
  keepalive: 60,
  protocolId: 'MQTT',
  protocolVersion: 4,
};
const rejects = (): LogEventOf<'reject'>[] => at.log.events<LogEvent>().flatMap((e) => (e.kind === 'reject' ? [e] : []));
const messages = (): DeviceMessage[] => at.log.events<LogEvent>().flatMap((e) => (e.kind === 'deviceMessage' ? [e] : []));
const closedBy = (client: { once(event: 'close', run: () => void): unknown }) =>
  new Promise<void>((resolve) => client.once('close', () => resolve()));

test('a published message reaches the log as a valid event under its bed', async () => {
  const client = await device(at, 'mon-1');
  await client.publishAsync(OBSERVATIONS, message(1, { origin: 'simulated' }), { qos: 1 });
  await until('the event', () => messages().length === 1);
  expect(DeviceMessage.parse(messages()[0])).toMatchObject({
    id: `mon-1/${BOOT}/1`,
    key: 'bed:icu-1',
    bedId: 'icu-1',
    deviceId: 'mon-1',
    gatewayId: 'gw-1',
    origin: 'simulated',
    readings: [{ metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' }],
  });
  await client.endAsync();
});

test('a device without a bed has a key of its own', async () => {
  const client = await device(at, 'mon-2');
  await client.publishAsync('vigil/v1/mon-2/observations', message(1), { qos: 1 });
  await until('the event', () => messages().length === 1);
  expect(messages()[0]).toMatchObject({ key: 'device:mon-2', bedId: null });
  await client.endAsync();
});

test('PUBACK comes only once the message is durable', async () => {
  const client = await device(at, 'mon-1');
  await client.publishAsync(OBSERVATIONS, message(1), { qos: 1 });
  let release = (): void => undefined;
  at.disk.holdSync = new Promise((resolve) => (release = resolve));
  let acknowledged = false;
  const published = client.publishAsync(OBSERVATIONS, message(2), { qos: 1 }).then(() => (acknowledged = true));
  const holding = at.disk.files.get(at.disk.segments()[0]!)!;
  await until('the write', () => holding.bytes.length > holding.synced.length);
  // A second device's ping goes through meanwhile, so the broker had its turn to send a PUBACK.
  const other = await device(at, 'mon-2');
  await other.endAsync();
  expect(acknowledged).toBe(false);
  release();
  at.disk.holdSync = null;
  await published;
  expect(holding.bytes.length).toBe(holding.synced.length);
  await client.endAsync();
});

test('a full disk withholds PUBACK, keeps everybody connected, and resumes by itself', async () => {
  const client = await device(at, 'mon-1');
  at.disk.failing = { write: Object.assign(new Error('full'), { code: 'ENOSPC' }) };
  let acknowledged = false;
  const published = client.publishAsync(OBSERVATIONS, message(1), { qos: 1 }).then(() => (acknowledged = true));
  await until('withholding', async () => (await metric(at, 'vigil_gateway_spool_withheld')) === 1);
  const ready = await fetch(`http://127.0.0.1:${at.httpPort}/health/ready`);
  const told = { status: 'not-ready', reasons: ['spool-withholds'], warnings: ['spoolWithheld'] };
  expect([ready.status, await ready.json()]).toEqual([503, told]);
  expect(acknowledged).toBe(false);
  at.disk.failing = {};
  await published;
  await until('the event', () => messages().length === 1);
  await client.endAsync();
});

test('QoS 0 is stored too', async () => {
  const client = await device(at, 'mon-1');
  await client.publishAsync(OBSERVATIONS, message(1), { qos: 0 });
  await until('the event', () => messages().length === 1);
  await client.endAsync();
});

test('the same message sent again is acknowledged and stored once', async () => {
  const client = await device(at, 'mon-1');
  for (let i = 0; i < 3; i++) await client.publishAsync(OBSERVATIONS, message(1), { qos: 1 });
  await client.publishAsync(OBSERVATIONS, message(2), { qos: 1 });
  await until('the events', () => messages().length === 2);
  expect(await metric(at, 'vigil_gateway_duplicates_total')).toBe(2);
  await client.endAsync();
});

test('bad content is kept as a dead letter and acknowledged, and nothing else is delayed', async () => {
  const client = await device(at, 'mon-1');
  const hr = { metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' };
  const spo2 = { metric: 'spo2', value: 97, unit: '%', quality: 'valid' };
  await client.publishAsync(OBSERVATIONS, '{"bootId":', { qos: 1 });
  await client.publishAsync(OBSERVATIONS, message(2, { observations: [{ ...hr, value: -50 }, spo2] }), { qos: 1 });
  await client.publishAsync(OBSERVATIONS, message(3), { qos: 1 });
  await until('the events', () => at.log.records.length >= 4);
  expect(rejects().map((r) => [r.reason, r.path, r.key])).toEqual([
    ['malformed-json', '', 'bed:icu-1'],
    ['implausible-value', 'observations.0.value', 'bed:icu-1'],
  ]);
  expect(Buffer.from(rejects()[0]!.headBase64, 'base64').toString()).toBe('{"bootId":');
  expect(messages().map((m) => m.seq)).toEqual([2, 3]);
  for (const event of at.log.events()) LogEvent.parse(event);
  expect(await metric(at, 'vigil_gateway_rejected_total', { reason: 'implausible-value' })).toBe(1);
  await client.endAsync();
});

test.each([
  ['another device’s topic', 'vigil/v1/mon-2/observations', 1, false, 'bad-topic'],
  ['a foreign topic', 'hospital/anything', 1, false, 'bad-topic'],
  ['waves', 'vigil/v1/mon-1/waves', 1, false, 'bad-topic'],
  ['a retained observation', OBSERVATIONS, 1, true, 'bad-topic'],
  ['QoS 2', OBSERVATIONS, 2, false, 'bad-topic'],
] as const)('%s: a dead letter, and the connection ends', async (_what, topic, qos, retain, reason) => {
  const client = await device(at, 'mon-1');
  const closed = closedBy(client);
  client.publish(topic, message(1), { qos, retain });
  await closed;
  await until('the dead letter', () => rejects().length === 1);
  expect(rejects()[0]).toMatchObject({ reason, deviceId: 'mon-1' });
  expect(messages()).toEqual([]);
  client.end(true);
});

test('a payload over 64 KiB ends the connection and leaves its first KiB and its length', async () => {
  const client = await device(at, 'mon-1');
  const closed = closedBy(client);
  client.publish(OBSERVATIONS, 'x'.repeat(70_000), { qos: 1 });
  await closed;
  await until('the dead letter', () => rejects().length === 1);
  expect(rejects()[0]).toMatchObject({ reason: 'too-large', bytes: 70_000 });
  expect(Buffer.from(rejects()[0]!.headBase64, 'base64').length).toBe(1_024);
  client.end(true);
});

test('a packet over 256 KiB is cut at its header and leaves its length', async () => {
  const client = await device(at, 'mon-1');
  const closed = closedBy(client);
  client.publish(OBSERVATIONS, 'x'.repeat(1_000_000), { qos: 1 });
  await closed;
  await until('the dead letter', () => rejects().length === 1);
  expect(rejects()[0]).toMatchObject({ reason: 'too-large', sha256: '', headBase64: '' });
  expect(rejects()[0]!.bytes).toBeGreaterThan(1_000_000);
  client.end(true);
});

test('nobody is anonymous: wrong token, unknown device, no user, another client id are refused and counted', async () => {
  const refused = { reconnectPeriod: 0 };
  await expect(device(at, 'mon-1', { ...refused, password: 'wrong' })).rejects.toThrow(/refused/);
  await expect(device(at, 'mon-9', refused)).rejects.toThrow(/refused/);
  await expect(device(at, 'mon-1', { ...refused, username: '', password: '' })).rejects.toThrow();
  await expect(device(at, 'mon-1', { ...refused, password: tokenOf('mon-2') })).rejects.toThrow();
  await expect(device(at, 'mon-1', { ...refused, clientId: 'mon-2' })).rejects.toThrow();
  await until('the dead letters', () => rejects().length >= 4);
  expect(rejects().map((r) => [r.reason, r.deviceId, r.key, r.expected])).toEqual([
    ['unknown-device', 'mon-1', 'gateway:gw-1', 'the token of this device'],
    ['unknown-device', 'mon-9', 'gateway:gw-1', 'a device that is enrolled'],
    ['unknown-device', null, 'gateway:gw-1', 'a device that is enrolled'],
    ['unknown-device', 'mon-1', 'gateway:gw-1', expect.stringContaining('the device id as MQTT client id')],
  ]);
  expect(await metric(at, 'vigil_gateway_connections_refused_total')).toBe(5);
});

test('an unknown device that knocks often leaves one dead letter a minute', async () => {
  for (let i = 0; i < 5; i++) await expect(device(at, 'mon-9')).rejects.toThrow();
  await until('a dead letter', () => rejects().length >= 1);
  expect(rejects()).toHaveLength(1);
  expect(await metric(at, 'vigil_gateway_rejected_total', { reason: 'unknown-device' })).toBe(5);
});

test('a client id with a suffix is the device’s own', async () => {
  const client = await device(at, 'mon-1', { clientId: 'mon-1:main' });
  await client.publishAsync(OBSERVATIONS, message(1), { qos: 1 });
  await client.endAsync();
});

test('subscriptions are denied, counted, and one dead letter a minute says so', async () => {
  const client = await device(at, 'mon-1');
  for (const topic of ['#', OBSERVATIONS, 'vigil/v1/+/observations', '$share/g/#', '$SYS/#']) {
    const granted = await client.subscribeAsync(topic, { qos: 1 }).catch(() => [{ qos: 128 }]);
    expect(granted.map((g) => g.qos)).toEqual([128]);
  }
  await until('the dead letter', () => rejects().length >= 1);
  expect(rejects().map((r) => [r.reason, r.deviceId, r.expected])).toEqual([['bad-topic', 'mon-1', 'no subscription']]);
  expect(await metric(at, 'vigil_gateway_rejected_total', { reason: 'bad-topic' })).toBe(5);
  await client.endAsync();
});

test('the retained status and a last will on it are taken; a will elsewhere is refused', async () => {
  const status = 'vigil/v1/mon-1/status';
  const client = await device(at, 'mon-1', {
    will: { topic: status, payload: Buffer.from('{"state":"offline"}'), qos: 1, retain: true },
  });
  await client.publishAsync(status, JSON.stringify({ state: 'online', bootId: BOOT }), { qos: 1, retain: true });
  client.stream.destroy();
  const { socket, closed } = await raw(at);
  const will = { topic: 'vigil/v1/mon-2/status', payload: Buffer.from('{}'), qos: 1, retain: true } as const;
  socket.write(generate({ ...CONNECT, username: 'mon-1', password: Buffer.from(tokenOf('mon-1')), will }));
  await closed;
  expect(await metric(at, 'vigil_gateway_connections_refused_total', { reason: 'bad-will' })).toBe(1);
  await until('the dead letter', () => rejects().length === 1);
  expect(rejects()).toMatchObject([{ deviceId: 'mon-1', reason: 'bad-topic', expected: expect.stringContaining('last will') }]);
});

test('a status that makes no sense is a dead letter', async () => {
  const client = await device(at, 'mon-1');
  await client.publishAsync('vigil/v1/mon-1/status', '{"state":"dancing"}', { qos: 1 });
  await until('the dead letter', () => rejects().length === 1);
  expect(rejects()[0]).toMatchObject({ reason: 'invalid-message', path: 'state' });
  await client.endAsync();
});

test('a device whose token is withdrawn loses its connection', async () => {
  const client = await device(at, 'mon-1');
  const closed = closedBy(client);
  at.registry.replace(devices('mon-2'));
  await closed;
  client.end(true);
  await expect(device(at, 'mon-1')).rejects.toThrow();
});

describe('raw sockets', () => {
  test('a CONNECT that announces 256 MiB is cut at its header', async () => {
    const { socket, closed } = await raw(at);
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await closed;
    expect(await metric(at, 'vigil_gateway_connections_refused_total', { reason: 'too-large' })).toBe(1);
  });

  test('a CONNECT of 65 KiB is cut, header bytes in pieces or not', async () => {
    const { socket, closed } = await raw(at);
    for (const byte of [0x10, 0x80, 0x88, 0x04]) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
  });

  test('a large packet right behind CONNECT, before the answer, is a stranger’s', async () => {
    const { socket, closed } = await raw(at);
    const connect = generate({ ...CONNECT, username: 'mon-9', password: Buffer.from('x') });
    socket.write(Buffer.concat([connect, Buffer.from([0x30, 0x80, 0x80, 0x08])]));
    await closed;
  });

  test('more messages behind CONNECT than anybody expects, before the answer, are all taken', async () => {
    const { socket, closed } = await raw(at);
    const count = 200;
    const publishes = Array.from({ length: count }, (_, i) =>
      generate({ cmd: 'publish', topic: OBSERVATIONS, payload: message(i), qos: 1, messageId: i + 1, dup: false, retain: false }),
    );
    let answered = 0;
    socket.on('data', (data: Buffer) => (answered += data.length));
    const connect = generate({ ...CONNECT, username: 'mon-1', password: Buffer.from(tokenOf('mon-1')) });
    socket.write(Buffer.concat([connect, ...publishes]));
    // CONNACK and PUBACK are four bytes each.
    await Promise.race([until('all answers', () => answered === 4 * (1 + count)), closed]);
    expect(answered).toBe(4 * (1 + count));
    socket.destroy();
  });

  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a publish before CONNECT', generate({ cmd: 'publish', topic: 't', payload: 'x', qos: 0, dup: false, retain: false })],
    ['a length of five bytes', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f])],
    ['packet type 0', Buffer.from([0x00, 0x00])],
    ['a CONNECT of nothing', Buffer.from([0x10, 0x00])],
    ['a CONNECT of rubbish', Buffer.from([0x10, 0x06, 0xff, 0xff, 1, 2, 3, 4])],
  ])('%s ends the connection and nothing else', async (_what, bytes) => {
    const { socket, closed } = await raw(at);
    socket.write(bytes);
    await closed;
    const client = await device(at, 'mon-1');
    await client.publishAsync(OBSERVATIONS, message(1), { qos: 1 });
    await client.endAsync();
  });

  test('thousands of damaged packets harm nobody', async () => {
    const good = generate({
      cmd: 'publish',
      topic: OBSERVATIONS,
      payload: message(1),
      qos: 1,
      messageId: 7,
      dup: false,
      retain: false,
    });
    let seed = 1;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    for (let i = 0; i < 300; i++) {
      const { socket, closed } = await raw(at);
      const bytes = Buffer.from(good);
      for (let k = 0; k < 4; k++) bytes[random(bytes.length)] = random(256);
      socket.end(bytes);
      await closed;
    }
    const client = await device(at, 'mon-1');
    await client.publishAsync(OBSERVATIONS, message(2), { qos: 1 });
    await client.endAsync();
  });
});
