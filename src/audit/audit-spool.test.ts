import { appendFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlatformError } from '@vigil/domain';
import { type AuditEntry, auditEntry, type AuditTrail } from '../ports/audit-trail.js';
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
  await expect(spool.merge(trail, 3)).rejects.toThrow(/audit-unavailable/);
  state.broken = false;
  expect(await spool.merge(trail, 4)).toBe(2);
  expect(rows).toEqual(['1 a', '2 b']);
  expect(await spool.merge(trail, 5)).toBe(0);
  expect(existsSync(join(dir, AUDIT_SPOOL_FILE))).toBe(false);
});

test('rows survive the process, and a line that a crash cut short is left out', async () => {
  const dir = folder();
  await new AuditSpool(dir).add(entry('a'), 1);
  appendFileSync(join(dir, AUDIT_SPOOL_FILE), '{"entry":{"act');
  const { trail, rows } = trailOf({ broken: false });
  await new AuditSpool(dir).merge(trail, 2);
  expect(rows).toEqual(['1 a']);
});
