import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Stack } from '../../support/stack.js';
import { PATIENT, REASON_TEXT } from './patients.js';
import { TYPED_NAME, TYPED_PASSWORD } from './people.js';
import type { Probe } from './probe.js';

/** Tables of which each is away once, as after a restore that went wrong: what is asked meanwhile fails inside. */
const TABLES = ['patient', 'encounter', 'session', 'account', 'audit', 'break_glass', 'page', 'totp'] as const;

/** Asks with names and passwords while a table is missing; answers how many answers were 5xx. */
export async function brokenStore(probe: Probe, stack: Stack, charge: string, physician: string): Promise<number> {
  let failed = 0;
  for (const table of TABLES) {
    rename(stack, table, `${table}_away`);
    try {
      for (const [as, path, body] of asks(charge, physician)) {
        const { status } = await probe.ask(stack, 'POST', path, { as, body });
        if (status >= 500) failed += 1;
      }
      await probe.ask(stack, 'GET', `/api/v1/patients/${PATIENT.patientId}`, { as: charge });
    } finally {
      rename(stack, `${table}_away`, table);
    }
  }
  return failed;
}

function asks(charge: string, physician: string): readonly (readonly [string | undefined, string, object])[] {
  const { mrn, familyName, birthDate } = PATIENT;
  return [
    [charge, '/api/v1/patients', { ...PATIENT, patientId: 'p-0009', mrn: `${mrn}9` }],
    [charge, '/api/v1/patients/search', { mrn }],
    [charge, '/api/v1/patients/search', { familyName, birthDate }],
    [charge, '/api/v1/encounters', { patientId: PATIENT.patientId, bedId: 'icu-1' }],
    [physician, '/api/v1/break-glass', { patientId: PATIENT.patientId, reason: 'other', text: REASON_TEXT }],
    [undefined, '/api/v1/session', { username: TYPED_NAME, password: TYPED_PASSWORD }],
    [physician, '/api/v1/account/password', { oldPassword: TYPED_PASSWORD, newPassword: TYPED_PASSWORD }],
  ];
}

function rename(stack: Stack, from: string, to: string): void {
  const db = new DatabaseSync(join(stack.dataDir, 'vigil.db'), { timeout: 10_000, enableForeignKeyConstraints: false });
  // Triggers and references keep naming the table by its own name.
  db.exec(`pragma legacy_alter_table = on; alter table ${from} rename to ${to}`);
  db.close();
}

/** Everything is killed at once; what lies on the disk then is searched, and Vigil starts again. */
export async function crash(probe: Probe, stack: Stack): Promise<void> {
  await stack.kill('platform', 'gateway', 'hub', 'watchdog');
  const copy = mkdtempSync(join(tmpdir(), 'vigil-leaks-crash-'));
  cpSync(stack.dataDir, copy, { recursive: true });
  probe.keepFolder(copy, 'crash');
  rmSync(copy, { recursive: true });
  await stack.start('hub', 'platform', 'watchdog', 'gateway');
}
