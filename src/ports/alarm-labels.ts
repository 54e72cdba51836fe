import type { AlarmId, AlarmLabel, AlarmView, CommandId, StaffId } from '@vigil/contracts';
import type { AuditEntry } from './audit-trail.js';

export interface LabelCommand {
  readonly commandId: CommandId;
  readonly alarmId: AlarmId;
  /** Null takes back what was said. */
  readonly label: AlarmLabel | null;
  readonly by: StaffId;
  readonly audit: AuditEntry;
  readonly nowMs: number;
  readonly wallMs: number;
}

/** How often one alarm can be labelled: more is a slip of a program, not of a person. */
export const LABELS_MAX = 100;

/**
 * What people say an alarm was worth. The newest word counts, each is kept. Label, command, audit row and live event are one
 * transaction.
 * @throws PlatformError 'not-found', 'conflict' (the id was used for something else; labelled too often), 'store-unavailable'
 */
export abstract class AlarmLabels {
  abstract set(command: LabelCommand): Promise<{ readonly alarm: AlarmView; readonly repeated: boolean }>;
}
