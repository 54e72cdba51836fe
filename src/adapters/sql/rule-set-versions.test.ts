import { randomUUID } from 'node:crypto';
import { type CommandId, RuleSet, type StaffId } from '@vigil/contracts';
import { Kysely } from 'kysely';
import { openTestStores, site, type TestStores } from '../../../test/contract/sql-fixture.js';
import { auditEntry } from '../../ports/audit-trail.js';
import { MIGRATIONS } from './migrations/index.js';
import { NodeSqliteDialect } from './node-sqlite.js';
import type { Tables } from './schema.js';
import { migrate } from './sql.js';
import { readStoredRuleSets } from './stored-rule-sets.js';

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

const command = (by: string) => ({
  commandId: randomUUID() as CommandId,
  by: by as StaffId,
  audit: auditEntry({ actor: by, action: 'test', object: 'test', outcome: 'allowed' }),
  nowMs: t.clock.nowMs(),
  wallMs: t.clock.wallMs(),
});
const now = () => ({ nowMs: t.clock.nowMs(), wallMs: t.clock.wallMs(), rate: 1 });
const activations = async () => (await t.logRelay.next(1_000)).filter(({ event }) => event.kind === 'ruleSetActivated');

/** Makes a rule set of this name and brings it to its date. */
async function schedule(name: string, effectiveMs: number): Promise<string> {
  const { value } = await t.ruleSetVersions.create(RuleSet.parse({ ...site.ruleSet, name }), command('amy'));
  const { hash } = value;
  const comparedWith = (await t.ruleSets.active())!.hash;
  await t.ruleSetVersions.move({ ...command('amy'), hash, action: 'propose', ifRev: 1, reason: 'x' });
  await t.ruleSetVersions.move({ ...command('carol'), hash, action: 'approve', ifRev: 2, reason: '', comparedWith });
  await t.ruleSetVersions.move({ ...command('amy'), hash, action: 'schedule', ifRev: 3, reason: '', effectiveMs });
  return hash;
}

test('of two platforms that look at once, one puts the rules into force', async () => {
  const hash = await schedule('next', t.clock.nowMs());
  const other = await t.again('platform-other');
  const both = [t.ruleSetVersions, other.ruleSetVersions];
  // One of them may find the file locked; it looks again, as the service does.
  const first = await Promise.allSettled(both.map((each) => each.activateDue(now())));
  const second = await Promise.all([await both[0]!.activateDue(now()), await both[1]!.activateDue(now())]);
  const done = first.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect([...done, ...second].flatMap(({ inForce }) => inForce)).toEqual([hash]);
  expect(await activations()).toHaveLength(2);
  expect((await other.ruleSets.active())!.hash).toBe(hash);
});

test('what came due while no platform ran comes into force at the next start; a later one that nobody compared with it does not', async () => {
  const nowMs = t.clock.nowMs();
  const late = await schedule('late', nowMs + 2_000);
  const early = await schedule('early', nowMs + 1_000);
  expect(await t.ruleSetVersions.nextDueMs()).toBe(nowMs + 1_000);
  expect((await t.ruleSetVersions.activateDue(now())).inForce).toEqual([]);
  await t.clock.advance(60_000);
  const again = await t.again();
  const reason = expect.stringContaining('against other rules than those in force now: withdraw it') as string;
  expect(await again.ruleSetVersions.activateDue(now())).toEqual({ inForce: [early], refused: [{ hash: late, reason }] });
  expect(await activations()).toHaveLength(2);
  expect((await again.ruleSets.active())!.hash).toBe(early);
  const { version, history } = (await t.ruleSetVersions.get(late))!;
  expect(version).toMatchObject({ state: 'approved', effectiveMs: null });
  expect(history.at(-1)).toMatchObject({ action: 'withdraw', by: 'system:rules', reason });
  expect((await t.auditTrail.list({ limit: 1 })).items[0]).toMatchObject({ action: 'rule-set.activate', outcome: 'failed' });
  expect(await again.ruleSetVersions.nextDueMs()).toBeNull();
});

test('an approval is worth fourteen days: until the date of what it approves, and when that comes', async () => {
  const days = (n: number): number => t.clock.nowMs() + n * 86_400_000;
  await expect(schedule('far', days(15))).rejects.toMatchObject({ code: 'approval-stale' });
  const hash = await schedule('near', days(13));
  await t.clock.advance(15 * 86_400_000);
  const reason = expect.stringContaining('more than 14 days before') as string;
  expect(await t.ruleSetVersions.activateDue(now())).toEqual({ inForce: [], refused: [{ hash, reason }] });
  const again = { ...command('amy'), hash, action: 'schedule', ifRev: 5, reason: '' } as const;
  await expect(t.ruleSetVersions.move(again)).rejects.toMatchObject({ code: 'approval-stale' });
  const comparedWith = (await t.ruleSets.active())!.hash;
  await t.ruleSetVersions.move({ ...command('amy'), hash, action: 'withdraw', ifRev: 5, reason: 'x' });
  await t.ruleSetVersions.move({ ...command('amy'), hash, action: 'propose', ifRev: 6, reason: 'x' });
  await t.ruleSetVersions.move({ ...command('carol'), hash, action: 'approve', ifRev: 7, reason: '', comparedWith });
  await t.ruleSetVersions.move({ ...again, ...command('amy'), ifRev: 8 });
  expect((await t.ruleSetVersions.activateDue(now())).inForce).toEqual([hash]);
});

test('a draft is in force nowhere: no gateway and no screen hears of it', async () => {
  const before = await t.ruleSets.active();
  const { value } = await t.ruleSetVersions.create(RuleSet.parse({ ...site.ruleSet, name: 'draft' }), command('amy'));
  expect(await t.ruleSets.active()).toEqual(before);
  expect((await t.directory.gatewayConfig('gw-1', 1))!.watch!.ruleSetHash).toBe(before!.hash);
  expect((await t.ruleSetVersions.get(value.hash))!.version.state).toBe('draft');
});

test('the rules of a folder of before have their life: in force, or superseded', async () => {
  const file = `${t.folder}/before.db`;
  const dialect = new NodeSqliteDialect(file);
  const before = new Kysely<Pick<Tables, 'rule_set' | 'rule_set_version'>>({ dialect });
  const old = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < '0011'));
  await migrate(before, old);
  const row = (hash: string, activation: number) => ({ hash: hash.repeat(64), content_json: '{}', activation });
  await before
    .insertInto('rule_set')
    .values([row('a', 1), row('b', 3), row('c', 2)])
    .execute();
  await migrate(before, MIGRATIONS);
  const rows = await before.selectFrom('rule_set_version').select(['hash', 'state', 'approved_by']).orderBy('hash').execute();
  expect(rows.map(({ hash, state, approved_by }) => [hash[0], state, approved_by])).toEqual([
    ['a', 'superseded', 'installation'],
    ['b', 'active', 'installation'],
    ['c', 'superseded', 'installation'],
  ]);
  await before.destroy();
});

test('the file tells the rule sets beside a running platform, and its content', async () => {
  const hash = await schedule('next', t.clock.nowMs() + 1_000);
  const stored = readStoredRuleSets(t.file);
  expect(stored.map(({ state }) => state).sort()).toEqual(['active', 'scheduled']);
  expect(stored.find((each) => each.hash === hash)).toMatchObject({ name: 'next', proposedBy: 'amy', approvedBy: 'carol' });
  expect(() => readStoredRuleSets(`${t.folder}/keys.db`)).toThrow(/older version/);
});
