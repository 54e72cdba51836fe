import { bedKey, type BedId, type ChangeBed, type ChangeReason, type NewBed, type PlaceName } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { appendAudit } from './audit-row.js';
import { authoredBy } from './authored.js';
import type { SqlContext } from './context.js';
import { lastNumber, nextNumber } from './counters.js';
import { liveSpans } from './device-assignments-rows.js';
import { liveStays } from './live-stays.js';
import { relay } from './outbox.js';
import { moveAlarmsOfBed } from './places-alarms.js';
import type { Db, Tx } from './sql.js';

type RelayContext = Pick<SqlContext, 'notices' | 'origin'>;

export async function addCareUnit(
  tx: Tx,
  unit: { readonly careUnitId: string; readonly label: string },
  change: Change,
): Promise<void> {
  if ((await careUnitRow(tx, unit.careUnitId)) !== undefined) throw taken(`careUnit:${unit.careUnitId}`);
  await tx.db.insertInto('care_unit').values({ care_unit_id: unit.careUnitId, label: unit.label, last_cursor: 0 }).execute();
  await noted(tx, change);
}

export async function changeCareUnit(
  tx: Tx,
  { notices }: RelayContext,
  target: { readonly careUnitId: string; readonly ifRev: number },
  to: { readonly label: string } | 'retired',
  change: Change,
): Promise<void> {
  const { careUnitId } = target;
  const id = `careUnit:${careUnitId}` as const;
  const unit = await careUnitRow(tx, careUnitId);
  if (unit === undefined) throw new PlatformError('not-found', { ids: [id] });
  if (unit.rev !== target.ifRev) throw new PlatformError('revision-moved', { ids: [id] });
  const beds = await bedsInUse(tx.db, careUnitId);
  if (unit.retired_wall_ms !== null || (to === 'retired' && beds.length > 0)) throw taken(id);
  const set = to === 'retired' ? { retired_wall_ms: Math.round(change.wallMs) } : { label: to.label };
  await tx.db
    .updateTable('care_unit')
    .set({ ...set, rev: unit.rev + 1 })
    .where('care_unit_id', '=', careUnitId)
    .execute();
  await noted(tx, change);
  tx.afterCommit(() => notices.directory.tell(beds.map(({ bed_id }) => bed_id as BedId)));
}

export async function addBed(tx: Tx, { notices }: RelayContext, bed: NewBed, change: Change): Promise<void> {
  const { bedId, careUnitId, label } = bed;
  if ((await bedRow(tx, bedId)) !== undefined) throw taken(`bed:${bedId}`);
  await requireCareUnit(tx, careUnitId);
  const last = await tx.db
    .selectFrom('bed')
    .select(({ fn }) => fn.max('place').as('place'))
    .executeTakeFirst();
  await tx.db
    .insertInto('bed')
    .values({ bed_id: bedId, care_unit_id: careUnitId, label, place: Number(last?.place ?? -1) + 1 })
    .execute();
  await noted(tx, change);
  tx.afterCommit(() => notices.directory.tell([bedId]));
}

export async function changeBed(
  tx: Tx,
  { notices, origin }: RelayContext,
  target: { readonly bedId: BedId; readonly ifRev: number; readonly reason: ChangeReason },
  to: ChangeBed,
  change: Change,
): Promise<void> {
  const { bedId, reason } = target;
  const bed = await bedForChange(tx, target);
  const { careUnitId = bed.care_unit_id, label = bed.label } = to;
  if (careUnitId !== bed.care_unit_id) await requireCareUnit(tx, careUnitId);
  const rev = bed.rev + 1;
  await tx.db.updateTable('bed').set({ care_unit_id: careUnitId, label, rev }).where('bed_id', '=', bedId).execute();
  if (careUnitId !== bed.care_unit_id) await moveAlarmsOfBed(tx, notices, { bedId, careUnitId });
  await noted(tx, change);
  await relay(tx, notices, {
    kind: 'bedPlaced',
    id: `place/${bedId}/${rev}`,
    key: bedKey(bedId),
    origin,
    atMs: Math.round(change.nowMs),
    ...{ bedId, careUnitId, label },
    ...authoredBy(change, reason),
  });
  tx.afterCommit(() => notices.directory.tell([bedId]));
}

/** What is empty only: nobody lies there, and no device stands there or will. */
export async function retireBed(
  tx: Tx,
  { notices }: RelayContext,
  target: { readonly bedId: BedId; readonly ifRev: number },
  change: Change,
): Promise<void> {
  const { bedId } = target;
  const bed = await bedForChange(tx, target);
  const stay = await liveStays(tx.db)
    .select('e.encounter_id')
    .where('e.bed_id', '=', bedId)
    .where('e.discharged_ms', 'is', null)
    .executeTakeFirst();
  const device = await liveSpans(tx.db)
    .select('a.device_id')
    .where('a.bed_id', '=', bedId)
    .where((eb) => eb.or([eb('a.to_ms', 'is', null), eb('a.to_ms', '>', Math.round(change.nowMs))]))
    .executeTakeFirst();
  if (stay !== undefined || device !== undefined) throw taken(`bed:${bedId}`);
  const set = { retired_wall_ms: Math.round(change.wallMs), rev: bed.rev + 1 };
  await tx.db.updateTable('bed').set(set).where('bed_id', '=', bedId).execute();
  await noted(tx, change);
  tx.afterCommit(() => notices.directory.tell([bedId]));
}

export async function setAlias(
  tx: Tx,
  { system, value }: PlaceName,
  bedId: BedId,
  change: Change,
  ifRev?: number,
): Promise<void> {
  await requireRev(tx, ifRev);
  const bed = await bedRow(tx, bedId);
  if (bed === undefined || bed.retired_wall_ms !== null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
  const set = { bed_id: bedId, set_by: change.by, at_wall_ms: Math.round(change.wallMs) };
  await tx.db
    .insertInto('bed_alias')
    .values({ system, value, ...set })
    .onConflict((c) => c.columns(['system', 'value']).doUpdateSet(set))
    .execute();
  await noted(tx, change);
}

/** Without an audit entry where there was nothing to remove. */
export async function removeAlias(tx: Tx, { system, value }: PlaceName, change: Change, ifRev?: number): Promise<void> {
  await requireRev(tx, ifRev);
  const { numDeletedRows } = await tx.db
    .deleteFrom('bed_alias')
    .where('system', '=', system)
    .where('value', '=', value)
    .executeTakeFirst();
  if (numDeletedRows > 0n) await noted(tx, change);
}

/** Names have no revision of their own: that of all places counts. */
async function requireRev(tx: Tx, ifRev: number | undefined): Promise<void> {
  if (ifRev !== undefined && (await lastNumber(tx.db, 'places')) !== ifRev) throw new PlatformError('revision-moved');
}

async function noted(tx: Tx, change: Change): Promise<void> {
  await nextNumber(tx, 'places');
  await appendAudit(tx, change.audit, change.wallMs);
}

async function bedForChange(tx: Tx, { bedId, ifRev }: { readonly bedId: BedId; readonly ifRev: number }) {
  const ids = { ids: [`bed:${bedId}`] } as const;
  const bed = await bedRow(tx, bedId);
  if (bed === undefined) throw new PlatformError('not-found', ids);
  if (bed.rev !== ifRev) throw new PlatformError('revision-moved', ids);
  if (bed.retired_wall_ms !== null) throw new PlatformError('conflict', ids);
  return bed;
}

function bedRow(tx: Tx, bedId: string) {
  return tx.db.selectFrom('bed').selectAll().where('bed_id', '=', bedId).executeTakeFirst();
}

function careUnitRow(tx: Tx, careUnitId: string) {
  return tx.db.selectFrom('care_unit').selectAll().where('care_unit_id', '=', careUnitId).executeTakeFirst();
}

async function requireCareUnit(tx: Tx, careUnitId: string): Promise<void> {
  const unit = await careUnitRow(tx, careUnitId);
  if (unit === undefined || unit.retired_wall_ms !== null) {
    throw new PlatformError('not-found', { ids: [`careUnit:${careUnitId}`] });
  }
}

const taken = (id: `bed:${string}` | `careUnit:${string}`) => new PlatformError('conflict', { ids: [id] });

/** The beds of a care unit that are not retired. */
export function bedsInUse(db: Db, careUnitId: string): Promise<readonly { readonly bed_id: string }[]> {
  return db
    .selectFrom('bed')
    .select('bed_id')
    .where('care_unit_id', '=', careUnitId)
    .where('retired_wall_ms', 'is', null)
    .execute();
}
