import type { Site } from '@vigil/contracts';
import type { SqlContext } from './context.js';
import { type ContactMethodRow, defaultPositions } from './contact-rows.js';
import { patientRow } from './directory-writes.js';
import type { PatientRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';

/** Rows of site.yaml as they are stored: sealed before the transaction, which then waits for no key. */
export interface SealedSite {
  /** Those that the store does not have yet; it has an erased one too. */
  readonly patients: readonly PatientRow[];
  readonly contacts: readonly ContactMethodRow[];
  /** Of `contacts`, those of which the store has another address: what is known of it says nothing of the new one. */
  readonly moved: ReadonlySet<string>;
}

type SealContext = Pick<SqlContext, 'sql' | 'fields' | 'demoChannels' | 'smtp' | 'webhook'>;

/** @throws PlatformError('keys-unavailable') */
export async function sealSite(context: SealContext, site: Site): Promise<SealedSite> {
  const known = await context.sql.query((db) => db.selectFrom('patient').select('patient_id').execute());
  const ids = new Set(known.map((row) => row.patient_id));
  const fresh = site.patients.filter(({ patientId }) => !ids.has(patientId));
  const patients: PatientRow[] = [];
  for (const patient of fresh) patients.push(await patientRow(context.fields, patient));
  const contacts = contactRows(context, site);
  const moved = await movedOf(context, contacts);
  return { patients, contacts: await context.fields.sealRows(SEALED.contactMethod, contacts), moved };
}

/** An address that can't be read is taken for the same. */
async function movedOf(
  { sql, fields }: Pick<SealContext, 'sql' | 'fields'>,
  contacts: readonly ContactMethodRow[],
): Promise<ReadonlySet<string>> {
  const rows = await sql.query((db) => db.selectFrom('contact_method').selectAll().where('source', '=', 'site').execute());
  const before = await fields.openRows(SEALED.contactMethod, rows);
  const known = new Map(before.flatMap(({ row }) => (row === null ? [] : [[row.contact_id, row.address] as const])));
  return new Set(contacts.flatMap(({ contact_id: id, address }) => (known.has(id) && known.get(id) !== address ? [id] : [])));
}

/** Ways to reach people follow the file and the settings of this start, not those of the first one. */
function contactRows({ demoChannels, smtp = true, webhook }: SealContext, site: Site): ContactMethodRow[] {
  return site.staff.flatMap(({ staffId, email }) => {
    const ways = [
      ...(email === undefined || !smtp ? [] : [{ channel: 'smtp' as const, address: email }]),
      ...(webhook ? [{ channel: 'webhook' as const, address: staffId }] : []),
    ];
    return ways.map(({ channel, address }): ContactMethodRow => ({
      ...{ contact_id: `${staffId}/${channel}`, staff_id: staffId, channel, address, label: '', source: 'site' },
      ...{ demo: demoChannels.includes(channel) ? 1 : 0, available: 1, rev: 1, added_by: null, added_wall_ms: 0 },
      ...{ ...defaultPositions(channel), verified_wall_ms: null, outcome: null, outcome_wall_ms: null },
    }));
  });
}
