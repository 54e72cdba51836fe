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
import type { Change } from '../../ports/change.js';
import { type BedRow, Directory, type Who, type WhoFrom } from '../../ports/directory.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { PlatformError } from '@vigil/domain';
import type { SqlContext } from './context.js';
import { followAges } from './age-groups.js';
import { doneBy } from './authored.js';
import { changePatient } from './change-patient.js';
import { isDone } from './done-commands.js';
import { liveStay } from './live-stays.js';
import * as reads from './directory-reads.js';
import * as writes from './directory-writes.js';
import { gatewayConfig, issueGatewayConfig } from './gateway-configs.js';
import * as patients from './patient-reads.js';
import { seedSite } from './seed.js';
import { assign, endDuty, replaceDuty } from './staff-assignments.js';
import { admit, discharge } from './stays-admit.js';
import { endDevices, transferWithDevices } from './stays-devices.js';
import { sealVisit } from './stays-visit.js';
import type { Tx } from './sql.js';
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
    const at = { rate, nowMs: this.context.clock.nowMs() };
    return this.context.sql.query((db) => gatewayConfig(db, gatewayId, at));
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

  updatePatient(patientId: PatientId, person: Partial<Omit<Patient, 'patientId' | 'mrn'>>, change: Change): Promise<Patient> {
    return changePatient(this.context, patientId, person, change);
  }

  async admit({ visit, ...request }: Parameters<Directory['admit']>[0], who: WhoFrom): Promise<Encounter> {
    // The birth date is opened, and the number of the visit sealed, before the transaction, which then waits for no key.
    const ageGroup = await writes.ageGroupOf(this.context, request);
    const sealed = visit === undefined ? undefined : await sealVisit(this.context.fields, visit, request);
    return this.context.sql.transaction((tx) => admit(tx, this.context, { ...request, ageGroup, visit: sealed }, who));
  }

  discharge(encounterId: EncounterId, atMs: number, who: WhoFrom, devices: 'keep' | 'end' = 'keep'): Promise<Encounter> {
    return this.context.sql.transaction(async (tx) => {
      const encounter = await discharge(tx, this.context, { encounterId, atMs }, who);
      if (devices === 'end') await endDevices(tx, this.context, encounter, who);
      return encounter;
    });
  }

  transfer(request: Parameters<Directory['transfer']>[0], who: WhoFrom): Promise<Encounter> {
    return this.context.sql.transaction((tx) => transferWithDevices(tx, this.context, request, who));
  }

  async encounter(encounterId: EncounterId): Promise<Encounter | null> {
    const row = await this.context.sql.query((db) => liveStay(db, encounterId));
    return row === undefined ? null : reads.encounterOf(row);
  }

  encounters(query: Parameters<Directory['encounters']>[0]): Promise<Page<Encounter>> {
    return this.context.sql.query((db) => reads.encounterList(db, query));
  }

  assign(assignment: Parameters<Directory['assign']>[0], who: WhoFrom): Promise<StaffAssignment> {
    return this.context.sql.transaction((tx) => assign(tx, this.context, assignment, who));
  }

  async assignment(assignmentId: string): Promise<StaffAssignment | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('staff_assignment').selectAll().where('assignment_id', '=', assignmentId).executeTakeFirst(),
    );
    return row === undefined ? null : reads.assignmentOf(row);
  }

  endAssignment(...[target, asked, change]: Parameters<Directory['endAssignment']>): Promise<Outcome<StaffAssignment>> {
    const { assignmentId } = target;
    const command = { action: 'assignment.end', subject: `assignment:${assignmentId}`, content: asked };
    const end = { ...asked, toMs: asked.toMs ?? Math.round(change.wallMs) };
    return this.once(command, change, assignmentId, async (tx) => void (await endDuty(tx, this.context, target, end, change)));
  }

  replaceAssignment(...[target, asked, change]: Parameters<Directory['replaceAssignment']>): Promise<Outcome<StaffAssignment>> {
    const command = { action: 'assignment.replace', subject: `assignment:${target.assignmentId}`, content: asked };
    const to = { ...asked, fromMs: asked.fromMs ?? Math.round(change.wallMs) };
    // The new one is named after the command.
    const work = async (tx: Tx) => void (await replaceDuty(tx, this.context, target, to, change));
    return this.once(command, change, change.commandId, work);
  }

  assignments(query: Parameters<Directory['assignments']>[0]): Promise<Page<StaffAssignment>> {
    return this.context.sql.query((db) => reads.assignmentList(db, query));
  }

  rejects(query: { limit: number; cursor?: string | undefined }): Promise<Page<RejectRow>> {
    return this.context.sql.query((db) => reads.rejectList(db, query));
  }

  onChange(listener: (bedIds: readonly BedId[]) => void): () => void {
    return this.context.notices.directory.add(listener);
  }

  /** Carries a command out once, and answers with the duty as it is then. */
  private async once(
    command: { readonly action: string; readonly subject: string; readonly content: unknown },
    change: Change,
    assignmentId: string,
    work: (tx: Tx) => Promise<void>,
  ): Promise<Outcome<StaffAssignment>> {
    const { commandId, wallMs } = change;
    const repeated = await this.context.sql.transaction(async (tx) => {
      if (await isDone(tx, { ...command, commandId, wallMs, by: doneBy(change) })) return true;
      await work(tx);
      return false;
    });
    const value = await this.assignment(assignmentId);
    if (value === null) throw new PlatformError('not-found', { ids: [`assignment:${assignmentId}`] });
    return { value, repeated };
  }

  private async bedRows(where: {
    readonly careUnitId?: CareUnitId | undefined;
    readonly bedId?: BedId;
  }): Promise<readonly BedRow[]> {
    const { sql, clock, fields } = this.context;
    const beds = await sql.snapshot(({ db }) => reads.bedRows(db, where, clock.wallMs()));
    return reads.openBeds(fields, beds);
  }
}
