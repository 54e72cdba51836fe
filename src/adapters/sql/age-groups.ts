import { AgeGroup, type BedId, bedKey, type EncounterId } from '@vigil/contracts';
import { ageGroupAt } from '@vigil/domain';
import { auditEntry } from '../../ports/audit-trail.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { liveStay, liveStays } from './live-stays.js';
import { relay } from './outbox.js';
import type { EncounterRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

/** Stays whose birth dates are opened at a time: the event loop has others to serve. */
const LOT = 100;
/** Stands in the log where a person stands who says which age group's rules hold. */
const AGE_WATCH = 'vigil-age';
/** People only get older. Nothing goes back, whatever a clock says. */
const RANK: Readonly<Record<AgeGroup, number>> = { neonate: 0, paediatric: 1, adult: 2 };

type Context = Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'origin'>;

/** Open stays whose age group nobody but a birth date has said, adults left out: they stay what they are. */
function lotAfter({ sql }: Context, encounterId: string): Promise<readonly EncounterRow[]> {
  return sql.query((db) =>
    liveStays(db)
      .selectAll('e')
      .where('e.discharged_ms', 'is', null)
      .where('e.profile_rev', '=', 0)
      .where((eb) => eb.or([eb('e.age_group', 'is', null), eb('e.age_group', '<>', 'adult')]))
      .where('e.encounter_id', '>', encounterId)
      .orderBy('e.encounter_id')
      .limit(LOT)
      .execute(),
  );
}

/** Tells the engine of each open stay whose patient has come to another age group, or whose birth date can be read at last. */
export async function followAges(context: Context, at: { readonly nowMs: number; readonly wallMs: number }): Promise<number> {
  let moved = 0;
  for (let after = ''; ;) {
    const lot = await lotAfter(context, after);
    const last = lot.at(-1);
    if (last === undefined) return moved;
    after = last.encounter_id;
    const groups = await groupsOf(context, lot, at.nowMs);
    for (const stay of lot) {
      const ageGroup = groups.get(stay.patient_id);
      if (ageGroup === undefined || !isOlder(ageGroup, stay.age_group)) continue;
      if (await context.sql.transaction((tx) => tell(tx, context, stay, ageGroup, at))) moved += 1;
    }
  }
}

function isOlder(now: AgeGroup, before: string | null): boolean {
  return before === null || RANK[now] > RANK[AgeGroup.parse(before)];
}

/** Those whose birth date can't be read now are left out. */
async function groupsOf(
  { sql, fields }: Context,
  stays: readonly EncounterRow[],
  nowMs: number,
): Promise<ReadonlyMap<string, AgeGroup>> {
  const ids = [...new Set(stays.map((stay) => stay.patient_id))];
  const rows = await sql.query((db) =>
    db.selectFrom('patient').selectAll().where('patient_id', 'in', ids).where('erased_wall_ms', 'is', null).execute(),
  );
  const opened = await fields.openRows(SEALED.patient, rows);
  return new Map(opened.flatMap(({ row }) => (row === null ? [] : [[row.patient_id, ageGroupAt(row.birth_date, nowMs)]])));
}

/** False where the stay is over, has moved on, or a person has said something meanwhile. */
async function tell(
  tx: Tx,
  { notices, origin }: Context,
  { encounter_id: encounterId }: EncounterRow,
  ageGroup: AgeGroup,
  { nowMs, wallMs }: { readonly nowMs: number; readonly wallMs: number },
): Promise<boolean> {
  const stay = await liveStay(tx.db, encounterId as EncounterId);
  if (stay === undefined || stay.discharged_ms !== null || stay.profile_rev !== 0) return false;
  if (!isOlder(ageGroup, stay.age_group)) return false;
  const object = `encounter:${encounterId}`;
  const detail = `age group ${ageGroup}, by the birth date`;
  const audit = auditEntry({ actor: 'system:age', action: 'encounter.profile.set', object, outcome: 'allowed', detail });
  await appendAudit(tx, audit, wallMs);
  // A stay comes to each group once.
  const told = { id: `age/${encounterId}/${ageGroup}`, atMs: Math.round(nowMs) };
  await setStayAge(tx, { notices, origin }, stay, ageGroup, told);
  tx.afterCommit(() => notices.directory.tell([stay.bed_id as BedId]));
  return true;
}

/** The stay is of this age group, as its patient's birth date says. The caller has looked that no person has said another. */
export async function setStayAge(
  tx: Tx,
  { notices, origin }: Pick<SqlContext, 'notices' | 'origin'>,
  { encounter_id: encounterId, bed_id }: Pick<EncounterRow, 'encounter_id' | 'bed_id'>,
  ageGroup: AgeGroup,
  told: { readonly id: string; readonly atMs: number },
): Promise<void> {
  const bedId = bed_id as BedId;
  await tx.db.updateTable('encounter').set({ age_group: ageGroup }).where('encounter_id', '=', encounterId).execute();
  await relay(tx, notices, {
    ...{ kind: 'stayProfileSet', key: bedKey(bedId), origin, bedId, encounterId, ageGroup, by: AGE_WATCH },
    ...told,
  });
}
