import type { AuditRow, Page, PatientId, Role } from '@vigil/contracts';

/** Why somebody looked or acted. `emergency`: under a break-glass grant. */
export type AuditPurpose = 'treatment' | 'emergency' | 'operations';

/** The detail of a command that came again and changed nothing. */
export const REPEATED = 'repeated';

/** Each filter narrows the answer; times are wall time, `[fromMs, toMs)`. */
export interface AuditSearch {
  readonly patientId?: PatientId | undefined;
  readonly actor?: string | undefined;
  /** Several: any of them. */
  readonly action?: string | readonly string[] | undefined;
  readonly object?: string | undefined;
  readonly outcome?: AuditRow['outcome'] | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * One event per request, per socket subscription, per page, per login (D28 and "Audit" in decisions.md). What changes stays beside that,
 * a message of the hospital or a correction that puts another stay in place, leaves one more under each such stay.
 */
export interface AuditEntry {
  /**
   * Tells an entry that may be handed over twice (from the spool, after a crash) from another: the same id is stored
   * once. Null for an entry that is handed over once.
   */
  readonly entryId: string | null;
  /** Staff id, `station:<id>`, or `system:<part>`. */
  readonly actor: string;
  readonly roles: readonly Role[];
  readonly action: string;
  /** E.g. `alarm:…`, `bed:…`, `session`. Ids only. */
  readonly object: string;
  /** Everybody whom the answer shows or the command concerns: "who viewed this patient" finds lists too. */
  readonly patientIds: readonly PatientId[];
  readonly outcome: 'allowed' | 'refused' | 'failed';
  /** Ids and words, never readings or names. */
  readonly detail: string;
  /** Address that the request came from; null for work of Vigil's own. */
  readonly ip: string | null;
  /** The shared screen at which it happened, where one is known. */
  readonly stationId: string | null;
  /** Names the session without being its token or the hash that the store looks it up by. */
  readonly sessionRef: string | null;
  readonly purpose: AuditPurpose | null;
  /** The break-glass grant under which it happened. */
  readonly grantId: string | null;
}

type Required = 'actor' | 'action' | 'object' | 'outcome';

/** An entry of what is known; the rest is empty. */
export function auditEntry(known: Pick<AuditEntry, Required> & Partial<AuditEntry>): AuditEntry {
  return {
    entryId: null,
    roles: [],
    patientIds: [],
    detail: '',
    ip: null,
    stationId: null,
    sessionRef: null,
    purpose: null,
    grantId: null,
    ...known,
  };
}

/**
 * Append only, each entry once: one with an `entryId` that is stored already is left out. Resolves when the entry is on
 * the disk. @throws PlatformError('audit-unavailable', retryable): a reader of patient data is then refused (D28).
 */
export abstract class AuditTrail {
  abstract append(entry: AuditEntry, wallMs: number): Promise<void>;
  /** Newest first. @throws PlatformError('store-unavailable') */
  abstract list(search: AuditSearch): Promise<Page<AuditRow>>;
}
