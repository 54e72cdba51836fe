/** Shows that the log of the note begins with the log of `size` entries: hashes in base64 (RFC 9162 §2.1.4). */
export type ProofFrom = (size: number) => Promise<readonly string[]>;

/** A signed checkpoint on its way out. */
export interface AnchorNote {
  /** The whole note, as text (C2SP signed-note). No patient, no person: a size, two hashes and a time. */
  readonly note: string;
  readonly proofFrom: ProofFrom;
}

/**
 * A place outside the reach of whoever can write to the database, which keeps checkpoints of the audit log.
 *
 * What every adapter promises, and `test/contract/audit-anchor.contract.ts` checks: a resolved `publish` means that the
 * note is kept, whole and unchanged; the same note published twice does no harm; an outage is a retryable
 * PlatformError('anchor-unavailable') and says neither addresses nor secrets.
 */
export abstract class AuditAnchor {
  /** Names it in metrics, log lines and findings. */
  abstract readonly name: string;
  /** Wall time of which one note is enough; 0 takes every note. */
  abstract readonly everyMs: number;
  /**
   * @throws PlatformError('anchor-unavailable'): try again later. PlatformError('anchor-refused'): it has seen another
   * log than this one, and keeps saying so
   */
  abstract publish(note: AnchorNote): Promise<void>;
  abstract close(): Promise<void>;
}

/** Every anchor of this site. */
export abstract class AuditAnchors {
  abstract all(): readonly AuditAnchor[];
}
