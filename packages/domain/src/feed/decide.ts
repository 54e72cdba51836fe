import type { BedId, EncounterId, FeedIdentifier, FeedMove, Patient, PatientId, QuarantineReason } from '@vigil/contracts';

/** Who is found by an identifier of the configured authority. */
export interface KnownPatient {
  readonly patient: Patient;
  /** Into whom the record went; null while it is its own. */
  readonly mergedInto: PatientId | null;
  /** The stay that is open now; null when there is none. */
  readonly stay: KnownStay | null;
}

/** A stay as it is stored. Event time. */
export interface KnownStay {
  readonly encounterId: EncounterId;
  readonly patientId: PatientId;
  readonly bedId: BedId;
  readonly admittedMs: number;
  /** Since when it is in this bed: nothing that happened before moves it. */
  readonly inBedSinceMs: number;
  readonly dischargedMs: number | null;
  /** The bed it came from by its last transfer, and when; null without one. */
  readonly before: { readonly bedId: BedId; readonly fromMs: number } | null;
  readonly visit: FeedIdentifier | null;
}

/** A bed that the hospital's name for it stands for; `taken` by the stay that is open in it. */
export interface KnownPlace {
  readonly bedId: BedId;
  readonly taken: KnownStay | null;
}

/** All that is known of what a message names, looked up in the transaction that applies it. */
export interface FeedKnown {
  /** By `identifiers`; more than one: nobody can say who is meant. */
  readonly patients: readonly KnownPatient[];
  /** By `merged`. */
  readonly merged: readonly KnownPatient[];
  /** By `visit`, open or over; null where it is not known. */
  readonly stay: KnownStay | null;
  /** `none`: the message names no place. `unknown`: no bed has this name. */
  readonly place: KnownPlace | 'none' | 'unknown';
  /** A message of the same person or visit waits for a person already. */
  readonly waitsForEarlier: boolean;
  /** Event time. */
  readonly nowMs: number;
}

/** What is to be done to the records, in order and in one transaction. `atMs`: event time. */
export type FeedCommand =
  | { readonly do: 'recordPatient'; readonly patient: Omit<Patient, 'patientId'> }
  | {
      readonly do: 'updatePatient';
      readonly patientId: PatientId;
      readonly person: Partial<Omit<Patient, 'patientId' | 'mrn'>>;
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
  | { readonly do: 'merge'; readonly from: PatientId; readonly into: PatientId };

/**
 * What becomes of one message: it is carried out whole, it is nothing to us, or a person looks at it. There is no fourth: nothing
 * is attributed by guess.
 */
export type FeedDecision =
  | { readonly do: 'apply'; readonly commands: readonly FeedCommand[] }
  | { readonly do: 'ignore'; readonly why: 'outpatient' | 'no-change' | 'older-than-known' | 'not-our-unit' }
  | { readonly do: 'quarantine'; readonly reason: QuarantineReason };

/** Decides from the message and what is known, and from nothing else. */
export type DecideFeed = (move: FeedMove, known: FeedKnown) => FeedDecision;
