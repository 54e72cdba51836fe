import { ATTEMPT_MS_MAX, type SignOnAttempt, SignOnAttempts } from './sign-on-attempts.js';
import { tokenHash } from './tokens.js';

const attempt = (n: number, atMs = 0): SignOnAttempt => ({
  state: `state-${n}`,
  nonce: 'n',
  codeVerifier: 'v',
  browserHash: tokenHash('browser'),
  replaces: null,
  atMs,
});
const taking = (n: number, wallMs = 0, browser = 'browser') => ({ state: `state-${n}`, browser, wallMs });

describe('sign-ins under way', () => {
  test('an attempt is taken once', () => {
    const attempts = new SignOnAttempts();
    attempts.add(attempt(1));
    expect(attempts.take(taking(1))).toEqual(attempt(1));
    expect(attempts.take(taking(1))).toBeNull();
  });

  test('another browser neither gets it nor ends it', () => {
    const attempts = new SignOnAttempts();
    attempts.add(attempt(1));
    expect(attempts.take(taking(1, 0, 'other'))).toBeNull();
    expect(attempts.take(taking(1, 0, ''))).toBeNull();
    expect(attempts.take(taking(1))).not.toBeNull();
  });

  test('after ten minutes it is over', () => {
    const attempts = new SignOnAttempts();
    attempts.add(attempt(1));
    attempts.add(attempt(2));
    expect(attempts.take(taking(1, ATTEMPT_MS_MAX - 1))).not.toBeNull();
    expect(attempts.take(taking(2, ATTEMPT_MS_MAX))).toBeNull();
  });

  test('no more are kept than allowed, and old ones make room', () => {
    const attempts = new SignOnAttempts();
    for (let n = 0; n < 6_000; n++) attempts.add(attempt(n));
    expect(attempts.size).toBe(5_000);
    expect(attempts.take(taking(5_999))).not.toBeNull();
    attempts.add(attempt(7_000, ATTEMPT_MS_MAX));
    expect(attempts.size).toBe(1);
  });
});
