import { decoded, headerOf } from './encoding.js';

const message = (charset: string, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5|||||AUT|${charset}\rPID|||1||`), name]);
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

test.each<[string, Buffer, string | null]>([
  ['UTF-8 that says so', message('UNICODE UTF-8', Buffer.from('Müller')), 'Müller'],
  ['UTF-8 by the setting', message('', Buffer.from('Müller')), 'Müller'],
  ['ISO 8859-1', message('8859/1', latin1('Müller')), 'Müller'],
  ['ISO 8859-15', message('8859/15', Buffer.from([0x4d, 0xa4])), 'M€'],
  ['ASCII', message('ASCII', latin1('Mueller')), 'Mueller'],
  ['the first of several', message('8859/1~UNICODE UTF-8', latin1('Müller')), 'Müller'],
  ['ISO 8859-1 that says UTF-8', message('UNICODE UTF-8', latin1('Müller')), null],
  ['ISO 8859-1 under a setting of UTF-8', message('', latin1('Müller')), null],
  ['letters in what says ASCII', message('ASCII', Buffer.from('Müller')), null],
  ['letters of Windows in what says ISO 8859-1', message('8859/1', Buffer.from([0x80])), null],
  ['an encoding that is not supported', message('ISO IR87', latin1('x')), null],
])('%s', (_what, bytes, name) => {
  const text = decoded(bytes, 'utf-8');
  expect(text === null ? null : text.slice(text.lastIndexOf('|') + 1)).toBe(name);
});

test.each(['8859/1', '8859/15', ''])('UTF-8 under "%s" is refused: nobody is called MÃ¼ller', (charset) => {
  for (const name of ['MÜLLER', 'Müller', 'Ångström', 'Łukasz', 'Ελένη'])
    expect(decoded(message(charset, Buffer.from(name)), 'windows-1252')).toBeNull();
});

test('letters that follow each other are no UTF-8 as long as one of them is not', () => {
  for (const name of ['ÜÖÄ', 'Crème brûlée', 'ÉÈ']) expect(decoded(message('8859/1', latin1(name)), 'utf-8')).toContain(name);
});

test('a header is read where the text is not', () => {
  expect(headerOf(latin1('MSH|^~\\&|Ä\rPID'))).toBe('MSH|^~\\&|?');
});
