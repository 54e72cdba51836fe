/** What somebody with a valid token may send, and the answer that a client expects to it. */
import {
  attachSender,
  binary,
  described,
  FALSE,
  list,
  lyingList,
  lyingMap,
  map,
  NULL,
  performative,
  symbol,
  text,
  TRUE,
  uint,
} from '../support/raw-amqp.js';

export const BATCH = 0x80013700;
const DECODE = 'amqp:decode-error';
const MESSAGE_BYTES_MAX = 1024 * 1024;

const data = (inner: Buffer): Buffer => described(0x75, binary(inner));
const annotations = (...entries: Buffer[]): Buffer => described(0x72, map(...entries));
const event = (body = 'x', ...before: Buffer[]): Buffer => Buffer.concat([...before, described(0x75, binary(Buffer.from(body)))]);
const uint64 = (code: number, value: bigint): Buffer => {
  const out = Buffer.alloc(9, code);
  out.writeBigUInt64BE(value, 1);
  return out;
};
/** A body of a batch that ends in the middle of its last data section. */
const cutShort = (): Buffer => data(event()).subarray(0, -2);

/** One byte of body in each event, as many as fit. */
export const tinyEvents = (): Buffer => {
  const one = Buffer.from([0x00, 0x53, 0x75, 0xa0, 4, 0x00, 0x53, 0x77, 0x40]);
  return Buffer.alloc(Math.floor(MESSAGE_BYTES_MAX / one.length) * one.length, one);
};
export const goodBatch = (body = 'good'): Buffer => data(event(body));

export interface BadBatch {
  readonly name: string;
  readonly format?: number;
  readonly bytes: Buffer;
  /** What it is refused for; null when it is stored. */
  readonly says: string | null;
}

export const BATCHES: readonly BadBatch[] = [
  { name: 'a batch above the limit', bytes: data(event('x'.repeat(MESSAGE_BYTES_MAX))), says: 'amqp:link:message-size-exceeded' },
  {
    name: 'a batch of four times the limit',
    bytes: data(event('x'.repeat(4 * MESSAGE_BYTES_MAX))),
    says: 'amqp:link:message-size-exceeded',
  },
  { name: 'a batch of nothing', bytes: Buffer.alloc(0), says: DECODE },
  { name: 'a batch with annotations only', bytes: annotations(symbol('a'), text('b')), says: DECODE },
  { name: 'a batch that is cut short', bytes: cutShort(), says: DECODE },
  { name: 'a batch whose event is cut short', bytes: data(cutShort()), says: DECODE },
  { name: 'a batch with an empty event', bytes: Buffer.concat([goodBatch(), data(Buffer.alloc(0))]), says: DECODE },
  { name: 'a batch of four gigabytes in words', bytes: Buffer.from('005375b0ffffffff00', 'hex'), says: DECODE },
  { name: 'an event of four gigabytes in words', bytes: data(Buffer.from('005375b0ffffffff00', 'hex')), says: DECODE },
  { name: 'a batch of text', bytes: described(0x75, text('x')), says: DECODE },
  { name: 'a batch of a value', bytes: described(0x77, text('x')), says: DECODE },
  { name: 'a batch of garbage', bytes: Buffer.alloc(5000, 0x99), says: DECODE },
  { name: 'a batch of zeros', bytes: Buffer.alloc(5000), says: DECODE },
  { name: 'an unknown section', bytes: described(0x79, binary(event())), says: DECODE },
  { name: 'an event with an unknown section', bytes: data(described(0x79, list())), says: DECODE },
  { name: 'sections out of order', bytes: data(event('x', described(0x74, map()), described(0x73, list()))), says: DECODE },
  { name: 'annotations twice', bytes: data(event('x', annotations(), annotations())), says: DECODE },
  { name: 'annotations that are a list', bytes: data(event('x', described(0x72, list()))), says: DECODE },
  { name: 'annotations of thirty million', bytes: data(event('x', described(0x72, lyingMap(30_000_000)))), says: DECODE },
  { name: 'a body of thirty million', bytes: data(described(0x77, lyingList(30_000_000))), says: DECODE },
  { name: 'half an annotation', bytes: data(event('x', annotations(symbol('a')))), says: DECODE },
  { name: 'text that is not UTF-8', bytes: data(described(0x77, Buffer.from([0xa1, 1, 0xff]))), says: DECODE },
  { name: 'an unknown format', format: 0xdead, bytes: goodBatch(), says: DECODE },
  { name: 'a single event of nothing', format: 0, bytes: Buffer.alloc(0), says: DECODE },
  { name: 'a single event of garbage', format: 0, bytes: Buffer.alloc(300, 0x99), says: DECODE },
  { name: 'a single event with a header only', format: 0, bytes: described(0x70, list()), says: DECODE },
  { name: 'a batch that says it is one event', format: 0, bytes: goodBatch(), says: null },
  { name: 'a batch in a batch', bytes: data(goodBatch()), says: null },
  {
    name: 'a partition key that is too long',
    bytes: Buffer.concat([annotations(symbol('x-opt-partition-key'), text('k'.repeat(129))), goodBatch()]),
    says: DECODE,
  },
  {
    name: 'a partition key of a megabyte',
    bytes: Buffer.concat([annotations(symbol('x-opt-partition-key'), text('k'.repeat(1_000_000))), goodBatch()]),
    says: DECODE,
  },
  ...[uint(7), list(text('k')), NULL, TRUE].map((value, i) => ({
    name: `a partition key that is no text (${i})`,
    bytes: Buffer.concat([annotations(symbol('x-opt-partition-key'), value), goodBatch()]),
    says: null,
  })),
  {
    name: 'a partition key that is described',
    bytes: Buffer.concat([annotations(symbol('x-opt-partition-key'), described(0x77, text('k'))), goodBatch()]),
    says: DECODE,
  },
  {
    name: 'annotations that are the hub’s',
    bytes: data(
      event(
        'pretends',
        annotations(
          ...[symbol('x-opt-sequence-number'), uint64(0x81, 2n ** 62n), text('x-opt-offset'), text('999999')],
          ...[symbol('x-opt-enqueued-time'), uint64(0x83, 1n), symbol('com.microsoft:producer-id'), text('not a number')],
          ...[symbol('com.microsoft:producer-sequence-number'), uint64(0x80, 2n ** 63n)],
        ),
      ),
    ),
    says: null,
  },
];

const entries = (...pairs: (readonly [string, Buffer])[]): Buffer => map(...pairs.flatMap(([key, value]) => [text(key), value]));
const request = (properties: Buffer, body: Buffer = NULL, id: Buffer = text('id'), replyTo: Buffer = NULL): Buffer =>
  Buffer.concat([described(0x73, list(id, NULL, NULL, NULL, replyTo)), described(0x74, properties), described(0x77, body)]);
const read = (token: Buffer, ...more: (readonly [string, Buffer])[]): Buffer =>
  entries(
    ['operation', text('READ')],
    ['name', text('vigil')],
    ['type', text('com.microsoft:partition')],
    ['security_token', token],
    ...more,
  );

/** Requests to `$management`, and the status of the answer; null when there is none. `token` is a valid one. */
export const questions = (
  token: string,
): readonly { readonly name: string; readonly bytes: Buffer; readonly status: number | null }[] => [
  { name: 'no operation', bytes: request(entries(['name', text('vigil')])), status: 400 },
  { name: 'an operation that is a list', bytes: request(entries(['operation', list(text('READ'))])), status: 400 },
  { name: 'a name that is a map', bytes: request(entries(['operation', text('READ')], ['name', map()])), status: 400 },
  { name: 'a partition that is a list', bytes: request(read(text(token), ['partition', list(text('0'))])), status: 404 },
  { name: 'a partition that is a map', bytes: request(read(text(token), ['partition', map()])), status: 404 },
  { name: 'a partition that is no number', bytes: request(read(text(token), ['partition', text('__proto__')])), status: 404 },
  { name: 'a partition below zero', bytes: request(read(text(token), ['partition', Buffer.from([0x54, 0xff])])), status: 404 },
  { name: 'a partition that is half a number', bytes: request(read(text(token), ['partition', text('0.5')])), status: 404 },
  { name: 'a token of a megabyte', bytes: request(read(text('x'.repeat(1_000_000)), ['partition', text('0')])), status: 401 },
  { name: 'a token that is a list', bytes: request(read(list(text(token)), ['partition', text('0')])), status: 401 },
  { name: 'a way back that is not there', bytes: request(read(text(token)), NULL, text('id'), text('elsewhere')), status: null },
  { name: 'an id that is a number', bytes: request(read(text(token)), NULL, uint64(0x80, 2n ** 63n)), status: 404 },
  { name: 'an id that is a uuid', bytes: request(read(text(token)), NULL, Buffer.alloc(17, 0x98)), status: 404 },
];

const FILTER = 'apache.org:selector-filter:string';
const ARGUMENT = 'com.microsoft:argument-error';
const selector = (value: Buffer): Buffer => map(symbol(FILTER), value);
const position = (value: string): Buffer => selector(described(0x77, text(value)));

/** Attaches of a consumer that are no good: filter, link properties, what is answered (null: it is served). */
export const CONSUMERS: readonly {
  readonly name: string;
  readonly filter?: Buffer;
  readonly properties?: Buffer;
  readonly says: string | null;
}[] = [
  { name: 'a filter that is a number', filter: selector(uint(7)), says: ARGUMENT },
  { name: 'a filter that is a list', filter: selector(list(text('x'))), says: ARGUMENT },
  { name: 'a filter that is a map', filter: selector(map(text('value'), uint(1))), says: ARGUMENT },
  { name: 'a filter that is described as a list', filter: selector(described(0x77, list(text('x'), NULL))), says: ARGUMENT },
  { name: 'a filter that is a boolean', filter: selector(FALSE), says: ARGUMENT },
  { name: 'a filter of no sense', filter: position('1=1; drop'), says: ARGUMENT },
  { name: 'a filter of quotes', filter: position("amqp.annotation.x-opt-offset > '''''"), says: ARGUMENT },
  { name: 'a filter of spaces', filter: position(`amqp.annotation.x-opt-offset >${' '.repeat(100_000)}`), says: ARGUMENT },
  {
    name: 'a number that is too large',
    filter: position(`amqp.annotation.x-opt-sequence-number > '${'9'.repeat(16)}'`),
    says: ARGUMENT,
  },
  { name: 'a number below zero', filter: position("amqp.annotation.x-opt-sequence-number > '-2'"), says: ARGUMENT },
  {
    name: 'filters nobody knows',
    filter: map(
      symbol('x'),
      uint64(0x80, 2n ** 64n - 1n),
      symbol('y'),
      Buffer.alloc(17, 0x98),
      symbol('z'),
      list(NULL, TRUE, map(uint(1), list())),
    ),
    says: null,
  },
  { name: 'a filter that is an array', filter: map(symbol('x'), Buffer.from([0xe0, 4, 2, 0x50, 1, 2])), says: null },
  { name: 'an epoch below zero', properties: map(symbol('com.microsoft:epoch'), Buffer.from([0x55, 0xff])), says: ARGUMENT },
  { name: 'an epoch that is huge', properties: map(symbol('com.microsoft:epoch'), uint64(0x80, 2n ** 64n - 1n)), says: ARGUMENT },
  { name: 'an epoch that is text', properties: map(symbol('com.microsoft:epoch'), text('1')), says: ARGUMENT },
  {
    name: 'an epoch that is half',
    properties: map(symbol('com.microsoft:epoch'), Buffer.from('823fe0000000000000', 'hex')),
    says: ARGUMENT,
  },
  { name: 'an epoch that is a map', properties: map(symbol('com.microsoft:epoch'), map()), says: ARGUMENT },
  { name: 'a name that is a list', properties: map(symbol('com.microsoft:receiver-name'), list(text('x'))), says: null },
];

/** @param handle of the link on which the peer receives */
export const attachConsumer = (handle: number, address: string, filter: Buffer = NULL, properties: Buffer = NULL): Buffer =>
  performative(0x12, [
    ...[text(`consumer ${handle}`), uint(handle), TRUE, NULL, NULL],
    described(0x28, list(text(address), NULL, NULL, NULL, NULL, NULL, NULL, filter)),
    ...[described(0x29, list(text('raw'))), NULL, NULL, NULL, NULL, NULL, NULL, properties],
  ]);

/** Attaches a link on which events are sent, or says why not. */
export const attachProducer = (handle: number, address = 'vigil/Partitions/1'): Buffer =>
  attachSender(`producer ${handle}`, handle, address);

/** A token's request to `$cbs`. */
export const putToken = (audience: Buffer, token: Buffer, type = text('servicebus.windows.net:sastoken')): Buffer =>
  request(entries(['operation', text('put-token')], ['type', type], ['name', audience]), token);
