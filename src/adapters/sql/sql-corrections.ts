import type { Correction, Encounter, EncounterId, PatientId, Reattribution } from '@vigil/contracts';
import { invariant, PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { type Corrected, Corrections, type ReattributionJob } from '../../ports/corrections.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { mergePatients } from './corrections-merge.js';
import { correctionOf } from './corrections-rows.js';
import { encounterOf } from './directory-reads.js';
import { ageGroupOf } from './directory-writes.js';
import { isDone } from './done-commands.js';
import type { Fields } from './fields.js';
import { liveStay } from './live-stays.js';
import { correctedSince, ranJob, takeDueJobs } from './reattribution-jobs.js';
import type { CorrectionRow, EncounterRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';
import { cancelTransfer, correctStay, type Made, reopenStay, voidStay } from './stays-corrections.js';

type Context = Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'origin' | 'clock'>;

interface Command {
  readonly action: string;
  readonly encounterId: EncounterId;
  readonly content: unknown;
}

/** Puts right what was said of stays, in SQL. */
export class SqlCorrections extends Corrections {
  constructor(private readonly context: Context) {
    super();
  }

  async correctStay(
    ...[encounterId, request, change]: Parameters<Corrections['correctStay']>
  ): Promise<Outcome<{ readonly encounter: Encounter; readonly correction: Correction }>> {
    const { note: text, reason, ifRev: _, ...content } = request;
    const made = { correctionId: change.commandId, reason, ...(await this.sealedNote(encounterId, change, text)) };
    const { patientId } = request;
    const at = request.fromMs ?? change.nowMs;
    const ageGroup = patientId === undefined ? undefined : await ageGroupOf(this.context, { patientId, atMs: at });
    const newEncounterId = newIdOf(change);
    const stay = { encounterId, request, newEncounterId, ageGroup: ageGroup ?? null };
    const command = { action: 'encounter.correct', encounterId, content: { ...content, reason } };
    const repeated = await this.once(command, change, (tx) => correctStay(tx, this.context, stay, made, change));
    const isOther = await this.context.sql.query((db) => liveStay(db, newEncounterId));
    const encounter = await this.answer(isOther === undefined ? encounterId : newEncounterId);
    const correction = await this.context.sql.snapshot(({ db }) => correctionOf(db, change.commandId));
    invariant(correction !== null, 'a correction that was made has its row');
    return { value: { encounter, correction }, repeated };
  }

  async reopenStay(...[encounterId, request, change]: Parameters<Corrections['reopenStay']>): Promise<Outcome<Encounter>> {
    const { note: text, reason, bedId, ifRev } = request;
    const made = { correctionId: change.commandId, reason, ...(await this.sealedNote(encounterId, change, text)) };
    const command = { action: 'encounter.reopen', encounterId, content: { reason, bedId: bedId ?? null } };
    const repeated = await this.once(command, change, (tx) =>
      reopenStay(tx, this.context, { encounterId, bedId, ifRev }, made, change),
    );
    return { value: await this.answer(encounterId), repeated };
  }

  async voidStay(encounterId: EncounterId, atMs: number, change: Change): Promise<Outcome<Encounter>> {
    const command = { action: 'encounter.void', encounterId, content: {} };
    const repeated = await this.once(command, change, (tx) =>
      voidStay(tx, this.context, { encounterId, atMs }, cancelled(change), change),
    );
    return { value: await this.answer(encounterId), repeated };
  }

  async cancelTransfer(encounterId: EncounterId, atMs: number, change: Change): Promise<Outcome<Encounter>> {
    const command = { action: 'encounter.cancel-transfer', encounterId, content: {} };
    const repeated = await this.once(command, change, (tx) =>
      cancelTransfer(tx, this.context, { encounterId, atMs }, cancelled(change), change),
    );
    return { value: await this.answer(encounterId), repeated };
  }

  async merge(from: PatientId, into: PatientId, change: Change): Promise<void> {
    const { commandId, wallMs } = change;
    const command = { action: 'patient.merge', subject: `patient:${from}`, content: { into } };
    await this.context.sql.transaction(async (tx) => {
      if (await isDone(tx, { ...command, commandId, wallMs, by: doneBy(change) })) return;
      await mergePatients(tx, this.context, { from, into }, { correctionId: commandId }, change);
    });
  }

  since(seq: number, limit: number): Promise<readonly Corrected[]> {
    return this.context.sql.query((db) => correctedSince(db, seq, limit));
  }

  dueJobs(query: Parameters<Corrections['dueJobs']>[0]): Promise<readonly ReattributionJob[]> {
    return this.context.sql.transaction((tx) => takeDueJobs(tx, query));
  }

  ranJob(jobId: string, run: { readonly moved: number; readonly nextWallMs: number | null }): Promise<Reattribution> {
    const { sql, clock } = this.context;
    return sql.transaction((tx) => ranJob(tx, jobId, run, clock.wallMs()));
  }

  /** True when the command was carried out before. */
  private once(
    { action, encounterId, content }: Command,
    change: Change,
    work: (tx: Tx) => Promise<EncounterRow>,
  ): Promise<boolean> {
    const { commandId, wallMs } = change;
    const subject = `encounter:${encounterId}`;
    return this.context.sql.transaction(async (tx) => {
      if (await isDone(tx, { action, subject, content, commandId, wallMs, by: doneBy(change) })) return true;
      await work(tx);
      return false;
    });
  }

  /** Also of a stay that was voided: whoever did it is told what became of it. */
  private async answer(encounterId: EncounterId): Promise<Encounter> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('encounter').selectAll().where('encounter_id', '=', encounterId).executeTakeFirst(),
    );
    if (row === undefined) throw new PlatformError('not-found', { ids: [`encounter:${encounterId}`] });
    return encounterOf(row);
  }

  /** Sealed before the transaction, under the patient of whom it was said. A correction waits for no key. */
  private async sealedNote(
    encounterId: EncounterId,
    change: Change,
    note: string,
  ): Promise<Pick<Made, 'note' | 'notePatientId'>> {
    const stay = await this.context.sql.query((db) => liveStay(db, encounterId));
    if (stay === undefined) return { note: null };
    const { patient_id } = stay;
    const sealed = await sealedNote(this.context.fields, { ...EMPTY, correction_id: change.commandId, patient_id, note });
    return { note: sealed, notePatientId: patient_id };
  }
}

const EMPTY = {
  ...{ kind: '', subject: '', before_json: '', after_json: '', set_by: null, source: '', reason: '', at_wall_ms: 0 },
} as const;

async function sealedNote(fields: Fields, row: CorrectionRow): Promise<string | null> {
  return fields.sealRow(SEALED.correction, row).then(
    (sealed) => sealed.note,
    (error: unknown) => {
      if (error instanceof PlatformError && error.code === 'keys-unavailable') return null;
      throw error;
    },
  );
}

const cancelled = ({ commandId }: Change): Made => ({ correctionId: commandId, reason: 'cancelled-at-source', note: null });

/** The same when the command comes again. */
const newIdOf = ({ commandId }: Change): EncounterId => `enc-${commandId.replaceAll('-', '')}` as EncounterId;
