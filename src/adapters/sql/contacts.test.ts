import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type CommandId, StaffId } from '@vigil/contracts';
import { Kysely } from 'kysely';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';
import { auditEntry } from '../../ports/audit-trail.js';
import { MIGRATIONS } from './migrations/index.js';
import { NodeSqliteDialect } from './node-sqlite.js';
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

test('the file holds neither an address nor a name of one in clear', async () => {
  await add();
  const db = new DatabaseSync(t.file);
  const rows = db.prepare("select * from contact_method where staff_id = 'amy'").all();
  db.close();
  expect(JSON.stringify(rows)).not.toMatch(/private|hospital|mine/);
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
