import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** How people and screens show who they are: more of accounts and sessions, second factors, tickets, stations. */
export const identity: Migration = {
  async up(db: Kysely<unknown>) {
    await accounts(db);
    await sessions(db);
    await secondFactors(db);
    await stations(db);
  },
};

async function accounts(db: Kysely<unknown>): Promise<void> {
  for (const column of ['disabled', 'password_temporary'] as const) {
    await db.schema
      .alterTable('account')
      .addColumn(column, 'integer', (c) => c.notNull().defaultTo(0))
      .execute();
  }
  for (const column of ['password_changed_wall_ms', 'temporary_until_wall_ms'] as const) {
    await db.schema.alterTable('account').addColumn(column, 'bigint').execute();
  }
  await db.schema.createIndex('account_staff_id_ux').unique().on('account').column('staff_id').execute();
}

/** Anew: sessions of the form before have no end that use does not push on, so everybody signs in once more. */
async function sessions(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('session').execute();
  await createTable(db, 'session', {
    columns: {
      token_hash: 'text',
      session_ref: 'text',
      staff_id: 'text',
      methods_json: 'text',
      ip: 'text',
      external_ref: 'text?',
      started_wall_ms: 'bigint',
      used_wall_ms: 'bigint',
      expires_wall_ms: 'bigint',
      ends_wall_ms: 'bigint',
    },
    key: ['token_hash'],
    references: { staff_id: 'staff' },
  });
  await createIndex(db, 'session', ['expires_wall_ms']);
  await createIndex(db, 'session', ['staff_id', 'used_wall_ms']);
  await db.schema
    .createIndex('session_external_ref_ix')
    .on('session')
    .column('external_ref')
    .where(sql.ref('external_ref'), 'is not', null)
    .execute();
}

async function secondFactors(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'totp', {
    columns: { staff_id: 'text', secret_sealed: 'text', last_step: 'bigint', created_wall_ms: 'bigint' },
    key: ['staff_id'],
    references: { staff_id: 'staff' },
  });
  await createTable(db, 'recovery_code', {
    columns: { staff_id: 'text', code_hash: 'text' },
    key: ['staff_id', 'code_hash'],
    references: { staff_id: 'staff' },
  });
  await createTable(db, 'passkey', {
    columns: {
      passkey_id: 'text',
      credential_id: 'text',
      staff_id: 'text',
      name: 'text',
      public_key: 'text',
      sign_count: 'bigint',
      synced: 'integer',
      transports_json: 'text',
      created_wall_ms: 'bigint',
      used_wall_ms: 'bigint?',
    },
    key: ['passkey_id'],
    references: { staff_id: 'staff' },
  });
  await db.schema.createIndex('passkey_credential_id_ux').unique().on('passkey').column('credential_id').execute();
  await createIndex(db, 'passkey', ['staff_id']);
  await createTable(db, 'ticket', {
    columns: {
      ticket_hash: 'text',
      purpose: 'text',
      staff_id: 'text?',
      content_json: 'text',
      wrong: 'integer',
      expires_wall_ms: 'bigint',
    },
    key: ['ticket_hash'],
  });
  await createIndex(db, 'ticket', ['purpose', 'expires_wall_ms']);
}

async function stations(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'station', {
    columns: {
      station_id: 'text',
      care_unit_id: 'text',
      label: 'text',
      code_hash: 'text?',
      code_until_wall_ms: 'bigint?',
      token_hash: 'text?',
      /** The token before the present one, which two tabs may still hold for a moment. */
      earlier_hash: 'text?',
      rotated_wall_ms: 'bigint?',
      seen_wall_ms: 'bigint?',
      created_wall_ms: 'bigint',
      revoked_wall_ms: 'bigint?',
    },
    key: ['station_id'],
    references: { care_unit_id: 'care_unit' },
  });
  for (const column of ['code_hash', 'token_hash', 'earlier_hash']) {
    await db.schema.createIndex(`station_${column}_ux`).unique().on('station').column(column).execute();
  }
  await createIndex(db, 'station', ['care_unit_id']);
}
