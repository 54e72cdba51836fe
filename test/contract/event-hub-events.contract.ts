/** What a producer puts into an event is what a consumer gets, and what the hub adds to it. */
import type { EventData, ReceivedEventData } from '@azure/event-hubs';
import { countTimers, producerFor, until } from './event-hub-clients.js';
import { Marked, type Suite } from './event-hub-namespace.js';

/** A client that finds no credit looks again after a timer of just this length. */
const NO_CREDIT_PAUSE_MS = 1000;
const SENDER = 'eventHubSender';

/** A message with all its AMQP sections, as the client takes it. */
type Annotated = ReturnType<ReceivedEventData['getRawAmqpMessage']>;

export function eventsContract(suite: Suite): void {
  const marked = (): Marked => new Marked(suite.namespace());
  const sendEvents = (own: Marked, events: (EventData | Annotated)[]): Promise<void> =>
    suite.namespace().producer.sendBatch(events as EventData[], { partitionId: own.partition });

  test('bodies of every kind come back as they were sent', async () => {
    const own = marked();
    const bodies = [
      { v: 1, list: [1, 'two', { three: null }] },
      [1, 2, 3],
      'text ü 心电图 🫀',
      '',
      42,
      -0.5,
      true,
      null,
      Buffer.from([0, 255, 7]),
      Buffer.alloc(100_000, 0xfe),
    ];
    const from = await own.here();
    await own.send(bodies);
    const events = await own.receive(from, bodies.length);
    expect(events.map((e) => e.body as unknown)).toEqual(bodies);
  });

  test('bodies that are AMQP values or sequences keep their kind', async () => {
    const own = marked();
    const properties = { mark: own.mark };
    const sent: Annotated[] = [
      { body: 'a value', bodyType: 'value', applicationProperties: properties },
      { body: 17, bodyType: 'value', applicationProperties: properties },
      { body: [[1, 'two', true]], bodyType: 'sequence', applicationProperties: properties },
      { body: { json: true }, bodyType: 'data', applicationProperties: properties },
    ];
    const from = await own.here();
    await sendEvents(own, sent);
    const events = await own.receive(from, sent.length);
    expect(events.map((e) => [e.getRawAmqpMessage().bodyType, e.body as unknown])).toEqual(
      sent.map((e) => [e.bodyType, e.body as unknown]),
    );
  });

  test('properties of every type come back, whatever language their names are in', async () => {
    const own = marked();
    const properties = { text: 'é', whole: 7, big: 2 ** 40, real: 1.5, yes: true, 'Größe 大小': 'x'.repeat(1000), negative: -1 };
    const from = await own.here();
    await sendEvents(own, [own.event({ body: 1, properties }), own.event({ body: 2 })]);
    const [first, second] = await own.receive(from, 2);
    expect(first!.properties).toEqual({ ...properties, mark: own.mark });
    expect(second!.properties).toEqual({ mark: own.mark });
  });

  test('message ids and correlation ids of each type come back, and the content type', async () => {
    const own = marked();
    // The client writes bytes as a uuid, which has sixteen.
    const ids = ['text', 7, Buffer.from('00112233445566778899aabbccddeeff', 'hex')];
    const from = await own.here();
    await sendEvents(
      own,
      ids.map((id) => own.event({ body: 0, messageId: id, correlationId: id, contentType: 'application/json' })),
    );
    const events = await own.receive(from, ids.length);
    expect(events.map((e) => [e.messageId, e.correlationId, e.contentType])).toEqual(
      ids.map((id) => [id, id, 'application/json']),
    );
  });

  test('system properties, header, footer and annotations of a producer come back', async () => {
    const own = marked();
    const properties = {
      messageId: 'm',
      to: 'there',
      subject: 'about',
      replyTo: 'here',
      correlationId: 'c',
      contentType: 'a/b',
      contentEncoding: 'none',
      absoluteExpiryTime: 4_102_444_800_000,
      creationTime: 1_700_000_000_000,
      groupId: 'g',
      groupSequence: 3,
      replyToGroupId: 'h',
    };
    const from = await own.here();
    await sendEvents(own, [
      {
        body: 1,
        bodyType: 'data',
        properties,
        header: { durable: true, priority: 7 },
        footer: { sum: 'none' },
        messageAnnotations: { 'x-opt-own': 'kept' },
        applicationProperties: { mark: own.mark },
      },
    ]);
    const [event] = await own.receive(from, 1);
    expect(event!.systemProperties).toMatchObject({ ...properties, 'x-opt-own': 'kept' });
    expect(event!.getRawAmqpMessage()).toMatchObject({ header: { durable: true, priority: 7 }, footer: { sum: 'none' } });
  });

  test('sequence number, offset and time are the hub’s own, whatever a producer claims', async () => {
    const own = marked();
    const { lastEnqueuedSequenceNumber: last } = await suite.namespace().producer.getPartitionProperties(own.partition);
    const from = await own.here();
    const claimed = { 'x-opt-sequence-number': 999_999_999, 'x-opt-offset': 'mine', 'x-opt-enqueued-time': 5 };
    await sendEvents(own, [
      { body: 1, bodyType: 'data', messageAnnotations: claimed, applicationProperties: { mark: own.mark } },
    ]);
    const [event] = await own.receive(from, 1);
    expect(event!.sequenceNumber).toBeGreaterThan(last);
    expect(event!.sequenceNumber).toBeLessThan(999_999_999);
    expect(event!.offset).not.toBe('mine');
    expect(Math.abs(event!.enqueuedTimeUtc.getTime() - Date.now())).toBeLessThan(60_000);
  });

  test('of one partition sequence numbers rise one by one, times never go back, offsets are text and differ', async () => {
    const own = marked();
    const from = await own.here();
    for (let n = 0; n < 5; n++) await own.send([n, n]);
    const events = await own.receive(from, 10);
    const first = events[0]!.sequenceNumber;
    if (suite.isLocal) expect(events.map((e) => e.sequenceNumber - first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const rises = (values: number[]): boolean => values.every((value, i) => i === 0 || value >= values[i - 1]!);
    expect(rises(events.map((e) => e.sequenceNumber))).toBe(true);
    expect(rises(events.map((e) => e.enqueuedTimeUtc.getTime()))).toBe(true);
    expect(new Set(events.map((e) => e.offset)).size).toBe(10);
    expect(events.every((e) => typeof e.offset === 'string' && e.offset !== '')).toBe(true);
  });

  test('a batch of no events sends nothing and is no error', async () => {
    const own = marked();
    const from = await own.here();
    await sendEvents(own, []);
    await own.send(['after']);
    expect((await own.receive(from, 1)).map((e) => e.body as unknown)).toEqual(['after']);
  });

  test('many sends at once on one link all arrive, without waiting for credit', async () => {
    const own = marked();
    const from = await own.here();
    const producer = producerFor(suite.namespace().connection, suite.namespace().hub);
    await producer.sendBatch([{ body: 'the link is there' }], { partitionId: own.partition });
    const pauses = countTimers(NO_CREDIT_PAUSE_MS, SENDER);
    // In all more than the credit that a link has at its beginning.
    const [rounds, atOnce] = [4, 200];
    for (let round = 0; round < rounds; round++) {
      const send = (n: number): Promise<void> =>
        producer.sendBatch([own.event({ body: round * atOnce + n })], { partitionId: own.partition });
      await Promise.all(Array.from({ length: atOnce }, (_, n) => send(n)));
    }
    if (suite.isLocal) expect(pauses()).toBe(0);
    const count = rounds * atOnce;
    const reader = own.read({ startPosition: from });
    await until('all of them', () => own.of(reader).length >= count);
    expect(new Set(own.of(reader).map((e) => e.body as unknown)).size).toBe(count);
  });
}
