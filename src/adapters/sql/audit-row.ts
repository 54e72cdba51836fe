import { randomUUID } from 'node:crypto';
import { ChainState } from '@vigil/audit-chain';
import { InvariantError } from '@vigil/domain';
import { sql } from 'kysely';
import { type AuditEntry, REPEATED } from '../../ports/audit-trail.js';
import { rowsOf } from './audit-rows.js';
import type { SqlContext } from './context.js';
import type { AuditPatientTable } from './schema-audit.js';
import type { Tx } from './sql.js';

/** Rows of one insert; few sizes, because statements are cached by their text. */
const INSERT_SIZES = [64, 8, 1] as const;

export interface TimedEntry {
  readonly entry: AuditEntry;
  readonly wallMs: number;
}

/** Appends one entry to the audit trail inside the transaction of what it speaks of. */
export function appendAudit(tx: Tx, entry: AuditEntry, wallMs: number): Promise<void> {
  return appendAudits(tx, [{ entry, wallMs }]);
}

/** The same for what was so already: the trail keeps who asked again, and that nothing was changed by it. */
export function appendRepeated(tx: Tx, entry: AuditEntry, wallMs: number): Promise<void> {
  return appendAudit(tx, { ...entry, detail: REPEATED }, wallMs);
}

/**
 * Appends entries in their order. The row of the chain's state stays locked until the end of the transaction, so that
 * numbers have no gaps and follow the commits, also where several processes write. An entry whose id is stored already
 * is left out.
 */
export async function appendAudits(tx: Tx, entries: readonly TimedEntry[]): Promise<void> {
  const state = await lockState(tx);
  const before = state.size;
  for (const { entry, wallMs } of entries) {
    if (entry.entryId !== null && (await isStored(tx, entry.entryId))) continue;
    const { audit, patients, nodes } = rowsOf(state, entry, wallMs);
    await tx.db.insertInto('audit').values(audit).execute();
    await insertPatients(tx, patients);
    for (const node of nodes) await tx.db.insertInto('audit_node').values(node).execute();
  }
  if (state.size === before) return;
  await tx.db.updateTable('audit_state').set({ content: state.serialise() }).where('name', '=', 'head').execute();
}

async function lockState(tx: Tx): Promise<ChainState> {
  const row = await tx.db
    .updateTable('audit_state')
    .set((eb) => ({ writes: eb('writes', '+', 1) }))
    .where('name', '=', 'head')
    .returning('content')
    .executeTakeFirst();
  if (row === undefined) throw new InvariantError('expected: the audit trail has its state');
  return ChainState.restore(row.content);
}

async function isStored(tx: Tx, entryId: string): Promise<boolean> {
  return (await tx.db.selectFrom('audit').select('seq').where('entry_id', '=', entryId).executeTakeFirst()) !== undefined;
}

async function insertPatients(tx: Tx, patients: readonly AuditPatientTable[]): Promise<void> {
  for (let at = 0; at < patients.length;) {
    const size = INSERT_SIZES.find((each) => each <= patients.length - at)!;
    await tx.db
      .insertInto('audit_patient')
      .values(patients.slice(at, at + size))
      .execute();
    at += size;
  }
}

/**
 * Appends the entry of what must not wait for the audit trail: "I am going", "seen", and telling people of an alarm.
 * Where the trail alone does not take it, the entry is kept aside and merged later; a store that is away altogether
 * fails the whole transaction, because then the command is not stored either (D28, ADR 0021).
 */
export async function appendAuditOrKeep(
  tx: Tx,
  { keepAudit }: Pick<SqlContext, 'keepAudit'>,
  entry: AuditEntry,
  wallMs: number,
): Promise<void> {
  if (keepAudit === undefined) return appendAudit(tx, entry, wallMs);
  const named = entry.entryId === null ? { ...entry, entryId: randomUUID() } : entry;
  await sql`savepoint audit_entry`.execute(tx.db);
  try {
    await appendAudit(tx, named, wallMs);
    await sql`release savepoint audit_entry`.execute(tx.db);
  } catch {
    await sql`rollback to savepoint audit_entry`.execute(tx.db);
    await keepAudit(named, wallMs);
  }
}
