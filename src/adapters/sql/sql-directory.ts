import type {
  BedId,
  CareUnit,
  CareUnitId,
  Encounter,
  EncounterId,
  EpochMs,
  GatewayConfig,
  Page,
  Patient,
  PatientId,
  PatientSearch,
  RejectRow,
  Site,
  StaffAssignment,
  StaffMember,
} from '@vigil/contracts';
import { type BedRow, Directory, type Who } from '../../ports/directory.js';
import type { SqlContext } from './context.js';
import { followAges } from './age-groups.js';
import * as reads from './directory-reads.js';
import * as writes from './directory-writes.js';
import { gatewayConfig, issueGatewayConfig } from './gateway-configs.js';
import * as patients from './patient-reads.js';
import { seedSite } from './seed.js';
import { transfer } from './transfer-stay.js';
import { sealSite } from './seed-sealed.js';

/** The site and who is where, in SQL. */
export class SqlDirectory extends Directory {
  constructor(private readonly context: SqlContext) {
    super();
  }

  seed(
    site: Site,
    passwordHashes: ReadonlyMap<string, string>,
    at: { nowMs: number; wallMs: number; rate: number },
  ): Promise<void> {
    return sealSite(this.context, site).then((sealed) =>
      this.context.sql.transaction((tx) => seedSite(tx, this.context, site, sealed, passwordHashes, at)),
    );
  }

  careUnits(): Promise<readonly CareUnit[]> {
    return this.context.sql.query((db) => reads.careUnits(db));
  }

  beds(careUnitId?: CareUnitId): Promise<readonly BedRow[]> {
    return this.bedRows({ careUnitId });
  }

  async bed(bedId: BedId): Promise<BedRow | null> {
    return (await this.bedRows({ bedId }))[0] ?? null;
  }

  gatewayConfig(gatewayId: string, rate: number): Promise<GatewayConfig | null> {
    return this.context.sql.query((db) => gatewayConfig(db, gatewayId, rate));
  }

  issueGatewayConfig(facts: Parameters<Directory['issueGatewayConfig']>[0]): Promise<EpochMs> {
    return this.context.sql.transaction((tx) => issueGatewayConfig(tx, facts));
  }

  staff(): Promise<readonly StaffMember[]> {
    return this.context.sql.query((db) => reads.staffMembers(db));
  }

  createPatient(patient: Patient, who: Who): Promise<Patient> {
    return writes.createPatient(this.context, patient, who);
  }

  patient(patientId: PatientId): Promise<Patient | null> {
    return patients.patient(this.context, patientId);
  }

  patients(query: Parameters<Directory['patients']>[0]): Promise<Page<Patient>> {
    return patients.patientList(this.context, query);
  }

  searchPatients(wanted: PatientSearch): Promise<readonly Patient[]> {
    return patients.searchPatients(this.context, wanted);
  }

  followAges(at: Parameters<Directory['followAges']>[0]): Promise<number> {
    return followAges(this.context, at);
  }

  async admit(request: Omit<writes.Admission, 'ageGroup'>, who: Who): Promise<Encounter> {
    // The birth date is opened before the transaction, which then waits for no key.
    const ageGroup = await writes.ageGroupOf(this.context, request);
    return this.context.sql.transaction((tx) => writes.admit(tx, this.context, { ...request, ageGroup }, who));
  }

  discharge(encounterId: EncounterId, atMs: number, who: Who): Promise<Encounter> {
    return this.context.sql.transaction((tx) => writes.discharge(tx, this.context, { encounterId, atMs }, who));
  }

  transfer(request: Parameters<Directory['transfer']>[0], who: Who): Promise<Encounter> {
    return this.context.sql.transaction((tx) => transfer(tx, this.context, request, who));
  }

  async encounter(encounterId: EncounterId): Promise<Encounter | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('encounter').selectAll().where('encounter_id', '=', encounterId).executeTakeFirst(),
    );
    return row === undefined ? null : reads.encounterOf(row);
  }

  encounters(query: Parameters<Directory['encounters']>[0]): Promise<Page<Encounter>> {
    return this.context.sql.query((db) => reads.encounterList(db, query));
  }

  assign(assignment: Omit<StaffAssignment, 'assignmentId'>, who: Who): Promise<StaffAssignment> {
    return this.context.sql.transaction((tx) => writes.assign(tx, this.context, assignment, who));
  }

  assignments(query: {
    careUnitId?: CareUnitId | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<StaffAssignment>> {
    return this.context.sql.query((db) => reads.assignmentList(db, query));
  }

  rejects(query: { limit: number; cursor?: string | undefined }): Promise<Page<RejectRow>> {
    return this.context.sql.query((db) => reads.rejectList(db, query));
  }

  onChange(listener: (bedIds: readonly BedId[]) => void): () => void {
    return this.context.notices.directory.add(listener);
  }

  private async bedRows(where: {
    readonly careUnitId?: CareUnitId | undefined;
    readonly bedId?: BedId;
  }): Promise<readonly BedRow[]> {
    const { sql, clock, fields } = this.context;
    const beds = await sql.transaction(({ db }) => reads.bedRows(db, where, clock.wallMs()));
    return reads.openBeds(fields, beds);
  }
}
