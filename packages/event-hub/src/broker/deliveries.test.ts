/** What reaches a consumer, whatever its credit, window and frames are, with a raw AMQP client. */
import rhea from 'rhea';
import { scanEvent } from '../wire/event.js';
import { closeAll, connected, event, rig, type Rig } from './test-broker.js';

const READER = 'hub/ConsumerGroups/group/Partitions/0';
afterEach(closeAll);

/** Its size and content follow from its number. */
const bodyOf = (number: number, bytes: number): Buffer => Buffer.alloc(bytes, `${number},`);

function append(here: Rig, bodies: readonly Buffer[]): Promise<void> {
  const events = bodies.map((body) =>
    scanEvent(rhea.message.encode({ body: rhea.message.data_section(body) } as never) as unknown as Buffer),
  );
  return new Promise((resolve, reject) =>
    here.hub.log.append(0, events, (error) => (error === null ? resolve() : reject(error))),
  );
}

/** Reads as many as are expected, with so much credit at a time. */
async function receive(connection: rhea.Connection, count: number, credit: number): Promise<Buffer[]> {
  const receiver = connection.open_receiver({ source: READER, credit_window: 0 } as never);
  const got: Buffer[] = [];
  await new Promise<void>((resolve) => {
    receiver.on('message', ({ message }: rhea.EventContext) => {
      got.push((message?.body as { content: Buffer }).content);
      if (got.length === count) resolve();
      else if (got.length % credit === 0) receiver.add_credit(credit);
    });
    receiver.add_credit(credit);
  });
  return got;
}

test.each([
  ['in one frame each', {}],
  ['in many frames each', { max_frame_size: 512 }],
])('a consumer that asks for one event at a time gets small and large ones, %s', async (_, options) => {
  const here = await rig();
  const bodies = [10, 60_000, 1, 2000, 5000, 0].map((bytes, i) => bodyOf(i, bytes));
  await append(here, bodies);
  const { connection, putToken } = await connected(here, options);
  await putToken(60_000);
  expect(await receive(connection, bodies.length, 1)).toEqual(bodies);
});

test('a fault in what goes to one consumer ends that consumer and neither the send nor the others', async () => {
  const here = await rig();
  const [bad, good] = [await connected(here), await connected(here)];
  for (const { putToken } of [bad, good]) await putToken(60_000);
  const receiver = bad.connection.open_receiver({ source: READER, credit_window: 1 } as never);
  const ended = event(receiver, 'receiver_error');
  await event(receiver, 'receiver_open');
  const first = here.hub.log.cached.bind(here.hub.log);
  let faults = 0;
  here.hub.log.cached = (partition, sequence) => {
    if (faults++ === 0) throw new Error('a fault');
    return first(partition, sequence);
  };
  await append(here, [bodyOf(0, 10)]);
  await ended;
  expect(receiver.error).toMatchObject({ condition: 'amqp:internal-error' });
  expect(await receive(good.connection, 1, 1)).toEqual([bodyOf(0, 10)]);
});
