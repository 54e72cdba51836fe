import fc from 'fast-check';
import rhea from 'rhea';
import { isWithin, parseEntity, pathSegments } from './address.js';
import { BATCH_FORMAT, readEnvelope } from './envelope.js';
import { scanEvent, SPLICE_BYTES_MAX, spliceEvent } from './event.js';
import { parseStartPosition } from './filter.js';
import { offsetsOf } from './offset.js';
import { WireError } from './wire-error.js';

const encode = (message: object): Buffer => rhea.message.encode(message as never) as unknown as Buffer;
const event = encode({
  durable: true,
  message_annotations: { 'x-opt-partition-key': 'bed-1', 'x-opt-sequence-number': 99, 'x-opt-offset': 'forged', mine: 'kept' },
  delivery_annotations: { hop: 1 },
  message_id: 'm1',
  application_properties: { kind: 'test' },
  body: rhea.message.data_section(Buffer.from('payload')),
});

test.each([
  ['', { kind: 'namespace' }],
  ['sb://host:5672/Vigil', { kind: 'hub', hub: 'vigil' }],
  ['amqps://host/vigil/Partitions/3', { kind: 'partition', hub: 'vigil', partition: '3' }],
  ['vigil/ConsumerGroups/$Default/Partitions/0', { kind: 'groupPartition', hub: 'vigil', group: '$default', partition: '0' }],
  ['sb://host/vigil/$management', { kind: 'management', hub: 'vigil' }],
  ['$management', { kind: 'management', hub: null }],
  ['$cbs', { kind: 'cbs' }],
  ['vigil/Consumer/x', null],
  ['vigil/ConsumerGroups/a/Partitions/1/more', null],
])('the address %j names what it should', (address, entity) => {
  expect(parseEntity(address)).toEqual(entity);
});

test('an audience holds what lies below it, by whole segments', () => {
  const within = (scope: string, path: string): boolean => isWithin(pathSegments(scope), pathSegments(path));
  expect(within('sb://a/hub1', 'sb://b:5672/HUB1/Partitions/0')).toBe(true);
  expect(within('sb://a/', 'hub1')).toBe(true);
  expect(within('sb://a/hub1', 'hub10')).toBe(false);
  expect(within('sb://a/hub1/Partitions/0', 'hub1')).toBe(false);
});

test.each([
  [undefined, { kind: 'earliest' }],
  ["amqp.annotation.x-opt-offset > '-1'", { kind: 'earliest' }],
  ["amqp.annotation.x-opt-sequence-number > '-1'", { kind: 'earliest' }],
  ["amqp.annotation.x-opt-offset > '@latest'", { kind: 'latest' }],
  ["amqp.annotation.x-opt-offset > '12'", { kind: 'sequence', sequence: 12, inclusive: false }],
  ["amqp.annotation.x-opt-sequence-number >= '12'", { kind: 'sequence', sequence: 12, inclusive: true }],
  ["amqp.annotation.x-opt-enqueued-time > '1700000000000'", { kind: 'enqueuedTime', ms: 1.7e12, inclusive: false }],
  ["amqp.annotation.x-opt-offset > 'abc'", null],
  ["amqp.annotation.x-opt-offset < '1'", null],
  ["1=1; amqp.annotation.x-opt-offset > '1'", null],
])('the selector %j is read', (selector, position) => {
  expect(parseStartPosition(selector)).toEqual(position);
});

test('splicing sets the three annotations, keeps the others and leaves the rest alone', () => {
  const out = Buffer.alloc(event.length + SPLICE_BYTES_MAX);
  const end = spliceEvent(scanEvent(event), 2 ** 40 + 7, 1_700_000_000_123, out, 0);
  const message = rhea.message.decode(out.subarray(0, end));
  expect(message.message_annotations).toEqual({
    'x-opt-sequence-number': 2 ** 40 + 7,
    'x-opt-offset': String(2 ** 40 + 7),
    'x-opt-enqueued-time': new Date(1_700_000_000_123),
    'x-opt-partition-key': 'bed-1',
    mine: 'kept',
  });
  expect(message.delivery_annotations).toBeUndefined();
  expect(message).toMatchObject({ durable: true, message_id: 'm1', application_properties: { kind: 'test' } });
  expect(message.body.content.toString()).toBe('payload');
});

const batch = encode({
  message_annotations: { 'x-opt-partition-key': 'bed-1' },
  body: rhea.message.data_sections([event, event]),
});

test('a footer may come before the body, as one client writes it, but only once and nothing of the hub’s behind it', () => {
  const [annotations, data, footer] = [
    [0x00, 0x53, 0x72, 0xc1, 1, 0],
    [0x00, 0x53, 0x75, 0xa0, 1, 7],
    [0x00, 0x53, 0x78, 0xc1, 1, 0],
  ] as const;
  const scan = (...sections: (readonly number[])[]) => scanEvent(Buffer.from(sections.flat()));
  expect(scan(annotations, footer, data)).toMatchObject({ annotationsAt: 3, restAt: 6 });
  expect(scan(annotations, data, footer)).toMatchObject({ annotationsAt: 3, restAt: 6 });
  expect(() => scan(footer, annotations, data)).toThrow('out of order');
  expect(() => scan(annotations, footer, data, footer)).toThrow('out of order');
});

test('a batch gives its events and key, a single event too', () => {
  expect(readEnvelope(batch, BATCH_FORMAT)).toMatchObject({ partitionKey: 'bed-1', events: [{}, {}] });
  expect(readEnvelope(event, 0)).toMatchObject({ partitionKey: 'bed-1', events: [{}] });
  expect(() => readEnvelope(batch, 7)).toThrow('unknown message format');
});

test('bytes that are no message are refused with a WireError and nothing else', () => {
  const tryRead = (bytes: Buffer, format: number): void => {
    try {
      for (const e of readEnvelope(bytes, format).events)
        spliceEvent(e, 1, 1, Buffer.alloc(e.bytes.length + SPLICE_BYTES_MAX), 0);
    } catch (e) {
      expect((e as Error).name).toBe('WireError');
    }
  };
  for (let n = 0; n < batch.length; n++) tryRead(batch.subarray(0, n), BATCH_FORMAT);
  fc.assert(
    fc.property(fc.nat(batch.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const bad = Buffer.from(batch);
      bad[at] = byte;
      tryRead(bad, BATCH_FORMAT);
      const badEvent = Buffer.from(event);
      badEvent[at % event.length] = byte;
      tryRead(badEvent, 0);
    }),
    { numRuns: 2000 },
  );
});

test('opaque offsets come back as what they stand for, are no numbers and in no order', () => {
  const opaque = offsetsOf('opaque');
  fc.assert(fc.property(fc.maxSafeNat(), (sequence) => opaque.read(opaque.write(sequence)) === sequence));
  const some = [8, 9, 10, 11, 99, 100, 101].map((sequence) => opaque.write(sequence));
  expect([...some].sort()).not.toEqual(some);
  expect(some.map(Number)).toEqual(some.map(() => NaN));
  expect(['7', '', '~', '~a', '~kk~', `~${'k'.repeat(17)}`].map((text) => opaque.read(text))).toEqual(Array(6).fill(null));
  expect([opaque.write(-1), offsetsOf().write(7), offsetsOf().read('7'), offsetsOf().read('~n')]).toEqual(['-1', '7', 7, null]);
  const selector = (offset: string): string => `amqp.annotation.x-opt-offset > '${offset}'`;
  expect(parseStartPosition(selector(opaque.write(41)), opaque)).toEqual({ kind: 'sequence', sequence: 41, inclusive: false });
  expect(parseStartPosition(selector('41'), opaque)).toBeNull();
  expect(parseStartPosition(selector('@latest'), opaque)).toEqual({ kind: 'latest' });
  expect(parseStartPosition("amqp.annotation.x-opt-sequence-number >= '41'", opaque)).toMatchObject({ sequence: 41 });
});

test.each<[string, number[]]>([
  ['a map whose count is not what it holds', [0x00, 0x53, 0x74, 0xc1, 0x05, 0x04, 0xa1, 0x01, 0x61, 0x40]],
  ['a type that is not there', [0x00, 0x53, 0x74, 0xc1, 0x05, 0x02, 0xa1, 0x01, 0x61, 0x4f]],
  ['text that is not UTF-8', [0x00, 0x53, 0x77, 0xa1, 0x01, 0xff]],
  ['properties that are no list', [0x00, 0x53, 0x73, 0xa1, 0x01, 0x61]],
  ['a map as the key of a map', [0x00, 0x53, 0x74, 0xc1, 0x05, 0x02, 0xc1, 0x01, 0x00, 0x40]],
])('an event that consumers could not decode is refused: %s', (_, section) => {
  expect(() => scanEvent(Buffer.from([...section, 0x00, 0x53, 0x75, 0xa0, 0x00]))).toThrow(WireError);
});

test('a body of null is passed on as the JavaScript client writes it', () => {
  expect(scanEvent(Buffer.from([0x00, 0x53, 0x75, 0x40])).restAt).toBe(0);
});
