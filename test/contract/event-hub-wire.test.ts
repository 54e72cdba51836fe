/**
 * What the hub says on the wire and the client does not show: the fields that its behaviour rests on, as a raw AMQP
 * client sees them.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import type { RunningEventHub } from '@vigil/event-hub';
import rhea, { type Connection, type EventContext, type Receiver, type ReceiverOptions, type Sender } from 'rhea';
import { closing, producerFor, start, until, UNTIL_MS } from './event-hub-clients.js';
import { partsOf, signedConnection } from './event-hub-sas.js';

const READER = 'vigil/ConsumerGroups/alarms/Partitions/0';
const HOUR_MS = 3_600_000;
const [UNSETTLED, SETTLED, MIXED] = [0, 1, 2];

const next = (emitter: Connection | Sender | Receiver, name: string): Promise<EventContext> =>
  new Promise((resolve) => emitter.once(name, resolve));

interface Raw {
  readonly connection: Connection;
  ask(node: string, request: object): Promise<Answer>;
}

interface Answer {
  correlation_id?: unknown;
  body?: unknown;
  application_properties?: Record<string, unknown>;
}

async function raw(hub: RunningEventHub, options: object = {}): Promise<Raw> {
  const connection = rhea
    .create_container()
    .connect({ port: hub.port, host: '127.0.0.1', reconnect: false, username: 'platform', ...options });
  for (const name of ['disconnected', 'connection_error', 'session_error', 'sender_error', 'receiver_error']) {
    connection.on(name, () => undefined);
  }
  closing.push(async () => connection.close());
  await next(connection, 'connection_open');
  let asked = 0;
  const ask = async (node: string, request: object): Promise<Answer> => {
    const name = `answers ${++asked}`;
    const answers = connection.open_receiver({ source: node, name, credit_window: 10 });
    const requests = connection.open_sender({ target: node });
    await next(requests, 'sendable');
    requests.send({ reply_to: name, ...request } as never);
    const { message } = await next(answers, 'message');
    answers.close();
    requests.close();
    return message as Answer;
  };
  return { connection, ask };
}

/** A raw client that may send and read. */
async function admitted(hub: RunningEventHub, options: object = {}): Promise<Raw> {
  const client = await raw(hub, options);
  const answer = await client.ask('$cbs', putToken(hub));
  expect(answer.application_properties?.['status-code']).toBe(202);
  return client;
}

function putToken(hub: RunningEventHub): { message_id: unknown; body: string; application_properties: object } {
  const connection = hub.connectionString('platform');
  const signed = signedConnection(connection, { path: 'vigil', expiresMs: Date.now() + HOUR_MS });
  return {
    message_id: 'request-1',
    body: /=(SharedAccessSignature [^;]+)/.exec(signed)![1]!,
    application_properties: {
      ...{ operation: 'put-token', type: 'servicebus.windows.net:sastoken' },
      name: `${partsOf(connection).endpoint}vigil`,
    },
  };
}

const receive = ({ connection }: Raw, more: Partial<ReceiverOptions> = {}): Receiver =>
  connection.open_receiver({ source: READER, credit_window: 0, ...more });

test('an answer is known by the request’s id, in the same type, and its status is an integer', async () => {
  const hub = await start();
  const client = await raw(hub);
  for (const id of ['text', 7]) {
    const answer = await client.ask('$cbs', { ...putToken(hub), message_id: id });
    expect([answer.correlation_id, answer.application_properties?.['status-code']]).toEqual([id, 202]);
  }
  const wrong = { ...putToken(hub), body: 'nonsense' };
  expect((await client.ask('$cbs', wrong)).application_properties).toMatchObject({
    'status-code': 401,
    'error-condition': 'amqp:unauthorized-access',
  });
  const entra = { ...putToken(hub).application_properties, type: 'jwt' };
  expect((await client.ask('$cbs', { ...putToken(hub), application_properties: entra })).application_properties).toMatchObject({
    'status-code': 401,
    'status-description': 'only shared access signatures are supported',
  });
  const noWhere = putToken(hub);
  const application_properties = { ...noWhere.application_properties, name: 'sb://localhost/nothing' };
  // The token is for another hub, so that it is refused before anybody learns what is there and what is not.
  expect((await client.ask('$cbs', { ...noWhere, application_properties })).application_properties).toMatchObject({
    'status-code': 401,
  });
});

test('a producer is told the largest message and has credit with the answer to its attach', async () => {
  const hub = await start();
  const { connection } = await admitted(hub);
  const sender = connection.open_sender({ target: 'vigil/Partitions/0' });
  await next(sender, 'sendable');
  expect(Number(sender.max_message_size)).toBe(1024 * 1024);
  expect((sender as Sender & { credit: number }).credit).toBeGreaterThanOrEqual(300);
});

test('deliveries come settled; a consumer that asks for a mode gets that mode', async () => {
  const hub = await start();
  await producerFor(hub.connectionString('gateway')).sendBatch([{ body: 1 }], { partitionId: '0' });
  const client = await admitted(hub);
  for (const [asked, given] of [
    [undefined, SETTLED],
    [MIXED, SETTLED],
    [SETTLED, SETTLED],
    [UNSETTLED, UNSETTLED],
  ] as const) {
    const receiver = receive(client, asked === undefined ? {} : { snd_settle_mode: asked as 0 | 1 | 2 });
    await next(receiver, 'receiver_open');
    expect([asked, receiver.snd_settle_mode]).toEqual([asked, given]);
    receiver.add_credit(1);
    const { delivery } = await next(receiver, 'message');
    expect(delivery!.remote_settled).toBe(given === SETTLED);
    receiver.close();
  }
});

/** A flow that opens the session's window and the link's credit as far as anybody could. */
function openWide(receiver: Receiver): Buffer {
  const { local, session } = receiver as unknown as { local: { handle: number }; session: { local: { channel: number } } };
  const wide = 1_000_000;
  const fields = [0, wide, 0, wide, local.handle, 0, wide].flatMap((value) => [0x70, ...uint32(value)]);
  const body = [0x00, 0x53, 0x13, 0xc0, fields.length + 1, 7, ...fields];
  return Buffer.from([...uint32(8 + body.length), 2, 0, 0, session.local.channel, ...body]);
}
const uint32 = (value: number): number[] => [24, 16, 8, 0].map((bits) => (value >>> bits) & 0xff);

test('no consumer gets more than 4,000 events in 100 ms, however much it asks for', async () => {
  const hub = await start();
  const producer = producerFor(hub.connectionString('gateway'));
  const [batches, size] = [30, 500];
  const batch = Array.from({ length: size }, () => ({ body: 1 }));
  for (let n = 0; n < batches; n++) await producer.sendBatch(batch, { partitionId: '0' });
  const receiver = receive(await admitted(hub));
  await next(receiver, 'receiver_open');
  const { socket } = receiver.connection as unknown as { socket: Socket };
  // Reads as fast as can be: nothing is looked at.
  socket.removeAllListeners('data').resume();
  const startedMs = performance.now();
  socket.write(openWide(receiver));
  const sent = async (): Promise<number> => (await hub.metrics.eventsOut.get()).values[0]!.value;
  while ((await sent()) < batches * size && performance.now() - startedMs < UNTIL_MS) await new Promise(setImmediate);
  expect(await sent()).toBe(batches * size);
  // Three more portions, each 100 ms after the one before.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(290);
});

test('a consumer gets what it has credit for and no more', async () => {
  const hub = await start();
  const producer = producerFor(hub.connectionString('gateway'));
  await producer.sendBatch([{ body: 1 }, { body: 2 }, { body: 3 }, { body: 4 }], { partitionId: '0' });
  const receiver = receive(await admitted(hub));
  const came: unknown[] = [];
  receiver.on('message', ({ message }: EventContext) => came.push(message!.message_annotations?.['x-opt-sequence-number']));
  await next(receiver, 'receiver_open');
  receiver.add_credit(3);
  await until('three', () => came.length === 3);
  // An answer on the same connection shows that nothing else was on its way.
  await producer.getPartitionProperties('0');
  expect(came).toEqual([0, 1, 2]);
  receiver.add_credit(1);
  await until('the fourth', () => came.length === 4);
});

test('a producer that waits for no answer gets none, and its events are stored; single messages are taken too', async () => {
  const hub = await start();
  const { connection } = await admitted(hub);
  const sender = connection.open_sender({ target: 'vigil/Partitions/0', snd_settle_mode: SETTLED as 1 });
  let answers = 0;
  sender.on('settled', () => answers++);
  await next(sender, 'sendable');
  for (let n = 0; n < 3; n++) sender.send({ body: n });
  const producer = producerFor(hub.connectionString('platform'));
  let last = -1;
  for (const endMs = Date.now() + UNTIL_MS; last < 2 && Date.now() < endMs;) {
    last = (await producer.getPartitionProperties('0')).lastEnqueuedSequenceNumber;
  }
  expect([last, answers]).toEqual([2, 0]);
});

test('a peer is told how long it may be silent, and hears from the hub more often than it asks for', async () => {
  const hub = await start({ limits: { idleTimeoutMs: 1000 } });
  const { connection } = await admitted(hub, { idle_time_out: 1000 });
  expect(connection.idle_time_out).toBe(1000);
  let hasEnded = false;
  connection.on('disconnected', () => (hasEnded = true));
  const endMs = Date.now() + 3000;
  await until('three seconds of silence', () => Date.now() > endMs);
  expect(hasEnded).toBe(false);
});

test('a peer that opens and then says nothing is let go after twice that time', async () => {
  const hub = await start({ limits: { idleTimeoutMs: 1000 } });
  const socket = connectSocket(hub.port, '127.0.0.1');
  closing.push(async () => void socket.destroy());
  let isEnded = false;
  socket.on('close', () => (isEnded = true)).on('error', () => undefined);
  const open = [0x00, 0x53, 0x10, 0xc0, 4, 1, 0xa1, 1, 0x78];
  socket
    .resume()
    .write(
      Buffer.concat([
        Buffer.from('AMQP\x00\x01\x00\x00', 'latin1'),
        Buffer.from([0, 0, 0, 8 + open.length, 2, 0, 0, 0, ...open]),
      ]),
    );
  const startedMs = performance.now();
  await until('the end', () => isEnded);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1500);
});

test('a hub that stops tells consumers on their links and everybody on the connection, with conditions that are tried again', async () => {
  const hub = await start();
  const client = await admitted(hub);
  const receiver = receive(client);
  await next(receiver, 'receiver_open');
  const told: string[] = [];
  receiver.on('receiver_error', () => told.push((receiver.error as { condition: string }).condition));
  client.connection.on('connection_error', () => told.push((client.connection.error as { condition: string }).condition));
  const stopped = hub.stop();
  await until('both are told', () => told.length === 2);
  expect(told).toEqual(['amqp:link:detach-forced', 'amqp:connection:forced']);
  await stopped;
});
