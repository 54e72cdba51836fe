/** What links and tokens leave behind when they end, with a raw AMQP client and the clock in hand. */
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import rhea from 'rhea';
import { closeAll, connected, event, rig } from './test-broker.js';

const { message, types } = rhea;
const frames = createRequire(import.meta.url)('rhea/lib/frames.js') as { transfer(fields: object): object };
afterEach(closeAll);

const READER = 'hub/ConsumerGroups/group/Partitions/0';
const epochOf = (epoch: number): object => ({ 'com.microsoft:epoch': types.wrap_long(epoch) });

test('a token that expires ends its links within a second, and its places are free at once', async () => {
  const here = await rig();
  const { connection, putToken } = await connected(here);
  expect(await putToken(60_000)).toBe(202);
  const receiver = connection.open_receiver({ source: READER, properties: epochOf(1), credit_window: 0 } as never);
  const sender = connection.open_sender({ target: 'hub/Partitions/0' });
  await Promise.all([event(receiver, 'receiver_open'), event(sender, 'sendable')]);
  expect(here.broker.epochs.size).toBe(1);
  await here.clock.advance(59_000);
  expect([receiver.is_open(), sender.is_open()]).toEqual([true, true]);
  const ends = Promise.all([event(receiver, 'receiver_error'), event(sender, 'sender_error')]);
  // A peer that does not answer keeps its place no longer than one that does.
  const { socket } = connection as unknown as { socket: Socket };
  socket.pause();
  await here.clock.advance(1000);
  expect(here.broker.epochs.size).toBe(0);
  socket.resume();
  for (const { receiver: r, sender: s } of await ends) {
    expect((r ?? s)?.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  }
});

test('a token that is renewed in time keeps its links', async () => {
  const here = await rig();
  const { connection, putToken } = await connected(here);
  await putToken(60_000);
  const sender = connection.open_sender({ target: 'hub' });
  await event(sender, 'sendable');
  for (let i = 0; i < 5; i++) {
    await here.clock.advance(45_000);
    expect(await putToken(60_000)).toBe(202);
  }
  expect(sender.is_open()).toBe(true);
});

test('a connection on which nothing is allowed for a minute is ended in a way that clients come back from', async () => {
  const here = await rig();
  const { connection } = await connected(here);
  const closed = event(connection, 'connection_error');
  await here.clock.advance(59_000);
  expect(connection.is_open()).toBe(true);
  await here.clock.advance(1000);
  await closed;
  expect(connection.error).toMatchObject({ condition: 'amqp:connection:forced' });
});

test('a connection whose last token has expired has a minute for another one', async () => {
  const here = await rig();
  const { connection, putToken } = await connected(here);
  await putToken(30_000);
  await here.clock.advance(80_000);
  expect(await putToken(60_000)).toBe(202);
  await here.clock.advance(50_000);
  expect(connection.is_open()).toBe(true);
});

test('a peer that says nothing at all is let go after ten seconds', async () => {
  const here = await rig();
  const socket = connect(here.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('connect', resolve));
  await new Promise((resolve) => setImmediate(resolve));
  await here.clock.advance(10_000);
  await closed;
});

test('a consumer that is displaced, or asks for what is not there, gives its place back whether or not it answers', async () => {
  const here = await rig();
  const [first, second] = [await connected(here), await connected(here)];
  for (const { putToken } of [first, second]) await putToken(60_000);
  const open = ({ connection }: typeof first, more: object): rhea.Receiver =>
    connection.open_receiver({ source: READER, credit_window: 0, ...more } as never);
  await event(open(first, { properties: epochOf(0) }), 'receiver_open');
  (first.connection as unknown as { socket: Socket }).socket.pause();
  await event(open(second, { properties: epochOf(0) }), 'receiver_open');
  expect([...here.broker.links.readers]).toHaveLength(1);
  expect((await here.broker.metrics.consumers.get()).values[0]?.value).toBe(1);
  const described = (types as unknown as { wrap_described(value: string, code: number): object }).wrap_described;
  const filter = { 'apache.org:selector-filter:string': described("amqp.annotation.x-opt-offset > '1000'", 0x468c00000004) };
  const lost = open(second, { source: { address: READER.replace(/0$/, '1'), filter } });
  await event(lost, 'receiver_error');
  expect(lost.error).toMatchObject({ condition: 'com.microsoft:argument-error' });
  expect([here.broker.epochs.size, [...here.broker.links.readers].length]).toEqual([1, 1]);
});

/** The client's library says things in its own order; this writes its frames as they are told, in one piece. */
interface RawSession {
  readonly local: Record<'begin' | 'end', object>;
  output(frame: object, payload?: Buffer): void;
}

test('a handle, a name and a channel may be used again in the very next frame', async () => {
  const here = await rig();
  const { connection, putToken } = await connected(here);
  await putToken(60_000);
  const session = connection.create_session();
  session.open();
  const sender = session.open_sender({ target: 'hub/Partitions/0', name: 'one name' });
  await event(sender, 'sendable');
  const raw = session as unknown as RawSession;
  const { attach, detach, handle } = (sender as unknown as { local: { attach: object; detach: object; handle: number } }).local;
  const { socket } = connection as unknown as { socket: Socket };
  const transfer = (id: number): void => {
    const frame = frames.transfer({ handle, delivery_id: id, delivery_tag: Buffer.from([id]), message_format: 0, settled: true });
    raw.output(frame, message.encode({ body: 'x' }) as unknown as Buffer);
  };
  // What the client's library makes of the answers is of no interest.
  socket.pause();
  socket.cork();
  transfer(0);
  raw.output(detach);
  raw.output(attach);
  transfer(1);
  raw.output(raw.local.end);
  raw.output(raw.local.begin);
  raw.output(attach);
  transfer(0);
  socket.uncork();
  const all = new Promise<void>((resolve) => {
    const end = here.hub.log.onAppended(0, () => {
      if (here.hub.log.state(0).next < 3) return;
      end();
      resolve();
    });
  });
  await all;
  expect(here.hub.log.state(0).next).toBe(3);
  expect(here.broker.links.producersOf('hub')).toHaveLength(1);
});

test('a refused attach is answered without source and target, then ended with the reason', async () => {
  const here = await rig();
  const { connection } = await connected(here);
  for (const kind of ['sender', 'receiver'] as const) {
    const link = kind === 'sender' ? connection.open_sender({ target: 'hub' }) : connection.open_receiver(READER);
    const [, refused] = await Promise.all([event(link, `${kind}_open`), event(link, `${kind}_error`)]);
    expect((refused.sender ?? refused.receiver)?.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
    expect([link.source?.address, link.target?.address]).toEqual([undefined, undefined]);
  }
});

test('links that come and go leave nothing behind', async () => {
  const here = await rig();
  const { connection, putToken } = await connected(here);
  await putToken(60_000);
  const session = connection.create_session();
  session.open();
  for (let i = 0; i < 300; i++) {
    const properties = i % 3 === 0 ? {} : epochOf(i);
    const receiver = session.open_receiver({ source: READER, name: `reader ${i}`, properties, credit_window: 0 } as never);
    const sender = session.open_sender({
      ...{ target: 'hub/Partitions/0', name: `writer ${i}` },
      ...(i % 2 === 0 ? {} : { desired_capabilities: ['com.microsoft:idempotent-producer'] }),
    } as never);
    await Promise.all([event(receiver, 'receiver_open'), event(sender, 'sender_open')]);
    receiver.close();
    sender.close();
    await Promise.all([event(receiver, 'receiver_close'), event(sender, 'sender_close')]);
  }
  const { broker, hub } = here;
  expect([broker.epochs.size, [...broker.links.readers].length, broker.links.producersOf('hub').length]).toEqual([0, 0, 0]);
  expect([broker.inFlight.held, broker.inFlight.waitingCount, hub.log.producers.size]).toEqual([0, 0, 0]);
  const gauges = [broker.metrics.consumers, broker.metrics.producers, broker.metrics.connections];
  expect(await Promise.all(gauges.map(async (g) => (await g.get()).values[0]?.value))).toEqual([0, 0, 1]);
});

test.each(['session', 'connection'])('readers and epochs are free when their %s ends', async (what) => {
  const here = await rig({ readers: 2 });
  const { connection, putToken } = await connected(here);
  await putToken(60_000);
  const session = connection.create_session();
  session.open();
  const open = (): rhea.Receiver =>
    session.open_receiver({ source: READER, name: `${Math.random()}`, credit_window: 0 } as never);
  await Promise.all([open(), open()].map((r) => event(r, 'receiver_open')));
  const third = open();
  await event(third, 'receiver_error');
  expect(third.error).toMatchObject({ condition: 'amqp:resource-limit-exceeded' });
  expect([...here.broker.links.readers]).toHaveLength(2);
  const ended = event(connection, what === 'session' ? 'session_close' : 'connection_close');
  if (what === 'session') session.close();
  else connection.close();
  await ended;
  await new Promise((resolve) => setImmediate(resolve));
  expect([here.broker.epochs.size, [...here.broker.links.readers].length]).toEqual([0, 0]);
});

test('credit is kept back while much is in flight, and given when it has eased', async () => {
  const here = await rig({ inFlightBytes: 2 * 1024 * 1024 });
  const { connection, putToken } = await connected(here);
  await putToken(60_000);
  const sender = connection.open_sender({ target: 'hub/Partitions/0' }) as rhea.Sender & { readonly credit: number };
  await event(sender, 'sendable');
  const before = sender.credit;
  expect(here.broker.inFlight.hold(1_500_000)).toBe(true);
  const accepted = new Promise<void>((resolve) => {
    let count = 0;
    sender.on('accepted', () => ++count === 100 && resolve());
  });
  for (let i = 0; i < 100; i++) sender.send(message.encode({ body: 'x' }) as never, undefined, 0);
  await accepted;
  expect([sender.credit, here.broker.inFlight.waitingCount]).toEqual([before - 100, 1]);
  const eased = event(sender, 'sender_flow');
  here.broker.inFlight.release(1_500_000);
  await eased;
  expect(sender.credit).toBe(before);
});

test('sends whose link ends before they are on disk leave their session as it was', async () => {
  const here = await rig();
  const { connection, putToken } = await connected(here);
  await putToken(60_000);
  const session = connection.create_session();
  session.open();
  const waiting: ((error: null) => void)[] = [];
  const { append } = here.hub.log;
  here.hub.log.append = (_partition, _events, done): void => void waiting.push(done);
  const left = session.open_sender({ target: 'hub/Partitions/0', name: 'left' });
  await event(left, 'sendable');
  for (let i = 0; i < 400; i++) left.send(message.encode({ body: 'x' }) as never, undefined, 0);
  while (waiting.length < 400) await new Promise((resolve) => setImmediate(resolve));
  left.close();
  await event(left, 'sender_close');
  for (const done of waiting) done(null);
  here.hub.log.append = append;
  const sender = session.open_sender({ target: 'hub/Partitions/0', name: 'next' });
  await event(sender, 'sendable');
  const { remote_window: window } = (session as unknown as { outgoing: { remote_window: number } }).outgoing;
  const accepted = event(sender, 'accepted');
  sender.send(message.encode({ body: 'x' }) as never, undefined, 0);
  await accepted;
  expect(window).toBe(2048);
});

test('what a producer sends after its token has expired is not stored, whether or not it knows that its link has ended', async () => {
  const here = await rig();
  const { connection, putToken } = await connected(here);
  await putToken(60_000);
  const sender = connection.open_sender({ target: 'hub/Partitions/0' });
  await event(sender, 'sendable');
  const { socket } = connection as unknown as { socket: Socket };
  socket.pause();
  await here.clock.advance(60_000);
  sender.send(message.encode({ body: 'x' }) as never, undefined, 0);
  await new Promise((resolve) => setImmediate(resolve));
  socket.resume();
  expect(await putToken(60_000)).toBe(202);
  expect(here.hub.log.backlogBytes + here.hub.log.state(0).next).toBe(0);
});
