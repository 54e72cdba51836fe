import type { AuditHold, HoldReason, PatientId } from '@vigil/contracts';
import type { AuditEntry } from './audit-trail.js';

/** One entry as it is stored: its number, its canonical bytes as text, and its link of the chain in base64. */
export interface StoredAuditEntry {
  readonly seq: number;
  readonly content: string;
  readonly chain: string;
}

/** An entry with what the store keeps beside it for searches, by column; `patients` sorted and apart by spaces. */
export interface IndexedAuditEntry extends StoredAuditEntry {
  readonly columns: Readonly<Record<string, string | number | null>>;
}

/** A signed note about the first `size` entries. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly note: string;
  readonly atWallMs: number;
}

/** What is left of entries that were disposed of: verification goes on from here. */
export interface AuditBase extends StoredCheckpoint {
  /** The chain's state (`ChainState` of @vigil/audit-chain) after entry `size`. */
  readonly state: string;
}

export interface AuditRange {
  /** Entries after this number. */
  readonly afterSeq: number;
  /** Up to this number, included. */
  readonly toSeq: number;
  readonly patientId?: PatientId | undefined;
  /** Wall time, `[fromMs, toMs)`. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly limit: number;
}

export interface NewHold {
  readonly holdId: string;
  readonly patientId: PatientId | null;
  readonly reason: HoldReason;
  readonly reference: string;
}

/** Who asks for a change, and the entry that says so: committed with the change. */
export interface HoldWho {
  readonly staffId: string;
  readonly audit: AuditEntry;
  readonly wallMs: number;
}

/**
 * The audit trail as a log that can be checked: its state, its checkpoints, and its disposal. Entries are numbered
 * from 1 without gaps; `ChainState` texts are opaque here. @throws PlatformError('audit-unavailable', retryable)
 */
export abstract class AuditLog {
  /** State after the last entry. */
  abstract state(): Promise<string>;
  /** By number, oldest first. */
  abstract read(range: AuditRange): Promise<readonly StoredAuditEntry[]>;
  /** The same with what searches go by, for whoever checks both against each other. */
  abstract readIndexed(range: Pick<AuditRange, 'afterSeq' | 'toSeq' | 'limit'>): Promise<readonly IndexedAuditEntry[]>;
  /** The first and the last entry of [fromMs, toMs), wall time; null when there is none. */
  abstract seqsBetween(
    fromMs: number | undefined,
    toMs: number | undefined,
  ): Promise<{ readonly first: number; readonly last: number } | null>;
  /** A perfect subtree's hash, base64, where it is kept: of 2^level entries, the index-th of its level. */
  abstract node(level: number, index: number): Promise<string | null>;

  /** The newest checkpoint, and the state that it was made of: null where somebody took that away. Null without one. */
  abstract lastCheckpoint(): Promise<(StoredCheckpoint & { readonly state: string | null }) | null>;
  /** The first checkpoint of at least `size` entries. */
  abstract checkpointOver(size: number): Promise<StoredCheckpoint | null>;
  abstract checkpoints(fromSize: number, toSize: number, limit: number): Promise<readonly StoredCheckpoint[]>;
  /** False when there is one of that size already: nothing was written since, and the first one stands. */
  abstract addCheckpoint(checkpoint: StoredCheckpoint & { readonly state: string }): Promise<boolean>;

  abstract base(): Promise<AuditBase | null>;
  /**
   * The last of the oldest entries (of at most `entriesMax`) that may go: all up to it happened before that time, and
   * none is held. Null when the first one has to stay.
   */
  abstract disposableTo(beforeWallMs: number, entriesMax: number): Promise<number | null>;
  /**
   * Disposes of everything up to `base.size`, with the entry that says so, in one transaction.
   * @throws PlatformError('conflict') when an entry among them has come under a hold meanwhile
   */
  abstract dispose(base: AuditBase, entry: AuditEntry): Promise<void>;

  abstract holds(): Promise<readonly AuditHold[]>;
  abstract setHold(hold: NewHold, who: HoldWho): Promise<AuditHold>;
  /** @throws PlatformError('not-found'); lifting twice is answered with what is stored */
  abstract liftHold(holdId: string, who: HoldWho): Promise<AuditHold>;
  /** True while the patient's entries must be kept, by a hold of their own or one over everything. */
  abstract isHeld(patientId: PatientId): Promise<boolean>;
}
