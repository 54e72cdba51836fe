import type { ChangeSource, CommandId, StaffId } from '@vigil/contracts';
import type { AuditEntry } from './audit-trail.js';

export interface Who {
  readonly audit: AuditEntry;
  /** Event time and wall time of the request. */
  readonly nowMs: number;
  readonly wallMs: number;
}

/**
 * Who changes an interval, and where the change comes from. Its row, the audit row, the log events and the command are one
 * transaction; the same `commandId` again changes nothing and gives the same answer. What no person does makes its `commandId` of what
 * caused it, so that doing it again after a crash is the same command.
 */
export interface Change extends Who {
  readonly commandId: CommandId;
  /** Null where no person does it. */
  readonly by: StaffId | null;
  readonly source: ChangeSource;
  /** Id of the kept message of the hospital; null where there is none. */
  readonly sourceRef: string | null;
}
