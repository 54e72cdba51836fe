import fc from 'fast-check';
import { type Framed, framed, FrameReader } from './frames.js';

const plain = ({ is, bytes, ...rest }: Framed) => ({ is, text: bytes.toString('latin1'), ...rest });
const read = (bytes: Uint8Array, max?: number) => new FrameReader(max).push(bytes).map(plain);
const raw = (text: string): Buffer => Buffer.from(text, 'latin1');

test.each<[string, string, readonly object[]]>([
  ['one frame', '\x0bMSH|\x1c\r', [{ is: 'frame', text: 'MSH|' }]],
  [
    'two in one chunk',
    '\x0ba\x1c\r\x0bb\x1c\r',
    [
      { is: 'frame', text: 'a' },
      { is: 'frame', text: 'b' },
    ],
  ],
  ['an empty one', '\x0b\x1c\r', [{ is: 'frame', text: '' }]],
  ['nothing yet', '\x0bMSH', []],
  ['garbage before a frame', 'x\x0ba\x1c\r', [{ is: 'broken', why: 'outside', text: 'x\x0ba\x1c\r' }]],
  [
    'a line feed between frames',
    '\x0ba\x1c\r\n\x0bb\x1c\r',
    [
      { is: 'frame', text: 'a' },
      { is: 'broken', why: 'outside', text: '\n\x0bb\x1c\r' },
    ],
  ],
  ['a frame that swallows the next', '\x0ba\r\x0bb\x1c\r', [{ is: 'broken', why: 'nested', text: 'a\r\x0bb\x1c\r' }]],
  ['an end without CR', '\x0ba\x1cb', [{ is: 'broken', why: 'open', text: 'ab' }]],
])('%s', (_what, text, expected) => {
  expect(read(raw(text))).toEqual(expected);
});

test('a frame has a bound, and what broke is kept up to it', () => {
  expect(read(raw('\x0b1234\x1c\r'), 4)).toEqual([{ is: 'frame', text: '1234' }]);
  expect(read(raw('\x0b12345\x1c\r'), 4)).toEqual([{ is: 'broken', why: 'too-long', text: '1234' }]);
});

test('nothing is read after what is broken', () => {
  const reader = new FrameReader();
  expect(reader.push(raw('x'))).toHaveLength(1);
  expect(reader.push(raw('\x0ba\x1c\r'))).toEqual([]);
  expect(reader.isInside).toBe(false);
});

const bytes = fc.array(
  fc.oneof(
    { arbitrary: fc.constantFrom(0x0b, 0x1c, 0x0d, 0x0a), weight: 2 },
    { arbitrary: fc.integer({ min: 0, max: 255 }), weight: 1 },
  ),
  { maxLength: 60 },
);

test('any chunking of any bytes gives the same frames, and holds no more than one', () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 60 }), (all, sizes) => {
      const reader = new FrameReader(16);
      const found: Framed[] = [];
      for (let at = 0, n = 0; at < all.length; n++) {
        const to = at + sizes[n % sizes.length]!;
        found.push(...reader.push(Uint8Array.from(all.slice(at, to))));
        at = to;
      }
      const whole = read(Uint8Array.from(all), 16);
      // What is kept of a break depends on what had come by then; where and why it broke does not.
      const essence = (each: ReturnType<typeof plain>) => (each.is === 'frame' ? each : { ...each, text: '' });
      expect(found.map(plain).map(essence)).toEqual(whole.map(essence));
      for (const each of found) expect(each.bytes.length).toBeLessThanOrEqual(16);
    }),
    { numRuns: 500 },
  );
});

test('messages that were framed come out as they went in', () => {
  const message = fc.string({ unit: fc.constantFrom('M', '|', '^', 'ü', '\r', '\n'), maxLength: 40 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), (messages) => {
      const stream = Buffer.concat(messages.map(framed));
      expect(new FrameReader().push(stream).map(({ bytes }) => bytes.toString('utf8'))).toEqual(messages);
    }),
  );
});
