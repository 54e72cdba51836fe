import { StaffId } from '@vigil/contracts';
import type { NewSession, SessionStore } from '../../src/ports/session-store.js';

export interface SessionsUnderTest {
  readonly sessionStore: SessionStore;
  nowMs(): number;
  end(): Promise<void>;
}

const IDLE_MS = 900_000;
const ABSOLUTE_MS = 12 * 3_600_000;
const amy = StaffId.parse('amy');

/** Promises of `SessionStore` on the seeded site of `sql-fixture.ts`. */
export function sessionsContract(open: () => Promise<SessionsUnderTest>): void {
  let t: SessionsUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const create = (tokenHash: string, more: Partial<NewSession> = {}) =>
    t.sessionStore.create({
      tokenHash,
      sessionRef: `ref-${tokenHash}`,
      staffId: amy,
      methods: ['password'],
      ip: '10.0.0.1',
      externalRef: null,
      replaces: null,
      wallMs: t.nowMs(),
      idleMs: IDLE_MS,
      absoluteMs: ABSOLUTE_MS,
      ...more,
    });
  const use = (tokenHash: string, atMs: number) => t.sessionStore.use(tokenHash, atMs, IDLE_MS);

  test('a session lives while it is used, and not a moment longer than its idle time', async () => {
    await create('hash');
    const halfWay = t.nowMs() + IDLE_MS / 2;
    expect(await use('hash', halfWay)).toMatchObject({ user: { staffId: 'amy' }, expiresAtMs: halfWay + IDLE_MS });
    expect(await use('hash', halfWay + IDLE_MS - 1)).not.toBeNull();
    expect(await use('hash', t.nowMs() + 10 * IDLE_MS)).toBeNull();
    expect(await use('other', t.nowMs())).toBeNull();
  });

  test('a session that is used all the time ends all the same', async () => {
    const { endsMs } = await create('hash');
    let atMs = t.nowMs();
    for (; atMs < endsMs; atMs += IDLE_MS / 2) expect(await use('hash', atMs)).not.toBeNull();
    expect(endsMs).toBe(t.nowMs() + ABSOLUTE_MS);
    expect(await use('hash', endsMs)).toBeNull();
  });

  test('looking at a session does not push its end on', async () => {
    await create('hash');
    expect(await t.sessionStore.peek('hash', t.nowMs() + IDLE_MS / 2)).toMatchObject({ expiresAtMs: t.nowMs() + IDLE_MS });
    expect(await t.sessionStore.peek('hash', t.nowMs() + IDLE_MS)).toBeNull();
  });

  test('a session that takes the place of another ends it', async () => {
    await create('old');
    await create('new', { replaces: 'old', methods: ['password', 'totp'] });
    expect(await use('old', t.nowMs())).toBeNull();
    expect(await use('new', t.nowMs())).toMatchObject({ methods: ['password', 'totp'] });
  });

  test('an ended session is gone, by its token and by its name, and only its own person’s', async () => {
    await create('a');
    await create('b');
    await t.sessionStore.end('a');
    expect(await use('a', t.nowMs())).toBeNull();
    expect(await t.sessionStore.endByRef(StaffId.parse('ben'), 'ref-b')).toBe(false);
    expect(await use('b', t.nowMs())).not.toBeNull();
    expect(await t.sessionStore.endByRef(amy, 'ref-b')).toBe(true);
    expect(await use('b', t.nowMs())).toBeNull();
  });

  test('all sessions of a person end but the one that stays', async () => {
    for (const hash of ['a', 'b', 'c']) await create(hash);
    await create('ben', { staffId: StaffId.parse('ben') });
    expect(await t.sessionStore.endAllOf(amy, 'b')).toBe(2);
    expect([...(await t.sessionStore.alive(['a', 'b', 'c', 'ben'], t.nowMs())).keys()].sort()).toEqual(['b', 'ben']);
  });

  test('an identity provider ends what it calls by a name', async () => {
    await create('a', { externalRef: 'idp|1' });
    await create('b', { externalRef: 'idp|2' });
    expect(await t.sessionStore.endByExternalRef('idp|1')).toBe(1);
    expect([...(await t.sessionStore.alive(['a', 'b'], t.nowMs())).keys()]).toEqual(['b']);
  });

  test('a person sees their own sessions, newest first', async () => {
    await create('a');
    await create('b', { wallMs: t.nowMs() + 1_000, methods: ['passkey'] });
    await create('ben', { staffId: StaffId.parse('ben') });
    const mine = await t.sessionStore.listOf(amy, t.nowMs() + 2_000);
    expect(mine.map((s) => s.sessionRef)).toEqual(['ref-b', 'ref-a']);
    expect(mine[0]).toMatchObject({ methods: ['passkey'], ip: '10.0.0.1' });
  });

  test('of more sessions than a person may have, the one unused longest ends', async () => {
    for (let n = 0; n < 51; n += 1) await create(`h${n}`, { wallMs: t.nowMs() + n });
    expect(await use('h0', t.nowMs() + 60)).toBeNull();
    expect(await use('h1', t.nowMs() + 60)).not.toBeNull();
  });

  test('nobody gets a session for a person who is not there', async () => {
    await expect(create('x', { staffId: StaffId.parse('nobody') })).rejects.toMatchObject({ code: 'not-found' });
  });
}
