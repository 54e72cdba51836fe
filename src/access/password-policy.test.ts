import { passwordProblem } from './password-policy.js';

const owner = { username: 'amy.adler', name: 'Amy Adler', siteWords: ['vigil.mercy-general.example'] };

test.each([
  'correct horse battery',
  'seven green kettles dance',
  'tX9#vQ2!mB7z',
  'пять зелёных чайников',
  '夏の夜に猫が三匹眠っていた',
  'n0t-Easy-2-gue55-at-all',
  '🦊🐙🦉🐝🦋🐢🐳🦜🐞🦔🐧🦀',
])('%s may be a password', async (password) => {
  expect(await passwordProblem(password, owner)).toBeNull();
});

test.each([
  ['elevenchars', /too short/],
  ['🦊🐙🦉', /too short/],
  ['x'.repeat(257), /too long/],
  ['123456789012', /./],
  ['qwertyuiop123', /./],
  ['password1234', /tried first|sequence|little more/],
  ['Password2024!', /little more/],
  ['P@ssw0rd2024!', /little more/],
  ['passwordpassword', /repetition|tried first|little more/],
  ['aaaaaaaaaaaaaa', /repetition/],
  ['abcdefghijklmnop', /sequence/],
  ['x7#kqpx7#kqp', /repetition/],
  ['AmyAdler1234', /your own name|sequence/],
  ['amy.adler-amy.adler', /your own name/],
  ['MercyGeneral99', /belong to this site/],
  ['vigil vigil vigil', /belong to this site/],
  ['ＰＡＳＳＷＯＲＤ１２３４', /little more|tried first/],
])('%s may not, and the reason is said', async (password, reason) => {
  expect(await passwordProblem(password, owner)).toMatch(reason);
});

test('256 characters are looked at in no time', async () => {
  await passwordProblem('warm up the list', owner);
  const startMs = performance.now();
  await passwordProblem('password'.repeat(32).slice(1), owner);
  expect(performance.now() - startMs).toBeLessThan(500);
});
