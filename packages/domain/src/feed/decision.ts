import type { BedId, EncounterId, FeedIdentifier, FeedMove, Patient, PatientId, QuarantineReason } from '@vigil/contracts';
import type { FeedKnown } from './known.js';

/** What is to be done to the records, in order and in one transaction. `atMs`: event time. */
export type FeedCommand =
  | { readonly do: 'recordPatient'; readonly patient: Omit<Patient, 'patientId'> }
  | {
      readonly do: 'updatePatient';
      readonly patientId: PatientId;
      readonly person: FeedMove['person'];
    }
  | {
      readonly do: 'admit';
      /** `recorded`: whom the command before has recorded. */
      readonly patientId: PatientId | 'recorded';
      readonly bedId: BedId;
      readonly visit: FeedIdentifier | null;
      readonly atMs: number;
    }
  | { readonly do: 'reopen'; readonly encounterId: EncounterId; readonly bedId: BedId; readonly atMs: number }
  | {
      readonly do: 'transfer' | 'cancelTransfer';
      readonly encounterId: EncounterId;
      readonly bedId: BedId;
      readonly atMs: number;
    }
  | { readonly do: 'discharge' | 'void'; readonly encounterId: EncounterId; readonly atMs: number }
  | { readonly do: 'merge'; readonly from: PatientId; readonly into: PatientId | 'recorded' };

/** Why a message is nothing to us. */
export type Ignored = 'outpatient' | 'no-change' | 'older-than-known' | 'not-our-unit';

/**
 * What becomes of one message: it is carried out whole, it is nothing to us, or a person looks at it. There is no fourth: nothing
 * is attributed by guess.
 */
export type FeedDecision =
  | { readonly do: 'apply'; readonly commands: readonly FeedCommand[] }
  | { readonly do: 'ignore'; readonly why: Ignored }
  | { readonly do: 'quarantine'; readonly reason: QuarantineReason };

/** Decides from the message and what is known, and from nothing else. */
export type DecideFeed = (move: FeedMove, known: FeedKnown) => FeedDecision;

export const apply = (...commands: readonly FeedCommand[]): FeedDecision => ({ do: 'apply', commands });
export const ignore = (why: Ignored): FeedDecision => ({ do: 'ignore', why });
export function quarantine(reason: QuarantineReason): Extract<FeedDecision, { do: 'quarantine' }> {
  return { do: 'quarantine', reason };
}
