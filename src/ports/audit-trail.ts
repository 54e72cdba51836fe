import type { AuditRow, Page, PatientId, Role } from '@vigil/contracts';

/** One event per request, per socket subscription, per page, per login (D28 and "Audit" in decisions.md). */
export interface AuditEntry {
  /** Staff id, or `system:<part>`. */
  readonly actor: string;
  readonly roles: readonly Role[];
  readonly action: string;
  /** E.g. `alarm:…`, `bed:…`, `session`. Ids only. */
  readonly object: string;
  readonly patientId: PatientId | null;
  readonly outcome: 'allowed' | 'refused' | 'failed';
  /** Ids and words, never readings or names. */
  readonly detail: string;
}

/**
 * Append only. @throws PlatformError('audit-unavailable', retryable): a reader of patient data is then refused (D28).
 */
export abstract class AuditTrail {
  abstract append(entry: AuditEntry, wallMs: number): Promise<void>;
  abstract list(query: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<AuditRow>>;
}
