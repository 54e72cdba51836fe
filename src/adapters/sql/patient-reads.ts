import type { Page, Patient, PatientId, PatientSearch } from '@vigil/contracts';
import type { SqlContext } from './context.js';
import { decodeCursor, pageOf } from './cursor.js';
import { patientOf } from './directory-reads.js';
import { errorOf } from './fields.js';
import { searchBy } from './person-index.js';
import type { PatientRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';

type ReadContext = Pick<SqlContext, 'sql' | 'fields'>;

/** Patients of one name and birth date; more than a hospital has. */
const FOUND_MAX = 50;

/** @throws PlatformError('record-tampered'), 'keys-unavailable' */
export async function patient({ sql, fields }: ReadContext, patientId: PatientId): Promise<Patient | null> {
  const row = await sql.query((db) =>
    db
      .selectFrom('patient')
      .selectAll()
      .where('patient_id', '=', patientId)
      .where('erased_wall_ms', 'is', null)
      .executeTakeFirst(),
  );
  return row === undefined ? null : patientOf(await fields.openRow(SEALED.patient, row));
}

/** Erased patients, records that went into others, and those that were tampered with are left out. @throws PlatformError('keys-unavailable') */
export async function patientList(
  context: ReadContext,
  {
    limit,
    cursor,
    patientIds,
  }: { readonly limit: number; readonly cursor?: string | undefined; readonly patientIds?: readonly PatientId[] | undefined },
): Promise<Page<Patient>> {
  const after = decodeCursor(cursor, ['string']);
  if (patientIds?.length === 0) return { items: [], next: null };
  const rows = await context.sql.query((db) => {
    let query = db
      .selectFrom('patient')
      .selectAll()
      .where('erased_wall_ms', 'is', null)
      .where('merged_into', 'is', null)
      .orderBy('patient_id')
      .limit(limit + 1);
    if (patientIds !== undefined) query = query.where('patient_id', 'in', [...patientIds]);
    return (after === null ? query : query.where('patient_id', '>', String(after[0]))).execute();
  });
  const { items, next } = pageOf(
    rows,
    limit,
    (row) => row,
    (row) => [row.patient_id],
  );
  return { items: await readable(context, items), next };
}

/** By blind index, so that the value that is looked for is in no query. A record that went into another one finds that one. @throws PlatformError('keys-unavailable') */
export async function searchPatients(context: ReadContext, wanted: PatientSearch): Promise<readonly Patient[]> {
  const { column, index } = await searchBy(context.fields, wanted);
  const rows = await context.sql.query((db) =>
    db
      .selectFrom('patient as p')
      .selectAll('p')
      .where('p.erased_wall_ms', 'is', null)
      .where('p.merged_into', 'is', null)
      .where((eb) =>
        eb.or([
          eb(`p.${column}`, '=', index),
          eb(
            'p.patient_id',
            'in',
            eb
              .selectFrom('patient as m')
              .select('m.merged_into')
              .where('m.merged_into', 'is not', null)
              .where(`m.${column}`, '=', index),
          ),
        ]),
      )
      .orderBy('p.patient_id')
      .limit(FOUND_MAX)
      .execute(),
  );
  return readable(context, rows);
}

/** An answer without those whose key is away would look whole, so it is refused; one tampered row spoils no list. */
async function readable({ fields }: ReadContext, rows: readonly PatientRow[]): Promise<Patient[]> {
  const opened = await fields.openRows(SEALED.patient, rows);
  if (opened.some(({ unreadable }) => unreadable === 'away')) throw errorOf('away');
  return opened.flatMap(({ row }) => (row === null ? [] : [patientOf(row)]));
}
