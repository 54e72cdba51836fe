/** What a stranger may send after the headers, and how the hub has to end the connection. */
import {
  AMQP_HEADER,
  attachReceiver,
  attachSender,
  begin,
  binary,
  described,
  detach,
  flow,
  frame,
  list,
  lyingList,
  lyingMap,
  map,
  NULL,
  open,
  performative,
  SASL_HEADER,
  saslInit,
  symbol,
  text,
  transfer,
  TRUE,
  uint,
} from '../support/raw-amqp.js';

export interface Attack {
  readonly name: string;
  /** Before or instead of the headers, when `isRaw`. */
  readonly isRaw?: boolean;
  readonly bytes: readonly Buffer[];
  /** What the peer hears before the end; null when the end is all. */
  readonly says: string | null;
}

const FRAMING = 'amqp:connection:framing-error';
const DECODE = 'amqp:decode-error';
const NOT_ALLOWED = 'amqp:not-allowed';
const INVALID = 'amqp:invalid-field';
const LIMIT = 'amqp:resource-limit-exceeded';
const HUGE = 0xffffffff;
const THIRTY_MILLION = 30_000_000;

const after = (...bytes: Buffer[]): Buffer[] => [open(), begin(), ...bytes];
const cbs = attachSender('cbs', 0, '$cbs');
const ushort = (value: number): Buffer => Buffer.from([0x60, value >> 8, value & 0xff]);
const nested = (depth: number): Buffer => {
  let value: Buffer = NULL;
  for (let i = 0; i < depth; i++) value = list(value);
  return value;
};
const repeat = (count: number, make: (i: number) => Buffer): Buffer[] => Array.from({ length: count }, (_, i) => make(i));
const flowFields = (...fields: Buffer[]): Buffer => performative(0x13, fields);
const sized = (size: number): Buffer =>
  Buffer.from([size >>> 24, (size >> 16) & 0xff, (size >> 8) & 0xff, size & 0xff, 2, 0, 0, 0]);
const disposition = (role: Buffer, first: number, last: number): Buffer =>
  performative(0x15, [role, uint(first), uint(last), TRUE, described(0x24, list())]);

const HEADERS: Attack[] = [
  { name: 'AMQP 0-9-1', isRaw: true, bytes: [Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')], says: 'AMQP\x03\x01' },
  { name: 'HTTP', isRaw: true, bytes: [Buffer.from('GET / HTTP/1.1\r\n\r\n')], says: 'AMQP\x03\x01' },
  { name: 'a TLS hello', isRaw: true, bytes: [Buffer.from('16030100c8010000c40303', 'hex')], says: 'AMQP\x03\x01' },
  {
    name: 'a protocol that is not there',
    isRaw: true,
    bytes: [Buffer.from('AMQP\x02\x01\x00\x00', 'latin1')],
    says: 'AMQP\x03\x01',
  },
  {
    name: 'a SASL response before any challenge',
    isRaw: true,
    bytes: [SASL_HEADER, frame(described(0x43, list(binary(NULL))), { type: 1 })],
    says: null,
  },
  {
    name: 'a mechanism that is a member of every object',
    isRaw: true,
    bytes: [SASL_HEADER, saslInit('constructor')],
    says: '\x00SD',
  },
  { name: 'a mechanism nobody has', isRaw: true, bytes: [SASL_HEADER, saslInit('PLAIN')], says: '\x00SD' },
  { name: 'a SASL frame of a gigabyte', isRaw: true, bytes: [SASL_HEADER, sized(0x40000000)], says: null },
  { name: 'AMQP where SASL is', isRaw: true, bytes: [SASL_HEADER, open()], says: null },
  { name: 'garbage behind the header', isRaw: true, bytes: [AMQP_HEADER, Buffer.alloc(64, 0xaa)], says: null },
];

const FRAMES: Attack[] = [
  { name: 'a frame of four gigabytes', bytes: after(sized(HUGE)), says: FRAMING },
  { name: 'a frame of no bytes', bytes: after(Buffer.alloc(8)), says: FRAMING },
  { name: 'a frame of seven bytes', bytes: after(sized(7)), says: FRAMING },
  { name: 'a large frame before any token', bytes: after(frame(Buffer.alloc(100_000))), says: FRAMING },
  { name: 'a data offset behind the frame', bytes: after(Buffer.from([0, 0, 0, 8, 255, 0, 0, 0])), says: DECODE },
  { name: 'an unknown performative', bytes: after(performative(0x20, [])), says: DECODE },
  { name: 'a SASL frame after SASL', bytes: after(saslInit()), says: DECODE },
  { name: 'a body that is no list', bytes: after(frame(described(0x11, text('x')))), says: DECODE },
  { name: 'a list of thirty million', bytes: after(frame(described(0x11, lyingList(THIRTY_MILLION)))), says: DECODE },
  {
    name: 'a map of thirty million',
    bytes: after(performative(0x12, [text('x'), uint(0), TRUE, NULL, NULL, NULL, NULL, lyingMap(THIRTY_MILLION)])),
    says: DECODE,
  },
  {
    name: 'four billion nulls',
    bytes: [performative(0x10, [text('x'), NULL, NULL, NULL, NULL, Buffer.from([0xf0, 0, 0, 0, 5, 255, 255, 255, 255, 0x40])])],
    says: null,
  },
  {
    name: 'lists in lists in lists',
    bytes: after(performative(0x11, [NULL, uint(0), uint(1), uint(1), NULL, NULL, NULL, map(symbol('x'), nested(300))])),
    says: DECODE,
  },
  { name: 'descriptors of descriptors', bytes: after(frame(Buffer.alloc(8000))), says: DECODE },
  {
    name: 'text that is not UTF-8',
    bytes: after(performative(0x12, [Buffer.from([0xa1, 1, 0xff]), uint(0), TRUE])),
    says: DECODE,
  },
];

const ORDER: Attack[] = [
  { name: 'no open', bytes: [begin()], says: null },
  { name: 'a second open', bytes: after(open()), says: NOT_ALLOWED },
  { name: 'a frame size below the smallest', bytes: [open(uint(10))], says: null },
  { name: 'an idle time-out of a millisecond', bytes: [open(NULL, NULL, uint(1))], says: null },
  {
    name: 'a begin that answers nothing',
    bytes: after(performative(0x11, [ushort(0), uint(0), uint(1), uint(1)], 1)),
    says: NOT_ALLOWED,
  },
  { name: 'a second begin on one channel', bytes: after(begin()), says: NOT_ALLOWED },
  { name: 'a channel behind the last', bytes: after(begin(5000)), says: FRAMING },
  { name: 'thousands of sessions', bytes: after(...repeat(4000, (i) => begin(i + 1))), says: LIMIT },
  { name: 'a handle behind the last', bytes: after(attachSender('x', HUGE, '$cbs')), says: FRAMING },
  { name: 'two links on one handle', bytes: after(cbs, attachSender('y', 0, '$cbs')), says: 'amqp:session:handle-in-use' },
  { name: 'one link on two handles', bytes: after(cbs, attachSender('cbs', 1, '$cbs')), says: NOT_ALLOWED },
  { name: 'hundreds of links', bytes: after(...repeat(200, (i) => attachSender(`l${i}`, i, '$cbs'))), says: LIMIT },
  { name: 'a link name of ten thousand letters', bytes: after(attachSender('x'.repeat(10_000), 0, '$cbs')), says: INVALID },
  { name: 'an attach on no session', bytes: [open(), attachSender('x', 0, '$cbs', 3)], says: NOT_ALLOWED },
  { name: 'a detach of no link', bytes: after(detach(9)), says: NOT_ALLOWED },
  { name: 'a flow for no link', bytes: after(flow(9, 1)), says: 'amqp:session:unattached-handle' },
];

const TRANSFERS: Attack[] = [
  { name: 'a transfer on no link', bytes: after(transfer(0, 0, NULL)), says: 'amqp:session:unattached-handle' },
  {
    name: 'a transfer on a link that receives',
    bytes: after(attachReceiver('r', 0, '$cbs'), transfer(0, 0, NULL)),
    says: NOT_ALLOWED,
  },
  { name: 'a delivery without an id', bytes: after(cbs, performative(0x14, [uint(0)], 0, NULL)), says: INVALID },
  {
    name: 'another delivery inside one',
    bytes: after(cbs, transfer(0, 0, NULL, { more: true }), transfer(0, 7, NULL)),
    says: NOT_ALLOWED,
  },
  { name: 'deliveries out of order', bytes: after(cbs, transfer(0, 0, NULL), transfer(0, 9, NULL)), says: NOT_ALLOWED },
  { name: 'an abort of nothing', bytes: after(cbs, transfer(0, 0, NULL, { aborted: true })), says: NOT_ALLOWED },
  {
    name: 'a delivery that never ends, large',
    bytes: after(cbs, ...repeat(10, () => transfer(0, 0, Buffer.alloc(8000), { more: true }))),
    says: LIMIT,
  },
  {
    name: 'a delivery that never ends, of nothing',
    bytes: after(cbs, ...repeat(5000, () => transfer(0, 0, Buffer.alloc(0), { more: true }))),
    says: FRAMING,
  },
  { name: 'numbers where text belongs', bytes: after(performative(0x12, [uint(1), uint(0), TRUE])), says: DECODE },
  { name: 'text where numbers belong', bytes: after(cbs, flowFields(text('a'), text('b'), text('c'), text('d'))), says: DECODE },
  {
    name: 'an error where a state belongs',
    bytes: after(performative(0x15, [TRUE, uint(0), NULL, TRUE, described(0x1d, list(symbol('x')))])),
    says: DECODE,
  },
];

/** Each ends the connection of whoever sends it. */
export const ATTACKS: readonly Attack[] = [...HEADERS, ...FRAMES, ...ORDER, ...TRANSFERS];

const request = (...sections: Buffer[]): Buffer => Buffer.concat(sections);
const properties = (...entries: Buffer[]): Buffer => described(0x74, map(...entries));

/** These are passed over: the connection goes on, and an honest request on it is answered. */
export const ODDITIES: readonly { readonly name: string; readonly bytes: readonly Buffer[] }[] = [
  { name: 'a request of nothing', bytes: [transfer(0, 0, Buffer.alloc(0))] },
  { name: 'a request that is no message', bytes: [transfer(0, 0, Buffer.alloc(200, 0x99))] },
  { name: 'a request of thirty million values', bytes: [transfer(0, 0, described(0x74, lyingMap(THIRTY_MILLION)))] },
  { name: 'a request with its body as a deep list', bytes: [transfer(0, 0, described(0x77, nested(300)))] },
  {
    name: 'a token that is a number',
    bytes: [
      transfer(0, 0, request(properties(text('operation'), text('put-token'), text('name'), uint(1)), described(0x77, uint(7)))),
    ],
  },
  {
    name: 'a name that is every object’s',
    bytes: [
      transfer(0, 0, request(properties(text('__proto__'), map(text('operation'), text('put-token'))), described(0x77, NULL))),
    ],
  },
  {
    name: 'a delivery that is taken back',
    bytes: [transfer(0, 0, Buffer.alloc(500), { more: true }), transfer(0, 0, NULL, { aborted: true })],
  },
  {
    name: 'a disposition of four billion deliveries',
    bytes: [disposition(TRUE, 0, HUGE), disposition(Buffer.from([0x42]), 0, HUGE)],
  },
  { name: 'empty frames by the thousand', bytes: repeat(5000, () => frame(Buffer.alloc(0))) },
];
