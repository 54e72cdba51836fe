import type { AlarmTransition, PatientId } from '@vigil/contracts';
import { auditEntry } from '../../ports/audit-trail.js';
import { appendAuditOrKeep } from './audit-row.js';
import type { SqlContext } from './context.js';
import { liveStays } from './live-stays.js';
import type { Tx } from './sql.js';

export interface EscalationNews {
  readonly action: 'page.queue' | 'page.undelivered' | 'escalation.skip' | 'escalation.exhausted';
  readonly outcome: 'allowed' | 'failed';
  /** Ids and words. */
  readonly detail: string;
}

/** The entry of what the escalation did about an alarm, with the patient whom the alarm is about. */
export async function auditEscalation(
  tx: Tx,
  context: Pick<SqlContext, 'keepAudit'>,
  alarm: Pick<AlarmTransition, 'alarmId' | 'encounterId' | 'origin'>,
  news: EscalationNews,
  wallMs: number,
): Promise<void> {
  // Every few minutes, about nobody: it would bury what is about people.
  if (alarm.origin === 'canary' && alarm.encounterId === null) return;
  const patientIds = alarm.encounterId === null ? [] : await patientOf(tx, alarm.encounterId);
  const entry = auditEntry({ actor: 'system:escalation', object: `alarm:${alarm.alarmId}`, patientIds, ...news });
  await appendAuditOrKeep(tx, context, entry, wallMs);
}

async function patientOf(tx: Tx, encounterId: string): Promise<readonly PatientId[]> {
  const rows = await liveStays(tx.db).select('e.patient_id').where('e.encounter_id', '=', encounterId).execute();
  return rows.map((row) => row.patient_id as PatientId);
}
