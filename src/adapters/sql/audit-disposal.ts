import { PlatformError } from '@vigil/domain';
import type { AuditBase } from '../../ports/audit-log.js';
import type { AuditEntry } from '../../ports/audit-trail.js';
import { appendAudit } from './audit-row.js';
import type { Db, Tx } from './sql.js';

/**
 * The last of the oldest entries that may go: all up to it happened before that time, and none is held. Null when the
 * first one has to stay already. Only whole beginnings go, because the chain can go on from one place only.
 */
export async function disposableTo(db: Db, beforeWallMs: number, entriesMax: number): Promise<number | null> {
  const oldest = await db.selectFrom('audit').select(['seq', 'at_wall_ms']).orderBy('seq').limit(entriesMax).execute();
  const kept = oldest.find((row) => row.at_wall_ms >= beforeWallMs)?.seq ?? (oldest.at(-1)?.seq ?? 0) + 1;
  const held = await firstHeld(db);
  const last = Math.min(kept, held ?? kept) - 1;
  return oldest[0] === undefined || last < oldest[0].seq ? null : last;
}

export async function dispose(tx: Tx, base: AuditBase, entry: AuditEntry): Promise<void> {
  const held = await firstHeld(tx.db);
  if (held !== null && held <= base.size) throw new PlatformError('conflict');
  await tx.db
    .insertInto('audit_base')
    .values({ size: base.size, state: base.state, note: base.note, at_wall_ms: base.atWallMs })
    .execute();
  await tx.db.deleteFrom('audit_patient').where('seq', '<=', base.size).execute();
  await tx.db.deleteFrom('audit').where('seq', '<=', base.size).execute();
  await tx.db.deleteFrom('audit_checkpoint').where('size', '<', base.size).execute();
  await appendAudit(tx, entry, base.atWallMs);
}

/** The first entry under a hold; 0 when everything is held, null when nothing is. */
async function firstHeld(db: Db): Promise<number | null> {
  const holds = await db.selectFrom('audit_hold').select('patient_id').where('lifted_wall_ms', 'is', null).execute();
  let first: number | null = null;
  for (const { patient_id: patientId } of holds) {
    if (patientId === null) return 0;
    const row = await db
      .selectFrom('audit_patient')
      .select('seq')
      .where('patient_id', '=', patientId)
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) first = Math.min(first ?? row.seq, row.seq);
  }
  return first;
}
