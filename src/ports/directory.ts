import type {
  BedId,
  CareUnit,
  CareUnitId,
  ChangeReason,
  DeviceId,
  Encounter,
  EncounterId,
  EpochMs,
  FeedIdentifier,
  GatewayConfig,
  Page,
  Patient,
  PatientId,
  PatientSearch,
  RejectRow,
  Site,
  StaffAssignment,
  StaffId,
  StaffMember,
} from '@vigil/contracts';
import type { Change, Who } from './change.js';
import type { Outcome } from './stay-limits.js';

/** Why a name is not shown although somebody lies there: its key is away for now, or the record was tampered with. */
export type Unreadable = 'away' | 'tampered' | 'erased';

export type StayPatient =
  { readonly patient: Patient; readonly unreadable: null } | { readonly patient: null; readonly unreadable: Unreadable };

export interface BedRow {
  readonly bedId: BedId;
  readonly careUnitId: CareUnitId;
  readonly label: string;
  /** Devices assigned to the bed now, with the expected intervals of their profile. */
  readonly devices: readonly { readonly deviceId: string; readonly intervalsMs: Readonly<Record<string, number>> }[];
  /** `inBedSinceMs`, event time: what was measured in this bed before is another patient's, also where the admission was earlier. */
  readonly encounter: (Encounter & StayPatient & { readonly inBedSinceMs: number }) | null;
  readonly nurses: readonly { readonly staffId: string; readonly name: string; readonly role: string }[];
}

export type { Who } from './change.js';

/** Who, and who made it and where it came from, as far as that is told: log events then say it too. */
export type WhoFrom = Who & Partial<Pick<Change, 'by' | 'source' | 'sourceRef'>>;

interface DutyTarget {
  readonly assignmentId: string;
  readonly ifRev: number;
}

/**
 * The site and who is where. Each write commits its row, the audit row and the log event for the relay in one
 * transaction (D2, D11). Stays that were voided are in none of the answers. @throws AssignmentRefused (bed taken, patient
 * admitted elsewhere), PlatformError 'not-found', 'conflict' (id used with other content), 'store-unavailable', 'keys-unavailable', 'record-tampered' (one record; lists leave it out). An
 * erased patient is not there.
 */
export abstract class Directory {
  /** Seeds an empty store from site.yaml, once, with deterministic event ids; later calls add only what is new. */
  abstract seed(
    site: Site,
    passwordHashes: ReadonlyMap<string, string>,
    at: { nowMs: number; wallMs: number; rate: number },
  ): Promise<void>;
  abstract careUnits(): Promise<readonly CareUnit[]>;
  abstract beds(careUnitId?: CareUnitId): Promise<readonly BedRow[]>;
  abstract bed(bedId: BedId): Promise<BedRow | null>;
  /** Beds, devices, rules and stays of one gateway, without `issuedAtMs` and certificates; null for one that is not there. */
  abstract gatewayConfig(gatewayId: string, rate: number): Promise<GatewayConfig | null>;
  /**
   * When content with this digest was issued: stays while the digest does and `anew` is not set; otherwise `wallMs`, but
   * always later than any time that was given for this gateway before.
   */
  abstract issueGatewayConfig(facts: {
    readonly gatewayId: string;
    readonly digest: string;
    readonly wallMs: number;
    readonly anew: boolean;
  }): Promise<EpochMs>;
  abstract staff(): Promise<readonly StaffMember[]>;

  abstract createPatient(patient: Patient, who: Who): Promise<Patient>;
  /**
   * Puts fields right; what is left out stays. How it was is kept, sealed. The age group of an open stay follows the birth date, where
   * no person has said another. @throws also 'conflict' for a record that went into another, or that changed meanwhile
   */
  abstract updatePatient(
    patientId: PatientId,
    person: Partial<Omit<Patient, 'patientId' | 'mrn'>>,
    change: Change,
  ): Promise<Patient>;
  /** Also a record that went into another one: it stays readable under its id. */
  abstract patient(patientId: PatientId): Promise<Patient | null>;
  /** Without records that went into others. @param query `patientIds`: those of them; left out: all */
  abstract patients(query: {
    patientIds?: readonly PatientId[] | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<Patient>>;
  /** Exact, but for form and case; see `normalisedMrn` and `normalisedName`. A record that went into another one finds that one. */
  abstract searchPatients(wanted: PatientSearch): Promise<readonly Patient[]>;

  /**
   * Stays in a bed never overlap: one that reaches up to a minute into the stay before begins at its end.
   * @param request `visit`: the hospital's number of the stay, kept sealed
   * @throws PlatformError 'not-found'; AssignmentRefused while bed or patient is taken, or for one that reaches further back
   */
  abstract admit(
    request: { encounterId: EncounterId; patientId: PatientId; bedId: BedId; atMs: number; visit?: FeedIdentifier | undefined },
    who: WhoFrom,
  ): Promise<Encounter>;
  /** @param devices `end`: those that stand at the bed are taken away with the patient, in the same transaction */
  abstract discharge(encounterId: EncounterId, atMs: number, who: WhoFrom, devices?: 'keep' | 'end'): Promise<Encounter>;
  /**
   * To another bed (D6). To the bed where the stay is already: answered with what is stored.
   * @param request `deviceIds`: devices of the bed that go along, in the same transaction
   * @throws PlatformError 'not-found' (also a device that is not at the bed); 'conflict' where the stay is over; AssignmentRefused where
   *   the bed is taken at that time
   */
  abstract transfer(
    request: { encounterId: EncounterId; bedId: BedId; atMs: number; deviceIds?: readonly DeviceId[] | undefined },
    who: WhoFrom,
  ): Promise<Encounter>;
  abstract encounter(encounterId: EncounterId): Promise<Encounter | null>;
  /**
   * Tells the engine of each open stay whose patient has come to another age group at `nowMs`, and of each whose birth date could not be
   * read before and can be now. Never of one whose age group a person has said. @returns how many
   */
  abstract followAges(at: { readonly nowMs: number; readonly wallMs: number }): Promise<number>;
  /** @param query `visible`: open ones in these care units, and all of these patients; left out: all */
  abstract encounters(query: {
    bed?: BedId | undefined;
    open?: boolean | undefined;
    visible?: { readonly careUnitIds: readonly CareUnitId[]; readonly patientIds: readonly PatientId[] } | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<Encounter>>;

  abstract assign(
    assignment: Pick<StaffAssignment, 'staffId' | 'careUnitId' | 'bedId' | 'role' | 'fromMs' | 'toMs' | 'reason'>,
    who: WhoFrom,
  ): Promise<StaffAssignment>;
  abstract assignment(assignmentId: string): Promise<StaffAssignment | null>;
  /**
   * @param end `toMs`: wall time, now where it is left out
   * @throws PlatformError 'not-found', 'revision-moved', 'conflict' (it is over, or would end before it began)
   */
  abstract endAssignment(
    target: DutyTarget,
    end: { readonly toMs?: number | undefined; readonly reason: ChangeReason },
    change: Change,
  ): Promise<Outcome<StaffAssignment>>;
  /** Somebody else takes over at `fromMs` (wall time, now where it is left out) until what was the end. @returns the new one. @throws as `endAssignment` */
  abstract replaceAssignment(
    target: DutyTarget,
    to: { readonly staffId: StaffId; readonly fromMs?: number | undefined; readonly reason: ChangeReason },
    change: Change,
  ): Promise<Outcome<StaffAssignment>>;
  /** @param query `atWallMs`: those that hold then */
  abstract assignments(query: {
    careUnitId?: CareUnitId | undefined;
    staffId?: StaffId | undefined;
    bedId?: BedId | undefined;
    atWallMs?: number | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<StaffAssignment>>;

  abstract rejects(query: { limit: number; cursor?: string | undefined }): Promise<Page<RejectRow>>;
  /** Told in this process after a committed change of who lies where or who cares for whom. */
  abstract onChange(listener: (bedIds: readonly BedId[]) => void): () => void;
}
