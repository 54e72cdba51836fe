import type { BedId, EncounterId, FeedIdentifier, Patient, PatientId } from '@vigil/contracts';

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
  /** The bed it came from by its last transfer, and since when it was there; null without one. */
  readonly before: { readonly bedId: BedId; readonly fromMs: number } | null;
  readonly visit: FeedIdentifier | null;
}

/** A bed that the hospital's name for it stands for; `taken` by the stay that is open in it. */
export interface KnownPlace {
  readonly bedId: BedId;
  readonly taken: KnownStay | null;
}

/**
 * What a name of a place stands for. `none`: the message names no place. `unknown`: whoever gives such names has named beds of ours,
 * and none of them has this name; it may be a bed that nobody has told us of. `elsewhere`: no bed of ours has a name from there.
 */
export type Named = KnownPlace | 'none' | 'unknown' | 'elsewhere';

/** All that is known of what a message names, looked up in the transaction that applies it. */
export interface FeedKnown {
  /** Those of `identifiers` that are of the configured authority: no other names a patient. */
  readonly identifiers: readonly FeedIdentifier[];
  /** By these. With each record that went into another: that other, and so on; more than one of their own: nobody can say who is meant. */
  readonly patients: readonly KnownPatient[];
  /** A person has said that `patients` are who is meant: names are not compared any more. */
  readonly confirmed: boolean;
  /** By those of `merged` that are of the authority, likewise with those into whom they went. */
  readonly merged: readonly KnownPatient[];
  /** By `visit`, open or over, the latest; null where it is not known. */
  readonly stay: KnownStay | null;
  readonly place: Named;
  readonly from: Named;
  /** A message of the same person or visit waits for a person already. */
  readonly waitsForEarlier: boolean;
  /** Event time. */
  readonly nowMs: number;
}

/** True for a bed of ours. */
export function isOurs(place: Named): place is KnownPlace {
  return typeof place !== 'string';
}
