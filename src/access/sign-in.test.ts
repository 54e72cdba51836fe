import fc from 'fast-check';
import { PersonRole } from '@vigil/contracts';
import { Attempts } from './attempts.js';
import { KNOWN_FOR_MS, KnownDevices } from './known-devices.js';
import { relyingParty } from './relying-party.js';
import { nextSignInStep, type SignInFacts } from './sign-in-steps.js';
import { SignInThrottle } from './sign-in-throttle.js';
import { newRecoveryCodes, newTotpSecret, plainCode, recoveryHash, totpStep, totpUri } from './totp.js';

describe('the next step of a sign-in', () => {
  const nobody: SignInFacts = {
    roles: ['nurse'],
    methods: ['password'],
    passwordTemporary: false,
    totp: false,
    passkeys: 0,
    secondFactorRoles: [],
  };
  const admins = { roles: ['admin'], secondFactorRoles: ['admin'] } as const;

  test.each<[string, Partial<SignInFacts>, string]>([
    ['a password alone', {}, 'session'],
    ['an authenticator app is there', { totp: true }, 'second-factor'],
    ['and was shown', { totp: true, methods: ['password', 'totp'] }, 'session'],
    ['a recovery code stands in for it', { totp: true, methods: ['password', 'recovery-code'] }, 'session'],
    ['a passkey is there but nobody must have it', { passkeys: 1 }, 'session'],
    ['a passkey is there and one must be shown', { passkeys: 1, ...admins }, 'second-factor'],
    ['a passkey is enough', { totp: true, passkeys: 1, methods: ['passkey'], ...admins }, 'session'],
    ['the role needs a second factor and there is none', admins, 'enrolment'],
    ['a temporary password', { passwordTemporary: true }, 'new-password'],
    ['a temporary password comes before setting up', { passwordTemporary: true, ...admins }, 'new-password'],
    ['the second factor comes before the new password', { passwordTemporary: true, totp: true }, 'second-factor'],
    ['a passkey does not ask for the password', { passwordTemporary: true, passkeys: 1, methods: ['passkey'] }, 'session'],
  ])('%s', (_name, more, step) => {
    expect(nextSignInStep({ ...nobody, ...more })).toBe(step);
  });

  const facts = fc.record({
    roles: fc.subarray([...PersonRole.options]),
    methods: fc.subarray(['password', 'totp', 'recovery-code', 'passkey']),
    passwordTemporary: fc.boolean(),
    totp: fc.boolean(),
    passkeys: fc.nat(2),
    secondFactorRoles: fc.subarray([...PersonRole.options]),
  });

  test('no session by a password alone where a second factor is there or asked for', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const isAsked = known.roles.some((role) => known.secondFactorRoles.includes(role));
        const onlyPassword = { ...known, methods: ['password'] };
        if (known.totp || isAsked || known.passwordTemporary) expect(nextSignInStep(onlyPassword)).not.toBe('session');
      }),
    );
  });

  test('more that was shown never asks for more, and every way ends', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const done = { ...known, passwordTemporary: false, methods: [...known.methods, 'passkey'] };
        expect(nextSignInStep(done)).toBe('session');
      }),
    );
  });
});

describe('attempts', () => {
  const limit = { max: 3, windowMs: 100, keysMax: 2 };

  test('no stretch of time has more than allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 60 }), (gaps) => {
        const attempts = new Attempts(limit);
        const allowed: number[] = [];
        let nowMs = 0;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          if (attempts.take('k', nowMs) === 0) allowed.push(nowMs);
        }
        for (const fromMs of allowed)
          expect(allowed.filter((t) => t >= fromMs && t < fromMs + 100).length).toBeLessThanOrEqual(3);
      }),
    );
  });

  test('the wait is as long as it takes, what is given back is free again, and memory is bounded', () => {
    const attempts = new Attempts(limit);
    for (const atMs of [0, 10, 20]) expect(attempts.take('k', atMs)).toBe(0);
    expect(attempts.take('k', 30)).toBe(70);
    attempts.giveBack('k');
    expect(attempts.take('k', 30)).toBe(0);
    attempts.forgive('k');
    expect(attempts.size).toBe(0);
    for (const key of ['a', 'b', 'c', 'd']) attempts.take(key, 0);
    expect(attempts.size).toBe(2);
  });
});

describe('the throttle', () => {
  const attempt = { username: 'amy', ip: '10.0.0.1', knownDeviceId: null, wallMs: 0 };

  test('many addresses together guess at one account no more than two hundred times', () => {
    const throttle = new SignInThrottle();
    let count = 0;
    for (let n = 0; n < 1_000; n += 1) {
      try {
        throttle.password({ ...attempt, ip: `10.0.${n >> 8}.${n & 255}` });
        count += 1;
      } catch {
        // Held up.
      }
    }
    expect(count).toBe(200);
    expect(() => throttle.password({ ...attempt, knownDeviceId: 'workstation' })).not.toThrow();
  });

  test('an IPv6 host has one allowance for its whole network', () => {
    const throttle = new SignInThrottle();
    for (let n = 0; n < 10; n += 1) throttle.password({ ...attempt, ip: `2001:db8::${n}:1` });
    expect(() => throttle.password({ ...attempt, ip: '2001:db8::ffff' })).toThrow('too-many-attempts');
  });
});

describe('known devices', () => {
  const devices = new KnownDevices(Buffer.alloc(32, 1));

  test('a browser knows those who signed in with it, the last twenty-four', () => {
    let cookie: string | null = null;
    for (let n = 0; n < 30; n += 1) cookie = devices.remember(devices.read(cookie, 0), `person-${n}`, 0).value;
    const device = devices.read(cookie, 0);
    expect([5, 6, 29].map((n) => devices.knows(device, `person-${n}`))).toEqual([false, true, true]);
    expect(cookie!.length).toBeLessThan(1_024);
    expect(cookie).not.toContain('person');
  });

  test('signing in again keeps the browser and renews it', () => {
    const first = devices.read(devices.remember(null, 'amy', 0).value, 0);
    const again = devices.remember(first, 'amy', 1_000);
    expect(devices.read(again.value, 1_000)).toEqual(first);
    expect(devices.read(again.value, KNOWN_FOR_MS + 1_000)).toBeNull();
  });

  test('no other bytes, and no cookie of another site, is one', () => {
    const { value } = devices.remember(null, 'amy', 0);
    expect(new KnownDevices(Buffer.alloc(32, 2)).read(value, 0)).toBeNull();
    fc.assert(
      fc.property(fc.nat(value.length - 1), fc.constantFrom('A', 'b', '0', '.', '_'), (at, char) => {
        const changed = value.slice(0, at) + char + value.slice(at + 1);
        // Another last letter may say the same bits.
        if (changed !== value) expect(devices.read(changed, 0)).toBeNull();
      }),
    );
    for (const text of [null, '', '....', 'x'.repeat(2_000)]) expect(devices.read(text, 0)).toBeNull();
  });
});

describe('one-time codes', () => {
  /** RFC 6238, appendix B (SHA-1), the last six of eight digits. */
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %i s the code of the standard is %s', (atS, code) => {
    expect(totpStep(secret, code, atS * 1_000)).toBe(Math.floor(atS / 30));
  });

  test('one step early and late is right and names its own step; two are not', () => {
    const nowMs = 1_111_111_109_000;
    const step = Math.floor(nowMs / 30_000);
    expect(totpStep(secret, '081804', nowMs + 30_000)).toBe(step);
    expect(totpStep(secret, '081804', nowMs - 30_000)).toBe(step);
    expect(totpStep(secret, '081804', nowMs + 60_000)).toBeNull();
    expect(totpStep(secret, '081804', nowMs - 60_000)).toBeNull();
    for (const code of ['', '81804', '0818041', '08180a', '０８１８０４']) expect(totpStep(secret, code, nowMs)).toBeNull();
  });

  test('secrets and recovery codes are new each time and bound to their person', () => {
    expect(newTotpSecret()).toMatch(/^[A-Z2-7]{32}$/);
    expect(newTotpSecret()).not.toBe(newTotpSecret());
    const uri = new URL(totpUri(secret, 'amy', 'Vigil'));
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({
      secret,
      issuer: 'Vigil',
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
    const codes = newRecoveryCodes();
    expect(codes.every((code) => /^([a-z2-9]{4}-){2}[a-z2-9]{4}$/.test(code))).toBe(true);
    expect(recoveryHash('amy', codes[0]!)).toBe(recoveryHash('amy', codes[0]!.toUpperCase()));
    expect(recoveryHash('amy', codes[0]!)).not.toBe(recoveryHash('ben', codes[0]!));
    expect(plainCode(' 123 456 ')).toBe('123456');
  });
});

describe('the name that passkeys are bound to', () => {
  test.each([
    ['https://vigil.hospital.test', undefined, true, 'vigil.hospital.test', 'https://vigil.hospital.test'],
    ['https://vigil.hospital.test:8443/', 'evil.example', true, 'vigil.hospital.test', 'https://vigil.hospital.test:8443'],
    [null, 'localhost:3000', false, 'localhost', 'http://localhost:3000'],
    [null, 'localhost', true, 'localhost', 'https://localhost'],
  ])('%s asked as %s', (publicUrl, host, secure, id, origin) => {
    expect(relyingParty(publicUrl, host, secure)).toEqual({ id, origin });
  });

  test.each([
    [null, '127.0.0.1:3000'],
    [null, 'evil.example'],
    [null, undefined],
    [null, 'localhost.evil.example'],
    ['https://10.0.0.5', 'localhost'],
    ['https://[::1]:3000', 'localhost'],
  ])('%s asked as %s has none', (publicUrl, host) => {
    expect(() => relyingParty(publicUrl, host, false)).toThrow('invalid-request');
  });
});
