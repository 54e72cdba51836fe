import type { AuditHold, PatientId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { HoldWho, NewHold } from '../../ports/audit-log.js';
import { appendAudit } from './audit-row.js';
import type { AuditHoldTable } from './schema-audit.js';
import type { Db, Tx } from './sql.js';

export async function setHold(tx: Tx, hold: NewHold, { staffId, audit, wallMs }: HoldWho): Promise<AuditHold> {
  const known = await rowOf(tx, hold.holdId);
  if (known !== undefined) {
    if (known.patient_id !== hold.patientId || known.reason !== hold.reason) throw new PlatformError('conflict');
    await appendAudit(tx, audit, wallMs);
    return holdOf(known);
  }
  const row: AuditHoldTable = {
    hold_id: hold.holdId,
    patient_id: hold.patientId,
    reason: hold.reason,
    reference: hold.reference,
    set_by: staffId,
    set_wall_ms: wallMs,
    lifted_by: null,
    lifted_wall_ms: null,
  };
  await tx.db.insertInto('audit_hold').values(row).execute();
  await appendAudit(tx, audit, wallMs);
  return holdOf(row);
}

export async function liftHold(tx: Tx, holdId: string, { staffId, audit, wallMs }: HoldWho): Promise<AuditHold> {
  const known = await rowOf(tx, holdId);
  if (known === undefined) throw new PlatformError('not-found');
  await appendAudit(tx, audit, wallMs);
  if (known.lifted_wall_ms !== null) return holdOf(known);
  const lifted = { lifted_by: staffId, lifted_wall_ms: wallMs };
  await tx.db.updateTable('audit_hold').set(lifted).where('hold_id', '=', holdId).execute();
  return holdOf({ ...known, ...lifted });
}

export async function isHeld(db: Db, patientId: PatientId): Promise<boolean> {
  const row = await db
    .selectFrom('audit_hold')
    .select('hold_id')
    .where('lifted_wall_ms', 'is', null)
    .where((eb) => eb.or([eb('patient_id', '=', patientId), eb('patient_id', 'is', null)]))
    .executeTakeFirst();
  return row !== undefined;
}

export function holdOf(row: AuditHoldTable): AuditHold {
  return {
    holdId: row.hold_id,
    patientId: row.patient_id as PatientId | null,
    reason: row.reason as AuditHold['reason'],
    reference: row.reference,
    setBy: row.set_by,
    setAtMs: row.set_wall_ms as AuditHold['setAtMs'],
    liftedBy: row.lifted_by,
    liftedAtMs: row.lifted_wall_ms as AuditHold['liftedAtMs'],
  };
}

function rowOf(tx: Tx, holdId: string): Promise<AuditHoldTable | undefined> {
  return tx.db.selectFrom('audit_hold').selectAll().where('hold_id', '=', holdId).executeTakeFirst();
}
