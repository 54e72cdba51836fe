import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Canaries, judge } from '../support/canaries.js';

const NAME = 'Quägmire-Zebedee';
const KEY = randomBytes(32);
const canaries = new Canaries();
canaries.add('name', NAME);
canaries.add('key', KEY);
const found = (content: Buffer | string): string[] => canaries.in('here', content).map(({ canary }) => canary);

test.each([
  ['as it is', `xx ${NAME} yy`],
  ['in upper case', `xx ${NAME.toUpperCase()} yy`],
  ['in lower case and base64', Buffer.from(NAME.toLowerCase()).toString('base64')],
  ['percent-encoded', `/patients?name=${encodeURIComponent(NAME)}&b=1`],
  ['percent-encoded byte by byte', [...Buffer.from(NAME)].map((b) => `%${b.toString(16).toUpperCase()}`).join('')],
  ['in hex', `x'${Buffer.from(NAME).toString('hex').toUpperCase()}'`],
  ['in base64', Buffer.from(`a${NAME}b`).toString('base64')],
  ['in base64, shifted', Buffer.from(`ab${NAME}b`).toString('base64')],
  ['in base64url', Buffer.from(`abc${NAME}b`).toString('base64url')],
  ['as JSON of ASCII', `{"name":"Qu\\u00e4gmire-Zebedee"}`],
  ['in quoted-printable', 'Subject: Qu=C3=A4gmire-Zebedee'],
])('a canary is found %s', (_form, text) => {
  expect(found(text)).toEqual(['name']);
});

test('a canary is found in UTF-16 and in latin-1', () => {
  const wide = Buffer.from(`x${NAME}x`, 'utf16le');
  expect([found(wide), found(Buffer.from(wide).swap16()), found(Buffer.from(NAME, 'latin1'))]).toEqual([
    ['name'],
    ['name'],
    ['name'],
  ]);
});

test('a key is found as bytes, in hex and in both alphabets of base64', () => {
  const forms = [
    Buffer.concat([Buffer.from('x'), KEY]),
    KEY.toString('hex').toUpperCase(),
    KEY.toString('base64'),
    KEY.toString('base64url'),
  ];
  expect(forms.map(found)).toEqual(forms.map(() => ['key']));
});

test('what is not there is not found, and a canary that chance could write is refused', () => {
  expect(found(randomBytes(1_000_000))).toEqual([]);
  expect(found(NAME.slice(1))).toEqual([]);
  expect(() => canaries.add('short', 'abc')).toThrow('too short');
});

test('every file is looked through, hidden ones, names and what lies before unwritten space too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-canaries-'));
  mkdirSync(join(folder, 'a', NAME), { recursive: true });
  writeFileSync(join(folder, 'a', '.hidden'), NAME);
  writeFileSync(join(folder, 'long'), Buffer.concat([Buffer.alloc(1_000), KEY]));
  truncateSync(join(folder, 'long'), 5_000_000);
  const hits = canaries.inFolder(folder, 'data').map(({ place, canary }) => `${canary} in ${place}`);
  rmSync(folder, { recursive: true });
  expect(hits.sort()).toEqual(['key in data/long', 'name in data/a/.hidden', `name in name of data/a/${NAME}`]);
});

test('what must be there is allowed by place and canary together, and an exception that nothing needs is told', () => {
  const hits = ['data/kek.json', 'log'].flatMap((place) => canaries.in(place, KEY));
  const allow = (place: RegExp, canary: RegExp) => ({ place, canary, why: 'because' });
  expect(judge(hits, [allow(/kek\.json$/, /^key$/)])).toEqual({ leaks: ['key (text) in log'], unused: [] });
  expect(judge(hits, [allow(/^/, /^name$/)])).toEqual({
    leaks: ['key (text) in data/kek.json', 'key (text) in log'],
    unused: ['/^/: because'],
  });
});
