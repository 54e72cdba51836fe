import type {
  AlarmId,
  AlarmView,
  BedId,
  CareUnitId,
  CommandId,
  DeclineReason,
  EscalationState,
  Page,
  Presence,
  StaffId,
} from '@vigil/contracts';
import type { AuditEntry } from './audit-trail.js';

export interface AlarmFilter {
  /** Care units that the reader may see. */
  readonly careUnitIds: readonly CareUnitId[];
  /** Beside those: alarms of this bed from this event time on, which are of the patient who lies there now. */
  readonly stay?: { readonly bedId: BedId; readonly sinceMs: number } | undefined;
  readonly presence?: Presence | undefined;
  readonly escalation?: EscalationState | undefined;
  readonly bed?: BedId | undefined;
  readonly sinceMs?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface AlarmCommand {
  readonly commandId: CommandId;
  readonly alarmId: AlarmId;
  readonly by: StaffId;
  /** Revision that the person saw: of the escalation for accept, of the signal for acknowledge. Null: any (pager link). */
  readonly ifRev: number | null;
  readonly audit: AuditEntry;
  readonly nowMs: number;
  readonly wallMs: number;
}

/** Somebody else has to go, and why. */
export interface AnswerCommand extends AlarmCommand {
  readonly reason: DeclineReason;
}

export interface CommandOutcome {
  readonly alarm: AlarmView;
  /** True when this command id was carried out before: nothing was done now. */
  readonly repeated: boolean;
}

/**
 * Alarms as people see them, and what people do with them (D10, D11).
 *
 * `accept`, `arrive`, `decline` and `pass` commit escalation, command, audit row, live event and log relay in one transaction; the
 * escalator sees it at once. All work while the log is away. `acknowledge` commits command, audit row and log relay; the signal changes when the engine echoes it.
 * @throws PlatformError 'not-found', 'revision-moved' (ifRev is old), 'conflict' (enough others have accepted, or nothing runs),
 * 'store-unavailable'.
 */
export abstract class Alarms {
  abstract list(filter: AlarmFilter): Promise<Page<AlarmView>>;
  abstract get(alarmId: AlarmId): Promise<AlarmView | null>;
  /** Every alarm of the care unit whose condition holds, whose signal is present or whose escalation runs, and the newest cursor. */
  abstract open(careUnitId: CareUnitId): Promise<{ readonly cursor: number; readonly alarms: readonly AlarmView[] }>;
  /** Alarms that changed after the cursor, oldest change first, each once with its newest cursor; null when the cursor is too old to serve. */
  abstract changedSince(
    careUnitId: CareUnitId,
    cursor: number,
  ): Promise<readonly { readonly cursor: number; readonly alarm: AlarmView }[] | null>;
  abstract accept(command: AlarmCommand): Promise<CommandOutcome>;
  /** "I am there"; of somebody who had not accepted it is both. */
  abstract arrive(command: AlarmCommand): Promise<CommandOutcome>;
  /** "Somebody else has to go." */
  abstract decline(command: AnswerCommand): Promise<CommandOutcome>;
  /** Who is going gives it back, or needs help: the next step follows at once. */
  abstract pass(command: AnswerCommand): Promise<CommandOutcome>;
  abstract acknowledge(command: AlarmCommand): Promise<CommandOutcome>;
}
