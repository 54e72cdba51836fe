import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './cursor.js';

const written = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a cursor leads back to its sort key', () => {
  const key = fc.tuple(fc.maxSafeInteger(), fc.stringMatching(/^[a-z0-9-]{1,48}$/));
  fc.assert(fc.property(key, (each) => expect(decodeCursor(encodeCursor(each), ['number', 'string'])).toEqual(each)));
  expect(decodeCursor(undefined, ['number'])).toBeNull();
});

test.each([
  ['a text where a number is', written(['abc', 'enc-1'])],
  ['a number where a text is', written([1, 2])],
  ['a part of a number', written([1.5, 'enc-1'])],
  ['a number that is too large', written([1e300, 'enc-1'])],
  ['a NUL', written([1, 'enc\0'])],
  ['a text that is too long', written([1, 'x'.repeat(201)])],
  ['a cursor of another list', written(['enc-1'])],
  ['no list', written({ 0: 1, 1: 'enc-1', length: 2 })],
  ['no JSON', 'AAAA'],
  ['nothing', ''],
])('%s is no cursor', (_what, cursor) => {
  expect(() => decodeCursor(cursor, ['number', 'string'])).toThrow('invalid-request');
});
