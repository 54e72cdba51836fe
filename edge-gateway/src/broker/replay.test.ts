import { gzipSync } from 'node:zlib';
import type { LogEvent } from '@vigil/contracts';
import type { FakeLog } from '../test-support/fake-log.js';
import { connectBytes, CONNECTED, publishBytes } from '../test-support/mqtt-bytes.js';
import type { Gateway } from '../gateway.js';
import { testKeys } from '../test-support/spool-fixture.js';
import { gateway, message, metric, raw, tokenOf, until } from '../test-support/gateway-fixture.js';

/** What somebody recorded on the wire: a whole session of `mon-1`, its login included. */
const recorded = Buffer.concat([
  connectBytes({ clientId: 'mon-1', username: 'mon-1', password: tokenOf('mon-1') }),
  ...Array.from({ length: 20 }, (_, seq) => publishBytes('vigil/v1/mon-1/observations', message(seq))),
]);
const ALL_ANSWERS = CONNECTED.length + 20 * 4;

async function play(at: Gateway): Promise<void> {
  const { socket, received, closed } = await raw(at);
  socket.write(recorded);
  await until('every PUBACK', () => Buffer.concat(received).length === ALL_ANSWERS);
  socket.end();
  await closed;
}

const messageIds = (log: FakeLog): string[] => log.events<LogEvent>().flatMap((e) => (e.kind === 'deviceMessage' ? [e.id] : []));

test('a recorded session that is played again is acknowledged and stored once', async () => {
  const at = await gateway();
  for (let i = 0; i < 3; i++) await play(at);
  await until('the log', () => messageIds(at.log).length >= 20);
  expect(await metric(at, 'vigil_gateway_messages_accepted_total')).toBe(20);
  expect(await metric(at, 'vigil_gateway_duplicates_total')).toBe(40);
  await at.stop(400);
  expect(new Set(messageIds(at.log)).size).toBe(messageIds(at.log).length);
});

test('after a restart of the gateway a replay makes no event that was not there before', async () => {
  const keys = await testKeys();
  const first = await gateway({ keys });
  await play(first);
  await until('the log', () => messageIds(first.log).length === 20);
  await first.stop(400);
  const second = await gateway({ keys, disk: first.disk });
  await play(second);
  await second.stop(400);
  expect(new Set([...messageIds(first.log), ...messageIds(second.log)]).size).toBe(20);
});

test('a compressed payload is refused unopened, however much is in it', async () => {
  const at = await gateway();
  const { socket, received } = await raw(at);
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
  const before = process.memoryUsage().rss;
  socket.write(connectBytes({ clientId: 'mon-1', username: 'mon-1', password: tokenOf('mon-1') }));
  socket.write(publishBytes('vigil/v1/mon-1/observations', bomb));
  await until('PUBACK', () => Buffer.concat(received).length === CONNECTED.length + 4);
  expect(await metric(at, 'vigil_gateway_rejected_total', { reason: 'malformed-json' })).toBe(1);
  expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024);
  socket.destroy();
  await at.stop(400);
});
