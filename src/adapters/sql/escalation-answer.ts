import type { DeclineReason } from '@vigil/contracts';
import type { Escalation } from '@vigil/domain';
import type { AlarmCommand } from '../../ports/alarms.js';
import type { EscalationAnswerRow } from './schema.js';
import type { Tx } from './sql.js';

/** Keeps what a person said to an alarm, for reports: the escalation itself is told anew and forgets. */
export async function keepAnswer(
  tx: Tx,
  command: Pick<AlarmCommand, 'commandId' | 'alarmId' | 'by' | 'nowMs' | 'wallMs'>,
  answer: EscalationAnswerRow['answer'],
  reason: DeclineReason | null,
  after: Escalation,
): Promise<void> {
  await tx.db
    .insertInto('escalation_answer')
    .values({
      ...{ command_id: command.commandId, alarm_id: command.alarmId, staff_id: command.by, answer, reason },
      ...{ at_ms: Math.round(command.nowMs), at_wall_ms: command.wallMs, escalation_rev: after.rev, step: after.step },
    })
    .execute();
}
