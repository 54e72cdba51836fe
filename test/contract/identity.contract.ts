import { CareUnitId, StaffId } from '@vigil/contracts';
import type { AccountChange, Accounts } from '../../src/ports/accounts.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import type { SecondFactors } from '../../src/ports/second-factors.js';
import type { SessionStore } from '../../src/ports/session-store.js';
import type { Stations } from '../../src/ports/stations.js';
import type { NewTicket, Tickets } from '../../src/ports/tickets.js';

export interface IdentityUnderTest {
  readonly accounts: Accounts;
  readonly secondFactors: SecondFactors;
  readonly sessionStore: SessionStore;
  readonly stations: Stations;
  readonly tickets: Tickets;
  nowMs(): number;
  end(): Promise<void>;
}

const amy = StaffId.parse('amy');
const dan = StaffId.parse('dan');
const icu = CareUnitId.parse('icu');

/** Promises of `Accounts`, `SecondFactors`, `Tickets` and `Stations` on the seeded site of `sql-fixture.ts`. */
export function identityContract(open: () => Promise<IdentityUnderTest>): void {
  let t: IdentityUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const change = (): AccountChange => ({
    audit: auditEntry({ actor: 'dan', action: 'account.test', object: 'staff:amy', outcome: 'allowed' }),
    wallMs: t.nowMs(),
  });
  const session = (tokenHash: string) =>
    t.sessionStore.create({
      tokenHash,
      sessionRef: tokenHash,
      staffId: amy,
      methods: ['password'],
      ip: '10.0.0.1',
      externalRef: null,
      replaces: null,
      wallMs: t.nowMs(),
      idleMs: 1_000,
      absoluteMs: 1_000,
    });
  const lives = async (tokenHash: string): Promise<boolean> => (await t.sessionStore.peek(tokenHash, t.nowMs())) !== null;

  describe('accounts', () => {
    test.each([
      ['other roles', () => t.accounts.setRoles(amy, ['physician'], change())],
      ['disabling', () => t.accounts.setDisabled(amy, true, change())],
      ['a new password', () => t.accounts.setPassword(amy, 'hash', change())],
      ['a reset', () => t.accounts.reset(amy, { password: { hash: 'x', untilMs: 1 }, secondFactors: false }, change())],
    ])('%s: the sessions of the person end with it', async (_what, run) => {
      await session('a');
      await run();
      expect(await lives('a')).toBe(false);
    });

    test('a disabled account is not found, has no session, and comes back whole', async () => {
      await session('a');
      await t.accounts.setDisabled(amy, true, change());
      expect(await t.accounts.byUsername('amy')).toBeNull();
      expect(await t.accounts.byStaffId(amy)).toBeNull();
      expect(await t.accounts.view(amy, t.nowMs())).toMatchObject({ disabled: true, roles: ['nurse'] });
      await expect(session('b')).rejects.toMatchObject({ code: 'not-found' });
      await t.accounts.setDisabled(amy, false, change());
      expect((await t.accounts.byStaffId(amy))!.user.roles).toEqual(['nurse']);
    });

    test('the last admin stays: neither disabled nor without the role, also by two at once', async () => {
      await expect(t.accounts.setDisabled(dan, true, change())).rejects.toMatchObject({ code: 'conflict' });
      await t.accounts.setRoles(amy, ['admin'], change());
      const both = await Promise.allSettled([dan, amy].map((staffId) => t.accounts.setRoles(staffId, [], change())));
      expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('a name and a person have one account; staff without one get it', async () => {
      const made = { staffId: StaffId.parse('zoe'), username: 'zoe', name: 'Zoe', roles: ['nurse' as const], password: null };
      await t.accounts.create(made, change());
      await expect(t.accounts.create(made, change())).rejects.toMatchObject({ code: 'conflict' });
      const sameName = { ...made, staffId: StaffId.parse('zoe-2') };
      await expect(t.accounts.create(sameName, change())).rejects.toMatchObject({ code: 'conflict' });
      expect(await t.accounts.byUsername('zoe')).toMatchObject({ passwordHash: '', passwordTemporary: false });
    });

    test('a list has every account once, page by page', async () => {
      const first = await t.accounts.list({ limit: 3, wallMs: t.nowMs() });
      const rest = await t.accounts.list({ limit: 3, wallMs: t.nowMs(), cursor: first.next! });
      expect([...first.items, ...rest.items].map((each) => each.staffId)).toEqual(['amy', 'ben', 'carol', 'dan']);
      expect(rest.next).toBeNull();
    });

    test('a hash is made anew only in the place of the one that was checked', async () => {
      await t.accounts.rehash(amy, { from: 'another', to: 'x' });
      expect((await t.accounts.byStaffId(amy))!.passwordHash).toBe('$argon2id$amy');
      await t.accounts.rehash(amy, { from: '$argon2id$amy', to: 'newer' });
      expect((await t.accounts.byStaffId(amy))!.passwordHash).toBe('newer');
    });
  });

  describe('second factors', () => {
    const totp = { secret: 'GEZDGNBVGY3TQOJQ', step: 100, recoveryCodeHashes: ['h1', 'h2'] };

    test('a secret comes back as it was, and a step is used once, never an earlier one', async () => {
      expect(await t.secondFactors.totpSecret(amy)).toBeNull();
      await t.secondFactors.setTotp(amy, totp, change());
      expect(await t.secondFactors.totpSecret(amy)).toBe(totp.secret);
      expect(await t.secondFactors.useTotpStep(amy, 100)).toBe(false);
      const two = await Promise.all([t.secondFactors.useTotpStep(amy, 101), t.secondFactors.useTotpStep(amy, 101)]);
      expect(two.sort()).toEqual([false, true]);
      expect(await t.secondFactors.useTotpStep(amy, 99)).toBe(false);
    });

    test('a recovery code is used once, by its own person', async () => {
      await t.secondFactors.setTotp(amy, totp, change());
      expect(await t.secondFactors.useRecoveryCode(dan, 'h1')).toBe(false);
      const two = await Promise.all([t.secondFactors.useRecoveryCode(amy, 'h1'), t.secondFactors.useRecoveryCode(amy, 'h1')]);
      expect(two.sort()).toEqual([false, true]);
      await t.secondFactors.setRecoveryCodes(amy, ['h3'], change());
      expect(await t.secondFactors.useRecoveryCode(amy, 'h2')).toBe(false);
      expect(await t.secondFactors.of(amy)).toMatchObject({ totp: true, recoveryCodes: 1, passkeys: [] });
      await t.secondFactors.removeTotp(amy, change());
      expect(await t.secondFactors.of(amy)).toMatchObject({ totp: false, recoveryCodes: 0 });
    });

    const passkey = (n: number) => ({
      passkeyId: `pk-${String(n).padStart(16, '0')}`,
      staffId: amy,
      credentialId: `cred-${n}`,
      name: `key ${n}`,
      publicKey: Buffer.from([1, 2, n]),
      signCount: 0,
      synced: false,
      transports: ['internal'],
    });

    test('a passkey counts up; one that does not count stays at zero', async () => {
      await t.secondFactors.addPasskey(passkey(1), change());
      const found = (await t.secondFactors.passkey('cred-1'))!;
      expect(Buffer.from(found.publicKey)).toEqual(Buffer.from([1, 2, 1]));
      expect(await t.secondFactors.usePasskey(found.passkeyId, 0, t.nowMs())).toBe(true);
      expect(await t.secondFactors.usePasskey(found.passkeyId, 5, t.nowMs())).toBe(true);
      for (const count of [5, 4, 0]) expect(await t.secondFactors.usePasskey(found.passkeyId, count, t.nowMs())).toBe(false);
      expect((await t.secondFactors.of(amy)).passkeys).toMatchObject([{ name: 'key 1', lastUsedMs: t.nowMs() }]);
    });

    test('ten per person, none twice, and only its own person takes one away', async () => {
      for (let n = 1; n <= 10; n += 1) await t.secondFactors.addPasskey(passkey(n), change());
      await expect(t.secondFactors.addPasskey(passkey(11), change())).rejects.toMatchObject({ code: 'conflict' });
      const { passkeyId } = passkey(10);
      expect(await t.secondFactors.removePasskey(dan, passkeyId, change())).toBe(false);
      expect(await t.secondFactors.removePasskey(amy, passkeyId, change())).toBe(true);
      const twice = { ...passkey(12), credentialId: 'cred-1' };
      await expect(t.secondFactors.addPasskey(twice, change())).rejects.toMatchObject({ code: 'conflict' });
    });

    test('a reset takes all of them away', async () => {
      await t.secondFactors.setTotp(amy, totp, change());
      await t.secondFactors.addPasskey(passkey(1), change());
      await t.accounts.reset(amy, { password: { hash: 'x', untilMs: 1 }, secondFactors: true }, change());
      expect(await t.secondFactors.of(amy)).toEqual({ totp: false, recoveryCodes: 0, passkeys: [] });
    });
  });

  describe('tickets', () => {
    const put = (hash: string, more: Partial<NewTicket> = {}) =>
      t.tickets.put({
        hash,
        purpose: 'second-factor',
        staffId: amy,
        content: { methods: 'password' },
        expiresMs: t.nowMs() + 1_000,
        wallMs: t.nowMs(),
        ...more,
      });

    test('a ticket is taken once, for its own purpose and in its time', async () => {
      await put('a', { secret: 'do not tell' });
      expect(await t.tickets.peek('a', 'enrolment', t.nowMs())).toBeNull();
      expect(await t.tickets.take('a', 'second-factor', t.nowMs() + 1_000)).toBeNull();
      expect(await t.tickets.peek('a', 'second-factor', t.nowMs())).toMatchObject({ staffId: 'amy', secret: 'do not tell' });
      const two = await Promise.all([1, 2].map(() => t.tickets.take('a', 'second-factor', t.nowMs())));
      expect(two.filter((each) => each !== null)).toHaveLength(1);
    });

    test('it ends with the last wrong answer that it bears', async () => {
      await put('a');
      expect([await t.tickets.wrong('a', 3), await t.tickets.wrong('a', 3), await t.tickets.wrong('a', 3)]).toEqual([
        true,
        true,
        false,
      ]);
      expect(await t.tickets.peek('a', 'second-factor', t.nowMs())).toBeNull();
      expect(await t.tickets.wrong('a', 3)).toBe(false);
    });

    test('those whose time is over are not kept', async () => {
      await put('a');
      await put('b', { wallMs: t.nowMs() + 1_000, expiresMs: t.nowMs() + 2_000 });
      expect(await t.tickets.peek('a', 'second-factor', t.nowMs())).toBeNull();
    });
  });

  describe('stations', () => {
    const create = (stationId: string, codeHash: string) =>
      t.stations.create({ stationId, careUnitId: icu, label: 'Desk', codeHash, codeUntilMs: t.nowMs() + 1_000 }, change());
    const enrol = (codeHash: string, tokenHash: string, wallMs = t.nowMs()) =>
      t.stations.enrol({ codeHash, tokenHash }, wallMs, () => change().audit);
    const [one, two] = ['st-000000000001', 'st-000000000002'] as const;

    test('a code enrols one screen, once and in time', async () => {
      expect(await create(one, 'c1')).toMatchObject({ state: 'waiting', careUnitId: 'icu', lastSeenMs: null });
      expect(await enrol('c1', 'late', t.nowMs() + 1_000)).toBeNull();
      const both = await Promise.all(['t1', 't2'].map((token) => enrol('c1', token)));
      expect(both.filter((each) => each !== null)).toMatchObject([{ stationId: one, state: 'enrolled' }]);
    });

    test('a new token takes the place of the old one, which holds for a moment', async () => {
      await create(one, 'c1');
      await enrol('c1', 'old');
      expect(await t.stations.rotate(one, { from: 'old', to: 'new' }, t.nowMs())).toBe(true);
      expect(await t.stations.rotate(one, { from: 'old', to: 'other' }, t.nowMs())).toBe(false);
      expect(await t.stations.byToken('new', t.nowMs(), 100)).toMatchObject({ isEarlierToken: false });
      expect(await t.stations.byToken('old', t.nowMs() + 99, 100)).toMatchObject({ isEarlierToken: true });
      expect(await t.stations.byToken('old', t.nowMs() + 100, 100)).toBeNull();
    });

    test('a revoked station is nobody’s any more, and is listed as such', async () => {
      await create(one, 'c1');
      await create(two, 'c2');
      await enrol('c1', 't1');
      await t.stations.revoke(one, change());
      expect(await t.stations.byToken('t1', t.nowMs(), 100)).toBeNull();
      expect([...(await t.stations.alive([one, two, 'st-none']))]).toEqual([two]);
      await expect(t.stations.revoke(one, change())).rejects.toMatchObject({ code: 'not-found' });
      const all = await t.stations.list({ careUnitIds: null, limit: 1 });
      expect(all.items).toMatchObject([{ stationId: one, state: 'revoked' }]);
      expect((await t.stations.list({ careUnitIds: [icu], limit: 9, cursor: all.next! })).items).toHaveLength(1);
      expect((await t.stations.list({ careUnitIds: [], limit: 9 })).items).toEqual([]);
    });

    test('a care unit that is not there has none', async () => {
      const made = t.stations.create(
        { stationId: one, careUnitId: CareUnitId.parse('nowhere'), label: 'x', codeHash: 'c', codeUntilMs: 1 },
        change(),
      );
      await expect(made).rejects.toMatchObject({ code: 'not-found' });
    });
  });
}
