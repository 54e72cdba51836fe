import { smsText, toGsm7 } from './gsm7.js';

const LINK = `https://vigil.hospital.test/p/${'t'.repeat(43)}`;

test('a page is one SMS: its words give way, its link and its beginning do not', () => {
  const text = smsText({ text: `TEST *** High priority alarm, bed ${'Very long label '.repeat(8)}. Open: ${LINK}` });
  expect(text.length).toBeLessThanOrEqual(160);
  expect(text).toMatch(/^TEST \*\*\* High priority alarm, bed Very/);
  expect(text.endsWith(` ${LINK}`)).toBe(true);
});

test('a short page is left as it is', () => {
  expect(smsText({ text: 'TEST bed ICU 3. Open: https://v.test/p/abc' })).toBe('TEST bed ICU 3. Open: https://v.test/p/abc');
});

test('a link that leaves no room keeps its words all the same', () => {
  const link = `https://${'a'.repeat(140)}.test/p/x`;
  expect(smsText({ text: `TEST *** High priority alarm. Open: ${link}` })).toBe(`TEST *** High priority alarm. Open: ${link}`);
});

test.each([
  ['Küche', 'Küche'],
  ['Łóżko', '?ozko'],
  ['“a” – b…', '"a" - b...'],
  ['病', '?'],
])('%s is written as %s', (from, to) => expect(toGsm7(from)).toBe(to));
