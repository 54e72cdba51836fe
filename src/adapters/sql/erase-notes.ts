import type { Span } from './device-conflicts.js';
import { inBedSince } from './directory-reads.js';
import type { Tx } from './sql.js';

/**
 * What people wrote about devices that stood where the patient lay, or were said to have stood there: it may name whom they measured.
 * Before the patient's visits and beds are gone from the rows.
 */
export async function forgetDeviceNotes(tx: Tx, patientId: string): Promise<void> {
  const assignmentIds = new Set<string>();
  for (const span of await spansOfPatient(tx, patientId)) {
    for (const id of await assignmentsIn(tx, span)) assignmentIds.add(id);
  }
  for (const id of assignmentIds) {
    await tx.db.updateTable('device_assignment').set({ note: null }).where('assignment_id', '=', id).execute();
    const corrections = tx.db.selectFrom('correction').select(['correction_id', 'before_json']);
    for (const row of await corrections.where('subject', '=', `assignment:${id}`).execute()) {
      const before_json = JSON.stringify(JSON.parse(row.before_json), (key, value: unknown) => (key === 'note' ? null : value));
      await tx.db.updateTable('correction').set({ before_json }).where('correction_id', '=', row.correction_id).execute();
    }
  }
}

/** Notes are written about whoever has left, too. */
const NOTED_AFTER_MS = 7 * 86_400_000;

/**
 * What shifts of the care units in which the patient lay have written for each other, from the beginning of the stay until a week after
 * its end: it may name the patient. Event time is taken for wall time, as it is where people lie.
 */
export async function forgetHandoverNotes(tx: Tx, patientId: string): Promise<void> {
  for (const { bedId, fromMs, toMs } of await spansOfPatient(tx, patientId)) {
    const bed = await tx.db.selectFrom('bed').select('care_unit_id').where('bed_id', '=', bedId).executeTakeFirst();
    if (bed === undefined) continue;
    await tx.db
      .deleteFrom('on_call_note')
      // Also of a schedule that belongs to another care unit by now.
      .where('schedule_id', 'in', (eb) =>
        eb
          .selectFrom('on_call_version')
          .select('schedule_id')
          .where('content_json', 'like', `%"careUnitId":${JSON.stringify(bed.care_unit_id)}%`),
      )
      .where('set_wall_ms', '>=', fromMs)
      .where('set_wall_ms', '<', (toMs ?? Number.MAX_SAFE_INTEGER - NOTED_AFTER_MS) + NOTED_AFTER_MS)
      .execute();
  }
}

interface BedTime extends Span {
  readonly bedId: string;
}

/** Also of stays that were voided: somebody believed them. */
async function spansOfPatient({ db }: Tx, patientId: string): Promise<readonly BedTime[]> {
  const stays = await db.selectFrom('encounter').selectAll().where('patient_id', '=', patientId).execute();
  const past = await db.selectFrom('past_bed').selectAll().where('patient_id', '=', patientId).execute();
  return [
    ...stays.map((row) => ({ bedId: row.bed_id, fromMs: inBedSince(row), toMs: row.discharged_ms })),
    ...past.map((row) => ({ bedId: row.bed_id, fromMs: row.from_ms, toMs: row.to_ms })),
  ];
}

async function assignmentsIn({ db }: Tx, { bedId, fromMs, toMs }: BedTime): Promise<readonly string[]> {
  const endMs = toMs ?? Number.MAX_SAFE_INTEGER;
  const standing = await db
    .selectFrom('device_assignment')
    .select('assignment_id')
    .where('bed_id', '=', bedId)
    .where('from_ms', '<', endMs)
    .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', fromMs)]))
    .execute();
  const corrected = await db
    .selectFrom('corrected as s')
    .innerJoin('correction as c', 'c.correction_id', 's.correction_id')
    .select('c.subject')
    .where('s.what', '=', 'device')
    .where((eb) => eb.or([eb('s.from_bed_id', '=', bedId), eb('s.to_bed_id', '=', bedId)]))
    .where('s.from_ms', '<', endMs)
    .where((eb) => eb.or([eb('s.to_ms', 'is', null), eb('s.to_ms', '>', fromMs)]))
    .execute();
  return [...standing.map((row) => row.assignment_id), ...corrected.map(({ subject }) => subject.replace('assignment:', ''))];
}
