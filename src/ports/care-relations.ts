import type { AlarmId, BedId, CareUnitId, EncounterId, PatientId, StaffId } from '@vigil/contracts';
import type { RelationFacts } from '@vigil/domain';

/** Where an alarm shows, and whom it is about. */
export interface AlarmSubject {
  /** Empty when there is no such alarm. */
  readonly careUnitIds: readonly CareUnitId[];
  /** Who lay in the bed at its onset; null for an alarm of a gateway or of an empty bed. */
  readonly patientId: PatientId | null;
}

/** Who lay in a bed in which event time: [admittedMs, dischargedMs). */
export interface StayInBed {
  readonly encounterId: EncounterId;
  readonly patientId: PatientId;
  readonly admittedMs: number;
  readonly dischargedMs: number | null;
}

/** A bed where a stay lay: [fromMs, toMs) of event time, `toMs` null while it lies there. */
export interface PlaceOfStay {
  readonly bedId: BedId;
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** One person's duty in a care unit, wall time; `toMs` null: it goes on. */
export interface PastDuty {
  readonly staffId: StaffId;
  readonly careUnitId: CareUnitId;
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** Who could have a reason to be shown a patient, and when. Wall times. */
export interface PastRelations {
  /** Where the patient lay. */
  readonly stays: readonly { readonly careUnitId: CareUnitId; readonly fromMs: number; readonly toMs: number | null }[];
  /** Pages to persons for alarms of the beds where the patient lay then. */
  readonly pages: readonly { readonly staffId: StaffId; readonly atMs: number }[];
}

/**
 * The facts from which it follows who treats whom (`treatingRelation`), as they are now. @throws
 * PlatformError('store-unavailable')
 */
export abstract class CareRelations {
  /** The facts about one person and one patient; without any, they are empty. */
  abstract between(staffId: StaffId, patientId: PatientId): Promise<RelationFacts>;
  /** Of every patient to whom the person can have a relation now; at most 5,000, those who lie there first. */
  abstract around(staffId: StaffId): Promise<readonly RelationFacts[]>;
  /** The patient's open stay: where they lie now; null when they lie nowhere, or are unknown. */
  abstract bedOf(patientId: PatientId): Promise<{ readonly bedId: BedId; readonly careUnitId: CareUnitId } | null>;
  /** The care unit of a bed; null for a bed that the site does not have. */
  abstract careUnitOf(bedId: BedId): Promise<CareUnitId | null>;
  abstract subjectOf(alarmId: AlarmId): Promise<AlarmSubject>;
  /** A page for this alarm names the person, and its escalation runs or the person has accepted it. */
  abstract isPagedFor(staffId: StaffId, alarmId: AlarmId): Promise<boolean>;
  /** Whose stays these are, each once. */
  abstract patientsOf(encounterIds: readonly EncounterId[]): Promise<readonly PatientId[]>;
  /** Where the patient lay and who was paged for that, for looking into what was; at most 1,000 of each. */
  abstract past(patientId: PatientId): Promise<PastRelations>;
  /** Duties of these persons that overlap [fromMs, toMs) of wall time; at most 10,000. */
  abstract pastDuties(staffIds: readonly StaffId[], fromMs: number, toMs: number): Promise<readonly PastDuty[]>;
  /** Stays in the bed that overlap [fromMs, toMs) of event time, oldest first, at most 1,000. */
  abstract staysIn(bedId: BedId, fromMs: number, toMs: number): Promise<readonly StayInBed[]>;
  /** Where the stay lay and lies, oldest first; empty for one that is not there. */
  abstract placesOf(encounterId: EncounterId): Promise<readonly PlaceOfStay[]>;
}
