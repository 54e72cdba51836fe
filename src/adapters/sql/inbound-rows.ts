import type { FeedIdentifier } from '@vigil/contracts';
import type { InboundMessage } from '../../ports/inbound.js';
import type { Fields } from './fields.js';
import { mrnIndex } from './person-index.js';
import type { Db, Tx } from './sql.js';

/** Which authority names patients, by where a message comes from; null where there is no such feed. */
export type FeedAuthorities = Readonly<Record<InboundMessage['source'], string | null>>;

const SUBJECT_INDEX = 'feed-subject';

/** Not done with: to be worked off, or a person has to look at it. */
export const UNSETTLED = ['kept', 'quarantined'] as const;

/** True for an identifier by which patients are found here. */
export function isOurs(authorities: FeedAuthorities, source: InboundMessage['source'], { system }: FeedIdentifier): boolean {
  return system === authorities[source];
}

/**
 * Blind indexes of whom a message is about: what follows it waits for it. A record number has the index of the patient's record, so
 * that an erasure finds the message.
 */
export async function subjectIndexes(
  fields: Fields,
  authorities: FeedAuthorities,
  { source, read }: Pick<InboundMessage, 'source' | 'read'>,
): Promise<readonly string[]> {
  const about =
    'move' in read
      ? [...read.move.identifiers, ...read.move.merged, ...(read.move.visit === null ? [] : [read.move.visit])]
      : (read.about ?? []);
  const indexes = about.map((each) =>
    isOurs(authorities, source, each)
      ? mrnIndex(fields, each.value)
      : fields.blindIndex(SUBJECT_INDEX, JSON.stringify([each.system, each.value])),
  );
  return [...new Set(await Promise.all(indexes))];
}

/** True while an earlier message of the same person or visit is not done with. */
export async function waitsForEarlier(db: Db, seq: number): Promise<boolean> {
  const earlier = await db
    .selectFrom('inbound_subject as mine')
    .innerJoin('inbound_subject as other', 'other.subject_index', 'mine.subject_index')
    .select('other.seq')
    .where('mine.seq', '=', seq)
    .where('other.seq', '<', seq)
    .where('other.settled', '=', 0)
    .limit(1)
    .executeTakeFirst();
  return earlier !== undefined;
}

export interface Settled {
  readonly state: 'applied' | 'ignored' | 'dismissed';
  readonly patientId: string | null;
  readonly wallMs: number;
}

/** Done with: what came after it goes on. */
export async function settleMessage(tx: Tx, seq: number, { state, patientId, wallMs }: Settled): Promise<void> {
  const set = { state, reason: null, patient_id: patientId, done_wall_ms: Math.round(wallMs) };
  await tx.db.updateTable('inbound_message').set(set).where('seq', '=', seq).execute();
  await tx.db.updateTable('inbound_subject').set({ settled: 1 }).where('seq', '=', seq).execute();
}

/**
 * What an erased patient's messages said goes with the record: those of the patient, and those that name a record number of the
 * patient. What of them still waited is dismissed.
 */
export async function forgetPatient(
  tx: Tx,
  patient: { readonly patientId: string; readonly mrnIndex: string | null },
  wallMs: number,
): Promise<void> {
  const further = await tx.db
    .selectFrom('patient_identifier')
    .select('mrn_index')
    .where('patient_id', '=', patient.patientId)
    .execute();
  const indexes = [patient.mrnIndex ?? '', ...further.map(({ mrn_index }) => mrn_index)];
  const rows = await tx.db
    .selectFrom('inbound_message')
    .select(['seq', 'message_id'])
    .where((eb) =>
      eb.or([
        eb('patient_id', '=', patient.patientId),
        eb('confirmed_patient_id', '=', patient.patientId),
        eb('seq', 'in', eb.selectFrom('inbound_subject').select('seq').where('subject_index', 'in', indexes)),
      ]),
    )
    .execute();
  for (let from = 0; from < rows.length; from += LOT) {
    await forgetMessages(tx, rows.slice(from, from + LOT), patient.patientId, wallMs);
  }
  await emptyTasks(tx, 'patient_id', [patient.patientId], wallMs);
  await tx.db.deleteFrom('patient_identifier').where('patient_id', '=', patient.patientId).execute();
}

/** Messages of one statement: alarms wait for the same store. */
const LOT = 500;

async function forgetMessages(
  tx: Tx,
  rows: readonly { readonly seq: number; readonly message_id: string }[],
  patientId: string,
  wallMs: number,
): Promise<void> {
  const seqs = rows.map(({ seq }) => seq);
  const dismissed = { state: 'dismissed', reason: null, patient_id: patientId, done_wall_ms: Math.round(wallMs) };
  const unsettled = tx.db.updateTable('inbound_message').set(dismissed).where('seq', 'in', seqs);
  await unsettled.where('state', 'in', UNSETTLED).execute();
  await tx.db.updateTable('inbound_message').set({ raw: '', move_json: '' }).where('seq', 'in', seqs).execute();
  await tx.db.deleteFrom('inbound_subject').where('seq', 'in', seqs).execute();
  await emptyTasks(
    tx,
    'message_id',
    rows.map(({ message_id }) => message_id),
    wallMs,
  );
}

async function emptyTasks(tx: Tx, column: 'message_id' | 'patient_id', values: readonly string[], wallMs: number): Promise<void> {
  await tx.db.updateTable('task').set({ detail: '', note: null }).where(column, 'in', values).execute();
  const done = { state: 'done' as const, resolution: 'dismissed', resolved_wall_ms: Math.round(wallMs) };
  await tx.db
    .updateTable('task')
    .set((eb) => ({ ...done, rev: eb('rev', '+', 1) }))
    .where(column, 'in', values)
    .where('state', '=', 'open')
    .execute();
}
