import fc from 'fast-check';
import { checkFrame, checkMessage, FRAME_TYPE } from './frame-check.js';

/** A frame with this body, its size as it is. */
function frame(...body: number[]): Buffer {
  const out = Buffer.from([0, 0, 0, 0, 2, 0, 0, 0, ...body]);
  out.writeUInt32BE(out.length);
  return out;
}

const list8 = (...fields: number[][]): number[] => [0xc0, fields.flat().length + 1, fields.length, ...fields.flat()];
const performative = (code: number, ...fields: number[][]): Buffer => frame(0x00, 0x53, code, ...list8(...fields));
const text = (s: string): number[] => [0xa1, s.length, ...Buffer.from(s, 'latin1')];
const NULL = [0x40];
const ONE = [0x52, 1];
const BEGIN = 0x11;

const checked = (bytes: Buffer, type: number = FRAME_TYPE.amqp): string => {
  try {
    checkFrame(bytes, type);
    return 'ok';
  } catch (e) {
    return (e as Error).name === 'WireError' ? (e as Error).message : `threw ${String(e)}`;
  }
};
const described = (...code: number[]): number[] => [0x00, ...code];

test.each<[string, Buffer, string]>([
  ['a begin', performative(BEGIN, NULL, ONE, ONE, ONE), 'ok'],
  [
    'a begin that names itself',
    frame(...described(0xa3, 15, ...Buffer.from('amqp:begin:list')), ...list8(NULL, ONE, ONE, ONE)),
    'ok',
  ],
  [
    'a begin in wide forms',
    frame(...described(0x80, 0, 0, 0, 0, 0, 0, 0, BEGIN), 0xd0, 0, 0, 0, 11, 0, 0, 0, 4, 0x40, ...ONE, ...ONE, ...ONE),
    'ok',
  ],
  ['an empty frame', frame(), 'ok'],
  ['a begin without its windows', performative(BEGIN, NULL, ONE), 'field 2 is missing'],
  ['a begin with text for a number', performative(BEGIN, NULL, text('x'), ONE, ONE), 'a field holds something else than uint'],
  [
    'a begin with more fields than there are',
    performative(BEGIN, ...Array.from({ length: 9 }, () => NULL)),
    'a performative with too many fields',
  ],
  [
    'a begin with bytes behind it',
    Buffer.concat([performative(BEGIN, NULL, ONE, ONE, ONE), Buffer.from([0x40])]),
    'bytes after a performative',
  ],
  ['an unknown performative', performative(0x19), 'an unknown performative'],
  ['a SASL performative', performative(0x41, [0xa3, 1, 0x41]), 'an unknown performative'],
  ['no performative', frame(0xa1, 1, 0x41), 'a described value is expected'],
  ['a name that is not UTF-8', performative(0x12, [0xa1, 1, 0xff], ONE, [0x41]), 'a string is not UTF-8'],
  [
    'a list of thirty million',
    frame(0x00, 0x53, BEGIN, 0xd0, 0, 0, 0, 4, 0x01, 0xc9, 0xc3, 0x80),
    'a performative with too many fields',
  ],
  [
    'a map of thirty million',
    performative(0x18, described(0x53, 0x1d).concat(list8([0xa3, 1, 0x41], NULL, [0xd1, 0, 0, 0, 4, 0x01, 0xc9, 0xc3, 0x80]))),
    'too many values',
  ],
  [
    'an array of four billion nulls',
    performative(0x10, text('c'), NULL, NULL, NULL, NULL, [0xf0, 0, 0, 0, 6, 0xff, 0xff, 0xff, 0xff, 0xa3, 0]),
    'too many values',
  ],
  ['a length that reaches beyond the frame', performative(0x10, [0xb1, 0, 0, 1, 0, 0x41]), 'a value is cut short'],
  [
    'a source where an error belongs',
    performative(0x18, described(0x53, 0x28).concat(list8())),
    'a field holds something else than error',
  ],
])('%s', (_, bytes, expected) => {
  expect(checked(bytes)).toBe(expected);
});

test('nesting ends before the stack does', () => {
  const nest = (depth: number): number[] => {
    let value = [0x40];
    for (let i = 0; i < depth; i++)
      value = [0xd0, 0, 0, (value.length + 4) >> 8, (value.length + 4) & 0xff, 0, 0, 0, 1, ...value];
    return value;
  };
  const withMap = (value: number[]): Buffer => {
    const entries = [0xa3, 1, 0x41, ...value];
    const map = [0xd1, 0, 0, (entries.length + 4) >> 8, (entries.length + 4) & 0xff, 0, 0, 0, 2, ...entries];
    const fields = [NULL, ONE, ONE, ONE, NULL, NULL, NULL, map].flat();
    return frame(0x00, 0x53, BEGIN, 0xd0, 0, 0, (fields.length + 4) >> 8, (fields.length + 4) & 0xff, 0, 0, 0, 8, ...fields);
  };
  expect(checked(withMap(nest(5)))).toBe('ok');
  expect(checked(withMap(nest(50)))).toBe('values are nested too deep');
  expect(checked(withMap(nest(5000)))).toBe('values are nested too deep');
  expect(checked(frame(...Array.from({ length: 60_000 }, () => 0)))).not.toBe('ok');
});

test('whatever bytes there are: they pass or are refused with a reason, and quickly', () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 200 });
  fc.assert(
    fc.property(fc.constantFrom(0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x18), bytes, (code, body) => {
      expect(checked(frame(0x00, 0x53, code, ...body))).not.toMatch(/^threw/);
      expect(checked(frame(...body))).not.toMatch(/^threw/);
      try {
        checkMessage(Buffer.from(body));
      } catch (e) {
        expect((e as Error).name).toBe('WireError');
      }
    }),
    { numRuns: 2000 },
  );
});
