import { METRICS, PAYLOAD_BYTES_MAX, Reading } from '@vigil/contracts';
import fc from 'fast-check';
import { decode } from './decode.js';

const BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';
const hr = { metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' };
const good = { bootId: BOOT, seq: 7, atMs: 1_767_225_600_000, observations: [hr] };
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const withReading = (change: object): Buffer => bytes({ ...good, observations: [{ ...hr, ...change }] });
const SECRET = 'Mustermann';

test('a good message is taken whole', () => {
  const { message, faults } = decode(bytes({ ...good, origin: 'simulated' }));
  expect(faults).toEqual([]);
  expect(message).toEqual({
    bootId: BOOT,
    seq: 7,
    deviceAtMs: good.atMs,
    origin: 'simulated',
    readings: [hr],
    zeroes: 0,
    noValues: [],
  });
});

test('a real device names no origin and is live', () => {
  expect(decode(bytes(good)).message?.origin).toBe('live');
});

describe('bad input is refused with a reason, a path and what was expected', () => {
  const cases: readonly [string, Buffer, string, string, RegExp][] = [
    ['malformed JSON', Buffer.from('{"bootId":'), 'malformed-json', '', /JSON/],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'malformed-json', '', /UTF-8/],
    ['nothing at all', Buffer.alloc(0), 'malformed-json', '', /JSON/],
    ['a wrong unit', withReading({ unit: 'mm[Hg]' }), 'wrong-unit', 'observations.0.unit', /heartRate is measured in \/min/],
    ['heart rate 351', withReading({ value: 351 }), 'implausible-value', 'observations.0.value', /^0\.\.350 \/min$/],
    [
      'SpO2 140',
      withReading({ metric: 'spo2', unit: '%', value: 140 }),
      'implausible-value',
      'observations.0.value',
      /^0\.\.100 %$/,
    ],
    [
      'temperature 384.5',
      withReading({ metric: 'temperature', unit: 'Cel', value: 384.5 }),
      'implausible-value',
      'observations.0.value',
      /^25\.\.45 Cel$/,
    ],
    [
      'a coded value off its list',
      withReading({ metric: 'consciousness', unit: '{score}', value: 'X' }),
      'implausible-value',
      'observations.0.value',
      /one of A C V P U/,
    ],
    ['an unknown metric', withReading({ metric: SECRET }), 'unknown-metric', 'observations.0.metric', /a known metric/],
    ['an unknown quality', withReading({ quality: SECRET }), 'invalid-message', 'observations.0.quality', /one of valid/],
    ['an unknown field of a reading', withReading({ [SECRET]: 1 }), 'invalid-message', 'observations.0', /no unknown field/],
    ['an unknown field', bytes({ ...good, [SECRET]: SECRET }), 'invalid-message', '', /no unknown field/],
    ['another device named inside', bytes({ ...good, deviceId: 'sim-icu-2' }), 'invalid-message', '', /no unknown field/],
    ['a value of the wrong type', withReading({ value: { text: SECRET } }), 'invalid-message', 'observations.0.value', /number/],
    ['a boot id that is none', bytes({ ...good, bootId: SECRET }), 'invalid-message', 'bootId', /uuid/],
    ['a negative seq', bytes({ ...good, seq: -1 }), 'invalid-message', 'seq', /at least 0/],
    ['a time in seconds with fraction', bytes({ ...good, atMs: 1.5 }), 'invalid-message', 'atMs', /int/],
    ['no readings', bytes({ ...good, observations: [] }), 'invalid-message', 'observations', /at least 1/],
    ['too many readings', bytes({ ...good, observations: Array(65).fill(hr) }), 'invalid-message', 'observations', /at most 64/],
    ['an array', bytes([good]), 'invalid-message', '', /object/],
    ['null', bytes(null), 'invalid-message', '', /object/],
    ['too many bytes', Buffer.alloc(PAYLOAD_BYTES_MAX + 1, 32), 'too-large', '', /at most 65536 bytes/],
  ];
  test.each(cases)('%s', (_name, payload, reason, path, expected) => {
    const { message, faults } = decode(payload);
    expect(message?.readings ?? []).toEqual([]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ reason, path });
    expect(faults[0]!.expected).toMatch(expected);
    expect(JSON.stringify(faults)).not.toContain(SECRET);
  });
});

test('the values that were refused are never repeated', () => {
  for (const value of [-100, 140.25, 384.5, 'Mustermann']) {
    expect(JSON.stringify(decode(withReading({ value })).faults)).not.toContain(String(value));
  }
});

test('one bad reading is refused alone, and the others are kept in order', () => {
  const spo2 = { metric: 'spo2', value: 97, unit: '%', quality: 'valid' };
  const { message, faults } = decode(bytes({ ...good, observations: [hr, { ...spo2, value: 140 }, spo2, { metric: 'x' }] }));
  expect(message?.readings).toEqual([hr, spo2]);
  expect(faults.map((f) => [f.reason, f.path])).toEqual([
    ['implausible-value', 'observations.1.value'],
    ['unknown-metric', 'observations.3.metric'],
  ]);
});

test.each(['heartRate', 'pulseRate'])('a %s of zero is "no value", not a standstill and not a fault', (metric) => {
  const { message, faults } = decode(withReading({ metric, value: 0 }));
  expect(faults).toEqual([]);
  expect(message?.readings).toEqual([{ metric, value: null, unit: '/min', quality: 'notMeasured' }]);
  expect(message?.zeroes).toBe(1);
});

test('a zero with a reason of the device keeps that reason', () => {
  expect(decode(withReading({ value: 0, quality: 'leadsOff' })).message?.readings[0]).toMatchObject({
    value: null,
    quality: 'leadsOff',
  });
});

test('a respiration rate of zero stays zero', () => {
  expect(decode(withReading({ metric: 'respirationRate', value: 0 })).message?.readings[0]!.value).toBe(0);
});

test('a number too large for a double is refused', () => {
  const { faults } = decode(Buffer.from(JSON.stringify(good).replace('72', '1e999')));
  expect(faults).toHaveLength(1);
});

test('nothing in a message reaches the prototype of objects', () => {
  decode(Buffer.from(`{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${JSON.stringify(good).slice(1)}`));
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test('random bytes and random JSON never throw, and what is accepted is valid', () => {
  const reading = fc.record({
    metric: fc.oneof(fc.constantFrom(...Object.keys(METRICS)), fc.string()),
    value: fc.oneof(fc.double(), fc.integer(), fc.string(), fc.constant(null)),
    unit: fc.oneof(fc.constantFrom('/min', '%', 'Cel', 'mm[Hg]'), fc.string()),
    quality: fc.oneof(fc.constantFrom('valid', 'leadsOff'), fc.string()),
  });
  const near = fc.record({
    bootId: fc.oneof(fc.constant(BOOT), fc.string()),
    seq: fc.oneof(fc.nat(), fc.integer()),
    atMs: fc.oneof(fc.nat(), fc.double()),
    observations: fc.array(fc.oneof(reading, fc.jsonValue()), { maxLength: 5 }),
  });
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b)),
    fc.jsonValue().map(bytes),
    near.map(bytes),
  );
  fc.assert(
    fc.property(payload, (input) => {
      const { message, faults } = decode(input);
      if (message === null) expect(faults.length).toBeGreaterThan(0);
      for (const kept of message?.readings ?? []) {
        expect(Reading.safeParse(kept).success).toBe(true);
        if (kept.metric === 'heartRate') expect(kept.value).not.toBe(0);
      }
      for (const fault of faults) expect(fault.expected.length).toBeGreaterThan(0);
    }),
    { numRuns: 3_000 },
  );
});
