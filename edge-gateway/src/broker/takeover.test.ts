import { FakeClock } from '@vigil/clock';
import type { LogEvent } from '@vigil/contracts';
import { connectBytes, CONNECTED, PING, publishBytes } from '../test-support/mqtt-bytes.js';
import {
  gateway,
  type GatewayFixture,
  message,
  metric,
  raw,
  type RawSocket,
  tokenOf,
  until,
} from '../test-support/gateway-fixture.js';
import { CONNACK } from './connection.js';
import { LIMITS } from './limits.js';

/** Real sockets, with a clock that the test turns. */
let clock: FakeClock;
let at: GatewayFixture;
const BURST = 1_000;
const lines: { level: string; fields: Record<string, unknown>; msg: string }[] = [];
beforeEach(async () => {
  clock = new FakeClock();
  lines.length = 0;
  const to = (level: string) => (fields: object, msg: string) => void lines.push({ level, fields: { ...fields }, msg });
  at = await gateway({
    clock,
    log: { info: to('info'), warn: to('warn'), error: to('error') },
    limits: { messagesBurst: BURST },
  });
});
afterEach(async () => {
  const stopping = at.stop(400);
  const turning = setInterval(() => void clock.advance(100), 5);
  await stopping;
  clearInterval(turning);
});

interface Place extends RawSocket {
  readonly address: string;
  answer(): Buffer;
}

/** Somebody with the identity of `mon-1` connects; the answer is not waited for. */
async function comes(
  more: { clientId?: string; keepAliveSeconds?: number; will?: { topic: string; payload: string } } = {},
): Promise<Place> {
  const place = await raw(at);
  const address = `127.0.0.1:${place.socket.localPort}`;
  place.socket.write(connectBytes({ clientId: 'mon-1', username: 'mon-1', password: tokenOf('mon-1'), ...more }));
  // Its CONNECT has been read once somebody else, who knocks behind it, was turned away.
  const knock = await raw(at);
  knock.socket.write(connectBytes({ clientId: 'x', username: 'x', password: 'x' }));
  await knock.closed;
  return { ...place, address, answer: () => Buffer.concat(place.received) };
}
/** The moment passes that a holder who spoke has to be there still. */
async function closedIn(place: Place): Promise<void> {
  let isClosed = false;
  void place.closed.then(() => (isClosed = true));
  await until('the end', async () => {
    await clock.advance(20);
    return isClosed;
  });
}
const isIn = (place: Place) => until('CONNACK', () => place.answer().equals(CONNECTED));
const seconds = (count: number): Promise<void> => clock.advance(count * 1_000);
const contests = (result: string) => metric(at, 'vigil_gateway_session_contests_total', { result });
const conflict = () => metric(at, 'vigil_gateway_faults_standing', { fault: 'sessionConflict' });

test('a device whose old connection hangs is in within three seconds, whatever suffix its client id has', async () => {
  const old = await comes();
  await isIn(old);
  // As behind a lost network, nobody ends it at the other end.
  old.socket.allowHalfOpen = true;
  const again = await comes({ clientId: 'mon-1:b' });
  expect(again.answer()).toHaveLength(0);
  await seconds(LIMITS.proofMs / 1_000);
  await isIn(again);
  expect(await contests('taken-over')).toBe(1);
  expect(await conflict()).toBe(0);
  again.socket.write(publishBytes('vigil/v1/mon-1/observations', message(1)));
  await until('PUBACK', () => again.answer().equals(Buffer.concat([CONNECTED, Buffer.from([0x40, 2, 0, 7])])));
});

test('a device whose old connection was reset is in at once', async () => {
  const old = await comes();
  await isIn(old);
  const again = await comes();
  old.socket.resetAndDestroy();
  await isIn(again);
  expect(await contests('gone')).toBe(1);
});

test('a holder that pings stays; the newcomer is refused, the fault stands, and both addresses are in one line', async () => {
  const holder = await comes();
  await isIn(holder);
  const clone = await comes();
  holder.socket.write(PING);
  await closedIn(clone);
  expect(clone.answer()).toEqual(CONNACK.unavailable);
  await until('PINGRESP', () => holder.answer().equals(Buffer.concat([CONNECTED, Buffer.from([0xd0, 0])])));
  expect(await conflict()).toBe(1);
  const said = lines.filter((line) => 'newcomer' in line.fields);
  expect(said).toMatchObject([{ level: 'warn', fields: { deviceId: 'mon-1' } }]);
  expect([said[0]!.fields['holder'], said[0]!.fields['newcomer']]).toEqual([holder.address, clone.address]);
  await until('the event', async () => {
    await clock.advance(50);
    return at.log.events<LogEvent>().some((e) => e.kind === 'deviceFault' && e.fault === 'sessionConflict');
  });
});

test('a clone that hammers gets one line a minute and never the session', async () => {
  const holder = await comes();
  await isIn(holder);
  for (let i = 0; i < 10; i++) {
    const clone = await comes();
    holder.socket.write(PING);
    await closedIn(clone);
  }
  expect(lines.filter((line) => 'newcomer' in line.fields)).toHaveLength(1);
  expect(await contests('session-in-use')).toBe(10);
  expect(holder.socket.destroyed).toBe(false);
});

test('of two silent places that live, both addresses are said with the first takeover', async () => {
  const holder = await comes();
  await isIn(holder);
  const clone = await comes();
  await seconds(LIMITS.proofMs / 1_000);
  await Promise.all([isIn(clone), holder.closed]);
  await until('the conflict', async () => (await conflict()) === 1);
  const said = lines.filter((line) => line.level === 'warn' && 'newcomer' in line.fields);
  expect(said).toMatchObject([{ fields: { deviceId: 'mon-1', holder: holder.address, newcomer: clone.address } }]);
});

test('two silent places do not play ping-pong: after three takeovers the session stays where it is', async () => {
  const places = [await comes()];
  for (let turn = 0; turn < 4; turn++) {
    places.push(await comes());
    await seconds(LIMITS.proofMs / 1_000);
    if (turn < 3) await isIn(places.at(-1)!);
  }
  await places[4]!.closed;
  expect(places[4]!.answer()).toEqual(CONNACK.unavailable);
  expect(places[3]!.socket.destroyed).toBe(false);
  expect([await contests('taken-over'), await contests('session-blocked'), await conflict()]).toEqual([3, 1, 1]);
});

test('the conflict is over two minutes after its last sign', async () => {
  const holder = await comes({ keepAliveSeconds: 0 });
  await isIn(holder);
  const clone = await comes();
  holder.socket.write(PING);
  await closedIn(clone);
  await seconds(119);
  expect(await conflict()).toBe(1);
  await seconds(2);
  expect(await conflict()).toBe(0);
});

test('the will of a session that was taken over is not published, that of one that broke is', async () => {
  const status = 'vigil/v1/mon-1/status';
  const refused = () => metric(at, 'vigil_gateway_rejected_total', { reason: 'malformed-json' });
  const will = { topic: status, payload: 'not JSON, so that it is seen' };
  const old = await comes({ will });
  await isIn(old);
  const again = await comes({ will });
  await seconds(LIMITS.proofMs / 1_000);
  await Promise.all([isIn(again), old.closed]);
  expect(await refused()).toBe(0);
  again.socket.destroy();
  await until('the will', async () => (await refused()) === 1);
});

describe('keep-alive', () => {
  test('a device that is silent for one and a half times as long as it promised is cut', async () => {
    const place = await comes({ keepAliveSeconds: 10 });
    await isIn(place);
    await seconds(15);
    expect(place.socket.destroyed).toBe(false);
    await seconds(2);
    await place.closed;
    expect(await metric(at, 'vigil_gateway_connections_refused_total', { reason: 'keep-alive' })).toBe(1);
  });

  test('one that pings is not', async () => {
    const place = await comes({ keepAliveSeconds: 10 });
    await isIn(place);
    for (let i = 1; i <= 5; i++) {
      await seconds(10);
      place.socket.write(PING);
      await until('PINGRESP', () => place.answer().length === CONNECTED.length + 2 * i);
    }
    expect(place.socket.destroyed).toBe(false);
  });

  test('half a packet is no sign of life', async () => {
    const place = await comes({ keepAliveSeconds: 10 });
    await isIn(place);
    const packet = publishBytes('vigil/v1/mon-1/observations', message(1));
    let isClosed = false;
    void place.closed.then(() => (isClosed = true));
    for (let i = 0; i < 40 && !isClosed; i++) {
      place.socket.write(packet.subarray(i, i + 1));
      await new Promise((resolve) => setImmediate(resolve));
      await seconds(1);
    }
    await place.closed;
    expect(await metric(at, 'vigil_gateway_messages_accepted_total')).toBe(0);
  });
});

test('a stranger that sends its CONNECT byte by byte is out after five seconds', async () => {
  const slow = await raw(at);
  const bytes = connectBytes({ clientId: 'mon-1', username: 'mon-1', password: tokenOf('mon-1') });
  slow.socket.write(bytes.subarray(0, 20));
  await comes();
  await seconds(4);
  expect(slow.socket.destroyed).toBe(false);
  await seconds(2);
  await slow.closed;
  expect(await metric(at, 'vigil_gateway_connections_refused_total', { reason: 'connect-timeout' })).toBe(1);
});

test('a device that sends more than it may is slowed down, and after half a minute of that reported; nothing of it is lost', async () => {
  const place = await comes({ keepAliveSeconds: 0 });
  await isIn(place);
  const count = BURST + 33 * LIMITS.messagesPerSecond;
  const topic = 'vigil/v1/mon-1/observations';
  // The same message again and again: each is answered, and only the first is stored.
  place.socket.write(Buffer.concat(Array.from({ length: count }, () => publishBytes(topic, message(1)))));
  const answers = (): number => (place.answer().length - CONNECTED.length) / 4;
  const flooding = () => metric(at, 'vigil_gateway_faults_standing', { fault: 'flooding' });
  await until('the burst', () => answers() >= BURST - 1);
  expect(answers()).toBeLessThan(BURST + LIMITS.messagesPerSecond);
  for (let second = 0; second < LIMITS.floodSeconds + 1; second++) {
    expect(await flooding()).toBe(0);
    // Timers of single messages fall due one after the other, as they would in a second.
    for (let i = 0; i < 20; i++) {
      await clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if ((await flooding()) === 1) break;
  }
  expect(await flooding()).toBe(1);
  await until('every answer', async () => {
    await clock.advance(50);
    return answers() === count;
  });
}, 20_000);
