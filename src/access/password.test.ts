import { hashPassword, UNKNOWN_ACCOUNT_HASH, verifyPassword } from './password.js';

test('a password matches its own hash and no other', async () => {
  const hash = await hashPassword('correct horse');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword('correct horse', hash)).toBe(true);
  expect(await verifyPassword('correct hors', hash)).toBe(false);
});

test('the same password hashes differently each time', async () => {
  expect(await hashPassword('a')).not.toBe(await hashPassword('a'));
});

test('letters in another Unicode form are the same password', async () => {
  expect(await verifyPassword('pa\u0301ss', await hashPassword('p\u00e1ss'))).toBe(true);
});

test('a known hash of another implementation verifies', async () => {
  // From the test suite of the reference implementation: m=256, t=2, p=1, salt "somesalt".
  expect(
    await verifyPassword('password', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'),
  ).toBe(true);
});

test.each([
  ['plain text', 'secret'],
  ['another algorithm', '$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'],
  ['more memory than allowed', '$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
  ['the hash of nobody', UNKNOWN_ACCOUNT_HASH],
])('%s matches nothing', async (_name, stored) => {
  expect(await verifyPassword('secret', stored)).toBe(false);
});
