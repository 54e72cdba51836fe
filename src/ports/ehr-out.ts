import type { BedId, EncounterId, PatientId } from '@vigil/contracts';
import type { Draft } from '@vigil/domain';

/**
 * Why something that was to be sent waits. `no-stay`: nobody is known to have lain there; `no-identifier`: the patient is not known
 * at the server; `refused`: the server does not take it.
 */
export type KeptReason = 'no-stay' | 'no-identifier' | 'refused';

/** Something that was to be sent and waits. */
export interface Kept {
  /** Its name there (`identityOfDraft`); kept again, it is kept once. */
  readonly identity: string;
  readonly reason: KeptReason;
  /** Code of the server's OperationOutcome, or `none`; never its text. */
  readonly issue: string;
  /** HTTP status; null where nothing was sent. */
  readonly status: number | null;
  readonly bedId: BedId;
  readonly encounterId: EncounterId | null;
  /** With whom it is erased; null where that is not known. */
  readonly patientId: PatientId | null;
  readonly draft: Draft;
}

export interface KeptRow extends Kept {
  /** Grows; where to go on. */
  readonly seq: number;
}

/** What is kept at most; the oldest goes first, and what has no stay before anything that has one. */
export const KEPT_MAX = 100_000;

/** What waits of what was to be sent to the hospital's records, and how far the log is sent. @throws PlatformError 'store-unavailable' */
export abstract class EhrOut {
  /**
   * All events of the partition up to this one are there, or kept. Never moves back.
   * @throws PlatformError 'ownership-lost' when another process has the partition
   */
  abstract moveOn(partition: number, to: { readonly offset: string; readonly sequence: number }): Promise<void>;
  /** Durable when it resolves; sealed. @returns how many went to make room @throws PlatformError 'keys-unavailable' */
  abstract keep(kept: readonly Kept[], wallMs: number): Promise<number>;
  /** In the order in which they were kept. One that can't be opened any more, because its patient was erased, is removed. */
  abstract kept(query: {
    readonly reasons: readonly KeptReason[];
    readonly afterSeq: number;
    readonly limit: number;
  }): Promise<readonly KeptRow[]>;
  /** They are there, or belong nowhere. */
  abstract settle(identities: readonly string[]): Promise<void>;
  abstract counts(): Promise<Readonly<Record<KeptReason, number>>>;
}
