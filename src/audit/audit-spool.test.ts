import { appendFileSync, existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlatformError } from '@vigil/domain';
import { type AuditEntry, auditEntry, type AuditTrail } from '../ports/audit-trail.js';
import { openTestStores } from '../../test/contract/sql-fixture.js';
import { AUDIT_SPOOL_FILE, AuditSpool } from './audit-spool.js';

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
