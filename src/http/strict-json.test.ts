import fc from 'fast-check';
import { InvalidRequest } from './invalid-request.js';
import { JSON_DEPTH_MAX, parseStrictJson } from './strict-json.js';

function reasonOf(text: string): string | null {
  try {
    parseStrictJson(text);
    return null;
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    return error.errors[0]!.message;
  }
}

const nested = (depth: number, open = '[', close = ']'): string => open.repeat(depth) + close.repeat(depth);

describe('strict JSON', () => {
  test.each([
    ['as deep as allowed', nested(JSON_DEPTH_MAX), null],
    ['one deeper', nested(JSON_DEPTH_MAX + 1), 'is nested deeper than 32'],
    ['ten thousand objects deep', nested(10_000, '{"a":', '}'), 'is nested deeper than 32'],
    ['brackets inside a string', JSON.stringify('['.repeat(100)), null],
    ['a key twice', '{"a":1,"b":2,"a":3}', 'has a key twice'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":3}', 'has a key twice'],
    ['one key in two objects', '{"a":{"a":1},"b":[{"a":1},{"a":2}]}', null],
    ['the prototype', '{"__proto__":{"x":1}}', 'has a key that is not allowed'],
    ['the prototype, escaped', '{"__pr\\u006fto__" : {"x":1}}', 'has a key that is not allowed'],
    ['the constructor, deep down', '[{"a":{"constructor":{"prototype":{"x":1}}}}]', 'has a key that is not allowed'],
    ['the word as a value', '{"a":"__proto__"}', null],
    ['the largest whole number', '9007199254740991', null],
    ['one larger', '{"a":9007199254740992}', 'has a number that is too large'],
    ['infinity', '1e999', 'has a number that is too large'],
    ['a number of 100 KB', '9'.repeat(100_000), 'has a number that is too large'],
    ['digits inside a string', '{"a":"99999999999999999999"}', null],
    ['a quote left open', '{"a":"b', 'is not JSON'],
    ['a bad escape in a key', '{"\\x":1}', 'is not JSON'],
    ['a lone minus', '-', 'is not JSON'],
    ['a comment', '{} // no', 'is not JSON'],
    ['nothing', '', 'is not JSON'],
    ['NaN', 'NaN', 'is not JSON'],
  ])('%s', (_name, text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });

  test('what it takes, it reads as JSON.parse does', () => {
    const ordinary = fc.jsonValue({ maxDepth: 6 }).filter((value) => !/__proto__|constructor/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(ordinary, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const whole = /(^|[^\d.eE-])-?\d{16,}(?![.\d]*[eE.])/.test(text);
        if (!whole) expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('no text makes it throw anything but a refusal', () => {
    const pieces = fc.array(
      fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '1', '-', 'e', '.', 'a', ' ', '\\u00', 'null'),
    );
    fc.assert(
      fc.property(pieces, (parts) => void reasonOf(parts.join(''))),
      { numRuns: 2_000 },
    );
  });
});
