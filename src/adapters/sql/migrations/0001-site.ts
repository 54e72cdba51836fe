import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Who and what a site is made of: places, devices, patients, staff, rule sets. */
export const site: Migration = {
  async up(db: Kysely<unknown>) {
    await places(db);
    await patients(db);
    await staff(db);
  },
};

async function places(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'meta', { columns: { name: 'text', content: 'text' }, key: ['name'] });
  await createTable(db, 'counter', { columns: { name: 'text', last: 'bigint' }, key: ['name'] });
  await createTable(db, 'care_unit', {
    columns: { care_unit_id: 'text', label: 'text', last_cursor: 'bigint' },
    key: ['care_unit_id'],
  });
  await createTable(db, 'bed', {
    columns: { bed_id: 'text', care_unit_id: 'text', label: 'text', place: 'bigint' },
    key: ['bed_id'],
    references: { care_unit_id: 'care_unit' },
  });
  await createTable(db, 'gateway', { columns: { gateway_id: 'text' }, key: ['gateway_id'] });
  await createTable(db, 'device', {
    columns: { device_id: 'text', gateway_id: 'text', intervals_json: 'text' },
    key: ['device_id'],
    references: { gateway_id: 'gateway' },
  });
  await createTable(db, 'device_assignment', {
    columns: { device_id: 'text', bed_id: 'text', from_ms: 'bigint', to_ms: 'bigint?' },
    key: ['device_id', 'from_ms'],
    references: { device_id: 'device', bed_id: 'bed' },
  });
  await createTable(db, 'rule_set', {
    columns: { hash: 'text', content_json: 'text', activation: 'bigint' },
    key: ['hash'],
  });
}

async function patients(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'patient', {
    columns: { patient_id: 'text', mrn: 'text', family_name: 'text', given_name: 'text', birth_date: 'text', sex: 'text' },
    key: ['patient_id'],
  });
  await db.schema.createIndex('patient_mrn_ux').unique().on('patient').column('mrn').execute();
  await createTable(db, 'encounter', {
    columns: { encounter_id: 'text', patient_id: 'text', bed_id: 'text', admitted_ms: 'bigint', discharged_ms: 'bigint?' },
    key: ['encounter_id'],
    references: { patient_id: 'patient', bed_id: 'bed' },
  });
  // One open stay per bed and per patient, whoever writes.
  for (const column of ['bed_id', 'patient_id']) {
    await db.schema
      .createIndex(`encounter_open_${column}_ux`)
      .unique()
      .on('encounter')
      .column(column)
      .where(sql.ref('discharged_ms'), 'is', null)
      .execute();
  }
  await createIndex(db, 'encounter', ['bed_id', 'admitted_ms']);
}

async function staff(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'staff', { columns: { staff_id: 'text', name: 'text', roles_json: 'text' }, key: ['staff_id'] });
  await createTable(db, 'account', {
    columns: { username: 'text', staff_id: 'text', password_hash: 'text' },
    key: ['username'],
    references: { staff_id: 'staff' },
  });
  await createTable(db, 'session', {
    columns: { token_hash: 'text', staff_id: 'text', expires_wall_ms: 'bigint' },
    key: ['token_hash'],
    references: { staff_id: 'staff' },
  });
  await createIndex(db, 'session', ['expires_wall_ms']);
  await createTable(db, 'contact_method', {
    columns: { staff_id: 'text', channel: 'text', address: 'text', demo: 'integer' },
    key: ['staff_id', 'channel'],
    references: { staff_id: 'staff' },
  });
  await createTable(db, 'staff_assignment', {
    columns: {
      assignment_id: 'text',
      staff_id: 'text',
      care_unit_id: 'text',
      bed_id: 'text?',
      role: 'text',
      from_ms: 'bigint',
      to_ms: 'bigint?',
    },
    key: ['assignment_id'],
    references: { staff_id: 'staff', care_unit_id: 'care_unit', bed_id: 'bed' },
  });
  await createIndex(db, 'staff_assignment', ['care_unit_id', 'from_ms']);
}
