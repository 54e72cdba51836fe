import { PatientId, StaffId } from '@vigil/contracts';
import type { Accounts } from '../../src/ports/accounts.js';
import { type AuditEntry, auditEntry, type AuditTrail } from '../../src/ports/audit-trail.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import type { Ownership, PartitionOwners } from '../../src/ports/partition-owners.js';
import type { RuleSets } from '../../src/ports/rule-sets.js';

export interface SmallStoresUnderTest {
  readonly accounts: Accounts;
  readonly auditTrail: AuditTrail;
  readonly logRelay: LogRelay;
  readonly partitionOwners: PartitionOwners;
  readonly ruleSets: RuleSets;
  nowMs(): number;
  end(): Promise<void>;
}

/** Promises of `Accounts`, `AuditTrail`, `LogRelay` and `RuleSets` on the seeded site of `sql-fixture.ts`. */
export function smallStoresContract(open: () => Promise<SmallStoresUnderTest>): void {
  let t: SmallStoresUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  describe('accounts', () => {
    test('an account is found by name and by id, with the care units of its assignments', async () => {
      const amy = await t.accounts.byUsername('amy');
      expect(amy).toEqual({
        user: { staffId: 'amy', username: 'amy', name: 'Amy Nurse', roles: ['nurse'], careUnitIds: ['icu'] },
        passwordHash: '$argon2id$amy',
        passwordChangedMs: null,
        passwordTemporary: false,
        temporaryUntilMs: null,
      });
      expect(await t.accounts.byStaffId(StaffId.parse('amy'))).toEqual(amy);
      expect((await t.accounts.byUsername('dan'))!.user.careUnitIds).toEqual([]);
      expect(await t.accounts.byUsername('nobody')).toBeNull();
    });
  });

  describe('audit trail', () => {
    const entry = (action: string, more: Partial<AuditEntry> = {}): AuditEntry =>
      auditEntry({ actor: 'amy', roles: ['nurse'], action, object: 'bed:icu-1', outcome: 'allowed', ...more });

    test('rows are numbered without gaps and listed newest first, page by page', async () => {
      await Promise.all(['a', 'b', 'c', 'd', 'e'].map((action) => t.auditTrail.append(entry(action), t.nowMs())));
      const first = await t.auditTrail.list({ limit: 2 });
      const second = await t.auditTrail.list({ limit: 2, cursor: first.next! });
      const third = await t.auditTrail.list({ limit: 2, cursor: second.next! });
      expect([first, second, third].flatMap((p) => p.items.map((r) => r.seq))).toEqual([5, 4, 3, 2, 1]);
      expect(third.next).toBeNull();
      expect(first.items[0]).toMatchObject({ atMs: t.nowMs(), actor: 'amy', roles: ['nurse'], object: 'bed:icu-1' });
    });

    test('a search for a patient finds every entry that shows that patient, and no other', async () => {
      const patients = (...ids: string[]) => ({ patientIds: ids.map((id) => PatientId.parse(id)) });
      await t.auditTrail.append(entry('list', patients('pat-1', 'pat-2')), t.nowMs());
      await t.auditTrail.append(entry('one', patients('pat-2')), t.nowMs());
      await t.auditTrail.append(entry('none'), t.nowMs());
      const found = async (id: string) =>
        (await t.auditTrail.list({ limit: 9, patientId: PatientId.parse(id) })).items.map((row) => row.action);
      expect([await found('pat-1'), await found('pat-2'), await found('pat-3')]).toEqual([['list'], ['one', 'list'], []]);
    });

    test('each filter narrows the answer, and times are half-open', async () => {
      const at = t.nowMs();
      await t.auditTrail.append(entry('a', { actor: 'ben', outcome: 'refused' }), at);
      await t.auditTrail.append(entry('b', { object: 'bed:icu-2' }), at + 10);
      const found = async (filter: object) => (await t.auditTrail.list({ limit: 9, ...filter })).items.map((row) => row.action);
      expect(await found({ actor: 'ben' })).toEqual(['a']);
      expect(await found({ action: 'b' })).toEqual(['b']);
      expect(await found({ object: 'bed:icu-2' })).toEqual(['b']);
      expect(await found({ outcome: 'refused' })).toEqual(['a']);
      expect(await found({ fromMs: at, toMs: at + 10 })).toEqual(['a']);
      expect(await found({ fromMs: at + 10 })).toEqual(['b']);
      expect(await found({ actor: 'ben', action: 'b' })).toEqual([]);
    });

    test('all that an entry says comes back', async () => {
      const said = entry('a', {
        detail: 'words',
        ip: '192.0.2.1',
        stationId: 'desk',
        sessionRef: 'ref',
        purpose: 'emergency',
        grantId: 'g',
      });
      await t.auditTrail.append(said, t.nowMs());
      const { entryId: _, ...rest } = said;
      expect((await t.auditTrail.list({ limit: 1 })).items).toEqual([{ seq: 1, atMs: t.nowMs(), ...rest }]);
    });

    test('an entry with an id is stored once, however often it is handed over', async () => {
      const named = entry('a', { entryId: '00000000-0000-4000-8000-000000000001' });
      await Promise.all([t.auditTrail.append(named, 1), t.auditTrail.append(named, 1)]);
      await t.auditTrail.append(named, 2);
      expect((await t.auditTrail.list({ limit: 9 })).items).toHaveLength(1);
    });
  });

  describe('log relay', () => {
    test('rows come in the order of their commits and stay until they are done', async () => {
      const all = await t.logRelay.next(100);
      expect(all.map((r) => r.seq)).toEqual(all.map((_, i) => i + 1));
      expect(await t.logRelay.next(2)).toEqual(all.slice(0, 2));
      await t.logRelay.done(2);
      expect(await t.logRelay.next(100)).toEqual(all.slice(2));
    });
  });

  test('the active rule set is found by its hash too', async () => {
    const active = await t.ruleSets.active();
    expect(active).toMatchObject({ hash: expect.stringMatching(/^[0-9a-f]{64}$/), ruleSet: { name: 'test' } });
    expect(await t.ruleSets.get(active!.hash)).toEqual(active!.ruleSet);
    expect(await t.ruleSets.get('0'.repeat(64))).toBeNull();
  });
}

/** Promises of `PartitionOwners`. Nobody owns anything of the group `history`. */
export function partitionOwnersContract(open: () => Promise<SmallStoresUnderTest>): void {
  let t: SmallStoresUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const id = { fullyQualifiedNamespace: 'Hub.Example', eventHubName: 'vigil', consumerGroup: 'history', partitionId: '3' };
  const claim = async (ownerId: string, etag?: string): Promise<Ownership | undefined> => {
    const rows = await t.partitionOwners
      .storeFor(ownerId)
      .claimOwnership([{ ...id, ownerId, ...(etag === undefined ? {} : { etag }) }]);
    return rows[0];
  };
  const list = () => t.partitionOwners.storeFor('a').listOwnership('hub.example', 'VIGIL', 'history');
  const checkpoint = (ownerId: string, n: number) =>
    t.partitionOwners.storeFor(ownerId).updateCheckpoint({ ...id, offset: `o${n}`, sequenceNumber: n });

  test('of two who claim a free partition one wins', async () => {
    const won = await Promise.all([claim('a'), claim('b')]);
    expect(won.filter((w) => w !== undefined)).toHaveLength(1);
    expect(await list()).toMatchObject([
      { partitionId: '3', ownerId: won[0] === undefined ? 'b' : 'a', lastModifiedTimeInMs: t.nowMs() },
    ]);
  });

  test('a claim wins only from the state that it saw', async () => {
    const a = await claim('a');
    const b = await claim('b', a!.etag);
    expect(b).toMatchObject({ ownerId: 'b' });
    expect(await claim('a', a!.etag)).toBeUndefined();
    expect(await claim('a')).toBeUndefined();
  });

  test('a partition that was given up is listed as nobody’s', async () => {
    const a = await claim('a');
    const given = await t.partitionOwners.storeFor('a').claimOwnership([{ ...id, ownerId: '', etag: a!.etag! }]);
    expect(given).toHaveLength(1);
    expect(await list()).toMatchObject([{ ownerId: '' }]);
    expect(await claim('b', given[0]!.etag)).toMatchObject({ ownerId: 'b' });
  });

  test('only the owner moves the read position, and only forward', async () => {
    const a = await claim('a');
    await checkpoint('a', 5);
    await checkpoint('a', 4);
    const store = t.partitionOwners.storeFor('a');
    expect(await store.listCheckpoints('HUB.example', 'vigil', 'history')).toMatchObject([{ offset: 'o5', sequenceNumber: 5 }]);
    await claim('b', a!.etag);
    await expect(checkpoint('a', 6)).rejects.toMatchObject({ code: 'ownership-lost', retryable: false });
    await checkpoint('b', 7);
    expect(await store.listCheckpoints('hub.example', 'vigil', 'history')).toMatchObject([{ offset: 'o7' }]);
    expect(await store.listCheckpoints('hub.example', 'vigil', 'live')).toEqual([]);
  });
}
