/** Who is let in, and what the others are told: the class of error that the client documents. */
import { EventHubProducerClient } from '@azure/event-hubs';
import { closing, flatten, kindsOf, LATEST, noRetries, onlyFirstAttempt, producerFor, read, until } from './event-hub-clients.js';
import { inspector, localOnly, Marked, readFrom, type Suite } from './event-hub-namespace.js';
import { signedConnection } from './event-hub-sas.js';

const HOUR_MS = 3_600_000;

const wrongKey = (connection: string): string => connection.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmcga2V5');
const unknownKey = (connection: string): string => connection.replace(/SharedAccessKeyName=[^;]+/, 'SharedAccessKeyName=nobody');

export function accessContract(suite: Suite): void {
  /** What came of it. Without an answer of the hub it would be the end of the client’s own wait. */
  const refusal = (asking: () => Promise<unknown>): Promise<string[]> => asking().then(() => ['answered'], kindsOf);
  const producerOf = (connection: string, hub = suite.namespace().hub, retry: object = noRetries): EventHubProducerClient =>
    producerFor(connection, hub, retry);

  test.each([
    ['a wrong key', wrongKey],
    ['an unknown key name', unknownKey],
  ])('%s is refused as unauthorized: for sending, for reading and for properties', async (_, spoil) => {
    const { connection, hub, group, partitions } = suite.namespace();
    const bad = spoil(connection);
    expect(await refusal(() => producerOf(bad).sendBatch([{ body: 1 }]))).toEqual(['UnauthorizedError']);
    expect(await refusal(() => producerOf(bad).getEventHubProperties())).toEqual(['UnauthorizedError']);
    const reader = read(bad, { hub, group, partition: partitions[0]!, startPosition: LATEST, retry: noRetries });
    await until('an error', () => reader.errors.length > 0);
    expect(new Set(reader.errors)).toEqual(new Set(['UnauthorizedError']));
  });

  test('a wrong key is tried again as the client is told to, and each answer is in the error', async () => {
    const retry = { maxRetries: 1, retryDelayInMs: 20, timeoutInMs: 5000 };
    const sending = producerOf(wrongKey(suite.namespace().connection), undefined, retry).sendBatch([{ body: 1 }]);
    const errors = await sending.then(() => [], flatten);
    expect(errors.length).toBeGreaterThan(1);
    expect(errors.every((e) => e.code === 'UnauthorizedError' && e.retryable === true)).toBe(true);
  });

  test('a hub that is not there is refused as not found, and not tried again', async () => {
    const { connection } = suite.namespace();
    const kinds = await refusal(() => producerOf(connection, 'no-such-hub', onlyFirstAttempt).sendBatch([{ body: 1 }]));
    expect(kinds).toEqual(['MessagingEntityNotFoundError']);
    const properties = await refusal(() => producerOf(connection, 'no-such-hub', onlyFirstAttempt).getEventHubProperties());
    expect(properties).toEqual(['MessagingEntityNotFoundError']);
  });

  test('a consumer group that is not there is refused as not found, and not tried again', async () => {
    const reader = new Marked(suite.namespace()).read({ group: 'no-such-group', startPosition: LATEST, retry: onlyFirstAttempt });
    await until('an error', () => reader.errors.length > 0);
    expect(new Set(reader.errors)).toEqual(new Set(['MessagingEntityNotFoundError']));
  });

  test('a partition that is not there is refused to producers and consumers, and not tried again', async () => {
    const { connection, hub } = suite.namespace();
    const kinds = await refusal(() =>
      producerOf(connection, hub, onlyFirstAttempt).sendBatch([{ body: 1 }], { partitionId: '77' }),
    );
    const reader = readFrom(suite.namespace(), { partition: '77', startPosition: LATEST, retry: onlyFirstAttempt });
    await until('an error', () => reader.errors.length > 0);
    expect(kinds).not.toEqual(['answered']);
    if (suite.isLocal) expect(new Set([...kinds, ...reader.errors])).toEqual(new Set(['MessagingEntityNotFoundError']));
  });

  test('a signature for this hub instead of a key lets in to send, to read and to see properties', async () => {
    const { connection, hub, group, producer, partitions } = suite.namespace();
    const signed = signedConnection(connection, { path: hub, expiresMs: Date.now() + HOUR_MS });
    const own = new Marked(suite.namespace());
    const { lastEnqueuedSequenceNumber: last } = await producer.getPartitionProperties(own.partition);
    const sender = producerOf(signed);
    expect(await sender.getPartitionIds()).toEqual(partitions);
    await sender.sendBatch([own.event({ body: 'signed' })], { partitionId: own.partition });
    const reader = read(signed, { hub, group, partition: own.partition, startPosition: { sequenceNumber: last } });
    await until('the event', () => own.of(reader).length === 1);
    expect(own.of(reader)[0]!.body).toBe('signed');
  });

  test('the name of the hub may be part of the connection string', async () => {
    const { connection, hub } = suite.namespace();
    const client = new EventHubProducerClient(`${connection};EntityPath=${hub}`, { retryOptions: noRetries });
    closing.push(() => client.close());
    expect((await client.getEventHubProperties()).name.toLowerCase()).toBe(hub.toLowerCase());
  });

  test.each<[string, (hub: string) => { path: string; expiresMs: number }]>([
    ['has expired', (hub) => ({ path: hub, expiresMs: Date.now() - 60_000 })],
    ['is for another hub', () => ({ path: 'another', expiresMs: Date.now() + HOUR_MS })],
    ['is for a hub whose name begins with this one’s', (hub) => ({ path: `${hub}2`, expiresMs: Date.now() + HOUR_MS })],
    ['is for a hub whose name this one’s begins with', (hub) => ({ path: hub.slice(0, -1), expiresMs: Date.now() + HOUR_MS })],
  ])('a signature that %s is refused as unauthorized', async (_, signature) => {
    const { connection, hub } = suite.namespace();
    const signed = signedConnection(connection, signature(hub));
    const kinds = await refusal(() => producerOf(signed).sendBatch([{ body: 1 }]));
    expect(kinds).toEqual(['UnauthorizedError']);
    expect(await refusal(() => producerOf(signed).getEventHubProperties())).toEqual(['UnauthorizedError']);
  });

  localOnly(suite, 'a key that may only send can see properties and can not read', 'needs such a key', async () => {
    const { local, hub, group } = suite.namespace();
    const connection = local!.connectionString('gateway');
    const producer = producerOf(connection);
    await producer.sendBatch([{ body: 1 }]);
    expect((await producer.getPartitionProperties('0')).partitionId).toBe('0');
    const reader = read(connection, { hub, group, partition: '0', startPosition: LATEST, retry: noRetries });
    await until('an error', () => reader.errors.length > 0);
    expect(new Set(reader.errors)).toEqual(new Set(['UnauthorizedError']));
  });

  test('one client’s refusals leave another’s work alone', async () => {
    const own = new Marked(suite.namespace());
    const from = await own.here();
    await own.send([1]);
    const client = inspector(suite.namespace(), wrongKey(suite.namespace().connection));
    await expect(client.getPartitionIds()).rejects.toThrow();
    await client.close();
    await own.send([2]);
    expect((await own.receive(from, 2)).map((e) => e.body as unknown)).toEqual([1, 2]);
  });
}
