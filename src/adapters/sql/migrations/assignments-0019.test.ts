import { FakeClock } from '@vigil/clock';
import { Kysely } from 'kysely';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeSqliteDialect } from '../node-sqlite.js';
import { migrate, openSql } from '../sql.js';
import { seededAssignmentId } from './0019-assignments.js';
import { MIGRATIONS } from './index.js';

test('a folder of before keeps its devices, duties, stays and alarms, under ids that are the same each time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-migrate-'));
  const file = join(folder, 'vigil.db');
  const old = new Kysely<Record<string, Record<string, unknown>>>({ dialect: new NodeSqliteDialect(file) });
  await migrate(old, Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < '0018')));
  const put = (table: string, row: Record<string, unknown>) => old.insertInto(table).values(row).execute();
  await put('care_unit', { care_unit_id: 'icu', label: 'ICU', last_cursor: 0 });
  await put('bed', { bed_id: 'icu-1', care_unit_id: 'icu', label: 'ICU 1', place: 0 });
  await put('gateway', { gateway_id: 'gw-1' });
  await put('device', { device_id: 'mon-1', gateway_id: 'gw-1', intervals_json: '{}' });
  await put('device_assignment', { device_id: 'mon-1', bed_id: 'icu-1', from_ms: 5, to_ms: null });
  const person = { family_name: '', given_name: '', birth_date: '', sex: '' };
  await put('patient', { patient_id: 'pat-1', mrn: 'M1', ...person });
  const stay = { encounter_id: 'enc-1', patient_id: 'pat-1', bed_id: 'icu-1', admitted_ms: 1, discharged_ms: null };
  await put('encounter', { ...stay, profile_rev: 0 });
  await old.destroy();
  const sql = await openSql({ file, clock: new FakeClock() });
  const [assignment] = await sql.query((db) => db.selectFrom('device_assignment').selectAll().execute());
  expect(assignment).toMatchObject({
    ...{ assignment_id: 'seed-mon-1-5', bed_id: 'icu-1', from_ms: 5, to_ms: null, source: 'site', rev: 1, voided_wall_ms: null },
  });
  const [encounter] = await sql.query((db) => db.selectFrom('encounter').selectAll().execute());
  expect(encounter).toMatchObject({ encounter_id: 'enc-1', source: 'person', rev: 1, voided_wall_ms: null, visit: null });
  const [bed] = await sql.query((db) => db.selectFrom('bed').selectAll().execute());
  expect(bed).toMatchObject({ rev: 1, retired_wall_ms: null });
  await sql.close();
  rmSync(folder, { recursive: true, force: true });
});

test('an id that would be too long is cut to one that is the same each time', () => {
  const long = seededAssignmentId('d'.repeat(48), 1_767_225_600_000);
  expect([long.length <= 64, long === seededAssignmentId('d'.repeat(48), 1_767_225_600_000)]).toEqual([true, true]);
});
