import type { BedId, EraseResult, KeyStatus, PatientId, RotateRequest } from '@vigil/contracts';
import type { Who } from './directory.js';

/** What of history is of a patient who was erased. */
export interface MeasuredOfErased {
  readonly patientId: PatientId;
  /** The first time is on record; that history stays free of it is looked at again and again. */
  readonly isFirst: boolean;
  /** Where the patient lay, in event time, half-open. */
  readonly stretches: readonly { readonly bedId: BedId; readonly fromMs: number; readonly toMs: number }[];
}

/** The log and gateways keep what they have for less time than this. */
export const ERASED_AGAIN_MS = 35 * 86_400_000;

/** What one round of work found. */
export interface KeyWork {
  /** Why the key service could not be used; null while it answers. */
  readonly away: 'key-away' | 'key-denied' | null;
  readonly left: KeyStatus['left'];
  /** Rows that were refused as tampered with since the start. */
  readonly refused: number;
  /** There is more to do at once. */
  readonly more: boolean;
}

/**
 * The keys of sealed columns: how they stand, their rotation, and the erasure of one patient.
 *
 * @throws PlatformError('store-unavailable'), 'keys-unavailable'
 */
export abstract class RecordKeys {
  abstract status(): Promise<KeyStatus>;
  /**
   * Makes new keys for all that is written from now on; what is stored follows by `work`, in the background.
   * @throws PlatformError('conflict') where the key-encryption key is rotated elsewhere, in a vault
   */
  abstract rotate(what: RotateRequest['what'], who: Who): Promise<void>;
  /**
   * Makes a patient unreadable for everybody and for good: first the record is emptied, then its keys are destroyed.
   * Again is answered with what is so; a start that was cut off in between is ended by `work`.
   * @throws PlatformError('not-found'), 'conflict' while the patient has an open stay or a legal hold
   */
  abstract erasePatient(patientId: PatientId, who: Who): Promise<EraseResult>;
  /**
   * One bounded round: looks for another key-encryption key, wraps data keys anew, seals stale rows anew, ends erasures.
   * What people change meanwhile wins. Never two at a time.
   */
  abstract work(): Promise<KeyWork>;
  /**
   * Whose measurements are to be taken out of history now, some at a time: of whoever was erased, and again an hour later and each day for
   * `ERASED_AGAIN_MS`, because what a gateway or the log still held may have come since.
   */
  abstract historyToErase(): Promise<readonly MeasuredOfErased[]>;
  /** History holds none of it now. @param samples that were taken away, as far as its store knows */
  abstract historyErased(of: MeasuredOfErased, samples: number): Promise<void>;
  /** Only sees which keys are current, where another process does the work. @returns why they are away, or null */
  abstract follow(): Promise<KeyWork['away']>;
}
