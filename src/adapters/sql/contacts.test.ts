import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type CommandId, StaffId } from '@vigil/contracts';
import { canonical } from '@vigil/domain';
import { Kysely } from 'kysely';
import { openTestStores, passwordHashes, site, type TestStores } from '../../../test/contract/sql-fixture.js';
import { auditEntry } from '../../ports/audit-trail.js';
import { MIGRATIONS } from './migrations/index.js';
import { NodeSqliteDialect } from './node-sqlite.js';
import { onDutyFor } from './on-duty.js';
import type { Tables } from './schema.js';
import { migrate } from './sql.js';

const amy = StaffId.parse('amy');
let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

let n = 0;
const change = () => ({
  ...{ nowMs: t.clock.nowMs(), wallMs: t.clock.wallMs(), by: amy, source: 'person' as const, sourceRef: null },
  commandId: `00000000-0000-4000-8000-${String(++n).padStart(12, '0')}` as CommandId,
  audit: auditEntry({ actor: 'amy', action: 'contact.add', object: 'staff:amy', outcome: 'allowed' }),
});
const add = () =>
  t.contacts.add({ staffId: amy, channel: 'smtp', address: 'private@hospital.test', label: 'mine', source: 'person' }, change());

test('what people have added, their order and what works outlives a start; what the file says no longer does not', async () => {
  const { value } = await add();
  await t.contacts.outcome('amy/smtp', 'ok', t.clock.wallMs());
  await t.contacts.reorder(amy, { high: [value.contactId, 'site-smtp'], medium: [], low: [] }, change());
  await t.seed();
  const { items, order } = await t.contacts.list(amy, t.clock.wallMs());
  expect(items.map(({ contactId, state }) => [contactId, state]).sort()).toEqual(
    [
      [value.contactId, 'unconfirmed'],
      ['site-smtp', 'works'],
    ].sort(),
  );
  expect(order.high).toEqual([value.contactId, 'site-smtp']);
  expect((await t.escalations.contacts(amy, 'high')).map(({ contactId }) => contactId)).toEqual(['amy/smtp']);
});

const channelsFor = async (priority: 'high' | 'medium' | 'low') =>
  (await t.escalations.contacts(amy, priority)).map(({ contactId }) => contactId);
const isReachable = async () => (await t.contacts.reachability(amy, 'simulated', t.clock.wallMs()))!.reachability;

test('an order says how, never whether: one that names nothing that works gives way to what does', async () => {
  const { value } = await add();
  await t.contacts.reorder(amy, { high: [value.contactId], medium: [], low: [value.contactId] }, change());
  // Nobody has confirmed it.
  for (const priority of ['high', 'medium', 'low'] as const) expect(await channelsFor(priority)).toEqual(['amy/smtp']);
  expect(await isReachable()).toBe('doubtful');
  await t.contacts.remove({ staffId: amy, contactId: value.contactId }, change(), 1);
  expect([await channelsFor('high'), await isReachable()]).toEqual([['amy/smtp'], 'doubtful']);
  await t.contacts.outcome('amy/smtp', 'gone', t.clock.wallMs());
  expect([await channelsFor('high'), await isReachable()]).toEqual([[], 'unreachable']);
});

test('who is told next is nobody whom no way reaches, as the pages themselves have it', async () => {
  const dan = StaffId.parse('dan');
  await t.contacts.add({ staffId: dan, channel: 'sms', address: '+43123456789', label: null, source: 'person' }, change());
  const targets = [amy, dan].map((staffId) => ({ kind: 'person', staffId }) as const);
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(t.file) });
  const people = (await onDutyFor(db, [{ alarmId: 'a', bedId: null, targets }], t.clock.wallMs())).get('a')!;
  await db.destroy();
  expect(people.map((each) => [each.staffId, each.reachableLive])).toEqual([
    ['amy', true],
    ['dan', false],
  ]);
});

test('of an address that the file now says differently nothing is known', async () => {
  await t.contacts.outcome('amy/smtp', 'ok', t.clock.wallMs());
  await t.contacts.outcome('ben/smtp', 'gone', t.clock.wallMs());
  const moved = (each: (typeof site.staff)[number]) => ({
    ...each,
    email: each.staffId === 'carol' ? each.email : 'new@hospital.test',
  });
  const at = { nowMs: t.clock.nowMs(), wallMs: t.clock.wallMs(), rate: t.clock.rate };
  await t.directory.seed({ ...site, staff: site.staff.map(moved) }, passwordHashes, at);
  const stateOf = async (id: string) => (await t.contacts.list(StaffId.parse(id), t.clock.wallMs())).items[0]?.state;
  expect([await stateOf('amy'), await stateOf('ben')]).toEqual(['untested', 'untested']);
});

test('whose account is closed is reached by nothing: their links would answer nothing', async () => {
  const close = (disabled: number) => {
    const file = new DatabaseSync(t.file);
    file.prepare("update account set disabled = ? where staff_id = 'amy'").run(disabled);
    file.close();
  };
  close(1);
  expect([await channelsFor('high'), await isReachable()]).toEqual([[], 'unreachable']);
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(t.file) });
  const place = { alarmId: 'a', bedId: null, targets: [{ kind: 'person', staffId: amy }] } as const;
  const [person] = (await onDutyFor(db, [place], t.clock.wallMs())).get('a')!;
  await db.destroy();
  expect(person).toMatchObject({ name: 'Amy Nurse', reachableLive: false, reachableDemo: false });
  close(0);
  expect([await channelsFor('high'), await isReachable()]).toEqual([['amy/smtp'], 'doubtful']);
});

test('the file holds neither an address nor a name of one in clear', async () => {
  await add();
  const db = new DatabaseSync(t.file);
  const rows = db.prepare("select * from contact_method where staff_id = 'amy'").all();
  db.close();
  expect(JSON.stringify(rows)).not.toMatch(/private|hospital|mine/);
});

const browserOf = (staffId: StaffId, endpoint = 'https://push.example/1') => ({
  ...({ staffId, channel: 'webPush', label: null, source: 'browser' } as const),
  address: JSON.stringify({ endpoint, p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) }),
});

test('a browser shows the pages of one person: of whoever has subscribed in it last', async () => {
  const ben = StaffId.parse('ben');
  const first = (await t.contacts.add(browserOf(amy), change())).value;
  await t.contacts.add(browserOf(amy, 'https://push.example/2'), change());
  await t.contacts.add(browserOf(ben), change());
  const states = async (staffId: StaffId) =>
    (await t.contacts.list(staffId, t.clock.wallMs())).items.flatMap((way) => (way.channel === 'webPush' ? [way.state] : []));
  expect([(await states(amy)).sort(), await states(ben)]).toEqual([['gone', 'works'], ['works']]);
  const ways = await t.escalations.contacts(amy, 'high');
  expect(ways.map(({ address }) => address.includes('/1'))).toEqual([false, false]);
  // Subscribed again it is another way of hers, and his is gone.
  expect((await t.contacts.add(browserOf(amy), change())).value.contactId).not.toBe(first.contactId);
  expect(await states(ben)).toEqual(['gone']);
});

test('a subscription that a browser makes anew keeps its place in the order', async () => {
  const { value } = await t.contacts.add({ ...browserOf(amy), label: 'my phone' }, change());
  await t.contacts.reorder(amy, { high: ['site-smtp', value.contactId], medium: ['site-smtp'], low: ['site-smtp'] }, change());
  const again = (await t.contacts.add(browserOf(amy), change())).value;
  expect([again.contactId, again.rev, again.label]).toEqual([value.contactId, 2, 'my phone']);
  const { order } = await t.contacts.list(amy, t.clock.wallMs());
  expect(order).toEqual({ high: ['site-smtp', value.contactId], medium: ['site-smtp'], low: ['site-smtp'] });
});

test('what is kept of a command tells nobody a number that they guess', async () => {
  const number = { channel: 'sms', address: '+43123456789', label: null } as const;
  await t.contacts.add({ staffId: amy, ...number, source: 'person' }, change());
  const db = new DatabaseSync(t.file);
  const digests = db.prepare("select digest from done_command where action = 'contact.add'").all();
  db.close();
  const guessed = createHash('sha256').update(canonical(number)).digest('hex');
  expect(digests).toHaveLength(1);
  expect(JSON.stringify(digests)).not.toContain(guessed);
});

test('the same command again adds nothing; the same with another address is a mistake of the caller', async () => {
  const same = change();
  const contact = { staffId: amy, channel: 'sms', address: '+43123456789', label: null, source: 'person' } as const;
  const first = await t.contacts.add(contact, same);
  const second = await t.contacts.add(contact, same);
  expect([second.repeated, second.value.contactId]).toEqual([true, first.value.contactId]);
  await expect(t.contacts.add({ ...contact, address: '+43999999999' }, same)).rejects.toMatchObject({ code: 'conflict' });
});

test('a row of an older version is one of the site’s file, in every order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-contacts-'));
  const file = join(folder, 'old.db');
  const before = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < '0032'));
  const old = new Kysely<object>({ dialect: new NodeSqliteDialect(file) });
  await migrate(old, before);
  await old.destroy();
  const db = new DatabaseSync(file);
  db.exec("insert into staff values ('amy', 'Amy', '[]'); insert into contact_method values ('amy', 'smtp', 'vsf.x', 1)");
  db.close();
  const now = new Kysely<object>({ dialect: new NodeSqliteDialect(file) });
  await migrate(now, MIGRATIONS);
  await now.destroy();
  const after = new DatabaseSync(file);
  expect(after.prepare('select contact_id, address, source, demo, available, position_low from contact_method').all()).toEqual([
    { contact_id: 'amy/smtp', address: 'vsf.x', source: 'site', demo: 1, available: 1, position_low: 40 },
  ]);
  after.close();
  rmSync(folder, { recursive: true });
});
