import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlatformError } from '@vigil/domain';
import { type AuditEntry, auditEntry, type AuditTrail } from '../ports/audit-trail.js';
import { openTestStores } from '../../test/contract/sql-fixture.js';
import { sql as raw } from 'kysely';
import { appendAuditOrKeep } from '../adapters/sql/audit-row.js';
import { SqlAuditTrail } from '../adapters/sql/sql-audit-trail.js';
import { openSql } from '../adapters/sql/sql.js';
import { appendSynced, AUDIT_SPOOL_FILE, AuditSpool } from './audit-spool.js';

const entry = (detail: string): AuditEntry =>
  auditEntry({ actor: 'amy', roles: ['nurse'], action: 'alarm.read', object: 'careUnit:icu', outcome: 'allowed', detail });
const folder = (): string => mkdtempSync(join(tmpdir(), 'vigil-spool-'));

function trailOf(state: { broken: boolean }): { readonly trail: AuditTrail; readonly rows: string[] } {
  const rows: string[] = [];
  const append = (row: AuditEntry, wallMs: number): Promise<void> => {
    if (state.broken) return Promise.reject(new PlatformError('audit-unavailable', {}, true));
    rows.push(`${wallMs} ${row.detail}`);
    return Promise.resolve();
  };
  return { trail: { append } as unknown as AuditTrail, rows };
}

test('rows wait in order until the trail is back, with the time at which they happened', async () => {
  const [dir, state] = [folder(), { broken: true }];
  const { trail, rows } = trailOf(state);
  const spool = new AuditSpool(dir);
  await spool.add(entry('a'), 1);
  await spool.add(entry('b'), 2);
  expect(spool.waiting).toBe(2);
  await expect(spool.merge(trail, 3)).rejects.toThrow(/audit-unavailable/);
  state.broken = false;
  expect(await spool.merge(trail, 4)).toBe(2);
  expect(rows).toEqual(['1 a', '2 b']);
  expect(await spool.merge(trail, 5)).toBe(0);
  expect(existsSync(join(dir, AUDIT_SPOOL_FILE))).toBe(false);
});

test('rows survive the process, and a line that a crash cut short is left out and spoils no other', async () => {
  const dir = folder();
  await new AuditSpool(dir).add(entry('a'), 1);
  appendFileSync(join(dir, AUDIT_SPOOL_FILE), '{"entry":{"act');
  const { trail, rows } = trailOf({ broken: false });
  const next = new AuditSpool(dir);
  await next.add(entry('b'), 2);
  await next.merge(trail, 3);
  expect(rows).toEqual(['1 a', '2 b']);
});

test('only the owner may read what waits', async () => {
  const dir = folder();
  await new AuditSpool(dir).add(entry('a'), 1);
  expect(statSync(join(dir, AUDIT_SPOOL_FILE)).mode & 0o777).toBe(0o600);
});

test('what is merged twice, because the process died in between, is one entry', async () => {
  const t = await openTestStores();
  const dir = folder();
  await new AuditSpool(dir).add(entry('kept aside'), 1);
  const file = readFileSync(join(dir, AUDIT_SPOOL_FILE), 'utf8');
  await new AuditSpool(dir).merge(t.auditTrail, 2);
  appendFileSync(join(dir, AUDIT_SPOOL_FILE), file);
  await new AuditSpool(dir).merge(t.auditTrail, 3);
  expect((await t.auditTrail.list({ limit: 10 })).items.filter((row) => row.detail === 'kept aside')).toHaveLength(1);
  await t.end();
});

test('it is bounded: refusals leave half of the room to the rest, and what found none is counted and told of', async () => {
  const dir = folder();
  const line = `${JSON.stringify({ entry: entry('x'), wallMs: 1 })}\n`;
  appendFileSync(join(dir, AUDIT_SPOOL_FILE), line.repeat(5_000));
  const spool = new AuditSpool(dir);
  await spool.add(entry('refused'), 2, { spare: true });
  expect([spool.waiting, spool.lost]).toEqual([5_000, 1]);
  await spool.add(entry('emergency'), 2);
  expect([spool.waiting, spool.lost]).toEqual([5_001, 1]);
  appendFileSync(join(dir, AUDIT_SPOOL_FILE), line.repeat(4_999));
  const full = new AuditSpool(dir);
  await full.add(entry('one too many'), 3);
  expect([full.waiting, full.lost]).toEqual([10_000, 1]);
  const { trail, rows } = trailOf({ broken: false });
  await full.merge(trail, 4);
  expect(rows).toHaveLength(10_001);
  expect(rows.at(-1)).toMatch(/1 entries were not kept/);
  expect(full.lost).toBe(0);
});

describe('a merge under way', () => {
  test('holds up nobody who adds: the adder may have the store that the merge waits for', async () => {
    const t = await openTestStores();
    const sql = await openSql({ file: t.file });
    const spool = new AuditSpool(folder());
    await spool.add(entry('before'), 1);
    await sql.query((db) =>
      raw`create trigger refused before insert on audit when new.action = 'alarm.accept' begin select raise(abort, 'no'); end`.execute(
        db,
      ),
    );
    let merged: Promise<number> | null = null;
    await sql.transaction(async (tx) => {
      merged = spool.merge(new SqlAuditTrail({ sql }), 2);
      const keepAudit = (row: AuditEntry, wallMs: number): Promise<void> => spool.add(row, wallMs);
      await appendAuditOrKeep(tx, { keepAudit }, { ...entry('kept'), action: 'alarm.accept' }, 3);
    });
    expect(await merged!).toBe(1);
    expect(spool.waiting).toBe(1);
    await sql.close();
    await t.end();
  }, 5_000);

  test('leaves what came meanwhile for the next, in order', async () => {
    const dir = folder();
    const { trail, rows } = trailOf({ broken: false });
    const spool = new AuditSpool(dir);
    await spool.add(entry('a'), 1);
    const slow = {
      append: async (row: AuditEntry, wallMs: number) => {
        if (row.detail === 'a') await spool.add(entry('b'), 2);
        await trail.append(row, wallMs);
      },
    } as unknown as AuditTrail;
    expect(await spool.merge(slow, 3)).toBe(1);
    expect(spool.waiting).toBe(1);
    expect(await new AuditSpool(dir).merge(trail, 4)).toBe(1);
    expect(rows).toEqual(['1 a', '2 b']);
  });
});

test('a row that a full disk cut short does not swallow the next one', async () => {
  const dir = folder();
  const { trail, rows } = trailOf({ broken: false });
  const spool = new AuditSpool(dir, { append: cutShortOnce() });
  await spool.add(entry('a'), 1);
  await expect(spool.add(entry('b'), 2)).rejects.toThrow(/ENOSPC/);
  await spool.add(entry('c'), 3);
  expect(spool.waiting).toBe(2);
  await spool.merge(trail, 4);
  expect(rows).toEqual(['1 a', '3 c']);
});

test('a file that can not be read now is not taken for an empty one, and stays', async () => {
  const dir = folder();
  mkdirSync(join(dir, AUDIT_SPOOL_FILE));
  const { trail } = trailOf({ broken: false });
  await expect(new AuditSpool(dir).merge(trail, 1)).rejects.toThrow(/EISDIR/);
  expect(existsSync(join(dir, AUDIT_SPOOL_FILE))).toBe(true);
});

test('a row that is no entry is told as lost and holds up none behind it', async () => {
  const dir = folder();
  await new AuditSpool(dir).add(entry('a'), 1);
  appendFileSync(join(dir, AUDIT_SPOOL_FILE), '{"entry":{"entryId":"x","actor":7},"wallMs":2}\n');
  const t = await openTestStores();
  const spool = new AuditSpool(dir);
  await spool.add(entry('b'), 3);
  expect(await spool.merge(t.auditTrail, 4)).toBe(2);
  const { items } = await t.auditTrail.list({ limit: 5 });
  expect(items.map(({ detail }) => detail)).toEqual(['1 entries were not kept while the audit trail was away', 'b', 'a']);
  await t.end();
});

/** As the disk takes a row, except that the second one finds room for its first bytes only. */
function cutShortOnce(): (file: string, line: Buffer) => Promise<void> {
  let calls = 0;
  return async (file, line) => {
    calls += 1;
    if (calls !== 2) return appendSynced(file, line);
    await appendSynced(file, line.subarray(0, 20));
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
}
