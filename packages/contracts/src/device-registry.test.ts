import { z } from 'zod';
import { NewDevice } from './device-registry.js';

const owner = NewDevice.shape.owner;
const accepts = (text: string): boolean => owner.safeParse(text).success;

describe('a line about a device', () => {
  test('has no control or format character of any plane, and no line break', () => {
    const taken: string[] = [];
    for (let code = 0; code <= 0x10_ffff; code++) {
      const text = String.fromCodePoint(code);
      if (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text) && accepts(`a${text}b`)) taken.push(code.toString(16));
    }
    expect(taken).toEqual([]);
  });

  test('is any other text, without the blanks around it', () => {
    expect(owner.parse(' Medizintechnik Süd – 3, “Ö” 医療 😀 ')).toBe('Medizintechnik Süd – 3, “Ö” 医療 😀');
    expect(accepts(' \u00a0 ')).toBe(false);
  });

  test('has a pattern that readers of the JSON schema can use', () => {
    const { pattern = '' } = z.toJSONSchema(z.object({ owner })).properties?.owner as { pattern?: string };
    expect(pattern).not.toContain('\\p');
    expect(pattern).not.toContain('\\u{');
    expect(new RegExp(pattern, 'u').test('ward 3')).toBe(true);
  });
});
