/** What only our own hub can be made to do, seen by the unmodified client. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { EARLIEST, kindsOf, noRetries, producerFor, read, retryOptions, start, until } from './event-hub-clients.js';

test('bytes that are no AMQP end their connection and nobody else', async () => {
  const hub = await start();
  const producer = producerFor(hub.connectionString('gateway'));
  await producer.sendBatch([{ body: 1 }]);
  const header = Buffer.from('AMQP\x00\x01\x00\x00', 'latin1');
  const attacks = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.concat([header, Buffer.from([0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0])]),
    Buffer.concat([header, Buffer.from([0, 0, 0, 0, 0, 0, 0, 0])]),
    Buffer.concat([header, Buffer.from([0, 0, 0, 16, 2, 0, 0, 0, 0, 0x53, 0x14, 0xd0, 0xff, 0xff, 0xff, 0xff])]),
    Buffer.concat([header, Buffer.from([0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x12, 0x45])]),
  ];
  for (const bytes of attacks) {
    const socket = connect(hub.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume().write(bytes);
    await once(socket, 'close');
  }
  await producer.sendBatch([{ body: 2 }]);
});

test('a consumer that is behind reads from disk what memory no longer holds', async () => {
  const hub = await start({ tailCacheBytes: 20_000, segmentBytes: 200_000 });
  const connection = hub.connectionString('platform');
  const producer = producerFor(connection);
  for (let i = 0; i < 60; i++) {
    await producer.sendBatch(
      Array.from({ length: 50 }, (_, n) => ({ body: { n: i * 50 + n, pad: 'x'.repeat(200) } })),
      { partitionId: '3' },
    );
  }
  const reader = read(connection, { partition: '3', startPosition: EARLIEST });
  await until('all of it', () => reader.events.length === 3000);
  expect(reader.events.every((e, i) => e.sequenceNumber === i && e.body.n === i)).toBe(true);
});

test('a send that finds the disk behind is refused as busy, and comes through when the client tries again', async () => {
  // A publication may be a megabyte, so that one which waits leaves no room for a second.
  const hub = await start({ pendingBytesMax: 1_100_000 });
  const connection = hub.connectionString('platform');
  const large = (): { body: Buffer }[] => [{ body: Buffer.alloc(900_000) }];
  const once = producerFor(connection, 'vigil', noRetries);
  // A slow disk lets one through at a time. Who stops waiting for an answer sends again what may be stored, so the waits are long.
  const again = producerFor(connection, 'vigil', { ...retryOptions, maxRetries: 200, timeoutInMs: 60_000 });
  for (const producer of [once, again]) await producer.sendBatch([{ body: 1 }], { partitionId: '0' });
  const refused = await Promise.allSettled(Array.from({ length: 12 }, () => once.sendBatch(large(), { partitionId: '0' })));
  const kinds = refused.flatMap((each) => (each.status === 'rejected' ? kindsOf(each.reason as Error) : []));
  expect(new Set(kinds)).toEqual(new Set(['ServerBusyError']));
  await Promise.all(Array.from({ length: 12 }, () => again.sendBatch(large(), { partitionId: '0' })));
  const { lastEnqueuedSequenceNumber } = await once.getPartitionProperties('0');
  // Each send that was accepted is there once, and each that was refused is not.
  expect(lastEnqueuedSequenceNumber + 1).toBe(2 + 12 + (12 - kinds.length));
});
