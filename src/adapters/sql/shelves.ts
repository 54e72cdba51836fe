import { bedKey, type BedId, type EncounterId, longestShelfMs, type Priority, SHELF_AGREE_MS_MAX } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { appendAudit } from './audit-row.js';
import { authoredBy } from './authored.js';
import type { SqlContext } from './context.js';
import { relay } from './outbox.js';
import type { ShelfRow } from './schema-shelves.js';
import type { Tx } from './sql.js';
import { endShelf } from './shelf-rows.js';
import { stayForChange } from './stays.js';

type RelayContext = Pick<SqlContext, 'notices' | 'origin'>;
export type WantedShelf = Pick<
  ShelfRow,
  'shelf_id' | 'encounter_id' | 'patient_id' | 'condition_code' | 'priority' | 'to_ms' | 'reason' | 'note'
> & { readonly takesTwo: boolean };

/** @throws PlatformError 'not-found', 'conflict', 'invalid-request' for an end that is not ahead, or too far */
export async function shelve(tx: Tx, context: RelayContext, { takesTwo, ...wanted }: WantedShelf, change: Change): Promise<void> {
  const encounterId = wanted.encounter_id as EncounterId;
  const stay = await stayForChange(tx, encounterId);
  const ids = { ids: [`encounter:${encounterId}`] } as const;
  const nowMs = Math.round(change.nowMs);
  const longestMs = longestShelfMs(wanted.priority as Priority);
  if (stay.discharged_ms !== null) throw new PlatformError('conflict', ids);
  if (wanted.to_ms <= nowMs || wanted.to_ms > nowMs + longestMs) throw new PlatformError('invalid-request', ids);
  const known = await tx.db
    .selectFrom('shelf')
    .selectAll()
    .where('encounter_id', '=', encounterId)
    .where('condition_code', '=', wanted.condition_code)
    .where('ended_ms', 'is', null)
    .executeTakeFirst();
  if (known !== undefined) {
    if (stateOf(known, nowMs) !== 'ended' && stateOf(known, nowMs) !== 'refused') throw new PlatformError('conflict', ids);
    await endShelf(tx, known, Math.min(nowMs, known.to_ms), 'time-over');
  }
  const row: ShelfRow = {
    ...{ ...wanted, bed_id: stay.bed_id, state: takesTwo ? 'waiting' : 'holds', asked_ms: nowMs, ended_ms: null, cause: null },
    ...{ from_ms: takesTwo ? null : nowMs, set_by: change.by ?? 'system', second_by: null, rev: 1 },
  };
  await tx.db.insertInto('shelf').values(row).execute();
  await appendAudit(tx, change.audit, change.wallMs);
  if (!takesTwo) await tellShelf(tx, context, row, change);
  // The bed is told when the second person agrees; that somebody is asked for is on the board now.
  else tx.afterCommit(() => context.notices.directory.tell([row.bed_id as BedId]));
}

/** The second person agrees: from here on the condition makes no sound. */
export async function agree(tx: Tx, context: RelayContext, shelfId: string, ifRev: number, change: Change): Promise<void> {
  const known = await forChange(tx, shelfId, ifRev);
  const nowMs = Math.round(change.nowMs);
  const stay = await stayForChange(tx, known.encounter_id as EncounterId);
  const ids = { ids: [`encounter:${known.encounter_id}`] } as const;
  if (stateOf(known, nowMs) !== 'waiting' || stay.discharged_ms !== null) throw new PlatformError('conflict', ids);
  if (change.by === null || change.by === known.set_by) throw new PlatformError('second-person-required', ids);
  const set = { state: 'holds', from_ms: nowMs, second_by: change.by, bed_id: stay.bed_id, rev: known.rev + 1 };
  await tx.db.updateTable('shelf').set(set).where('shelf_id', '=', shelfId).execute();
  await appendAudit(tx, change.audit, change.wallMs);
  await tellShelf(tx, context, { ...known, ...set }, change);
}

/** Taken back by a person. One that is over stays as it is. */
export async function takeBack(tx: Tx, context: RelayContext, shelfId: string, ifRev: number, change: Change): Promise<void> {
  const known = await forChange(tx, shelfId, ifRev);
  const atMs = Math.round(change.nowMs);
  const state = stateOf(known, atMs);
  const isOver = state === 'ended' || state === 'refused';
  const endedMs = isOver ? Math.min(atMs, known.to_ms) : atMs;
  await endShelf(tx, known, endedMs, isOver ? 'time-over' : 'person');
  await appendAudit(tx, change.audit, change.wallMs);
  tx.afterCommit(() => context.notices.directory.tell([known.bed_id as BedId]));
  // Its time is over here; that of the bed may stand still, and keep it silent.
  if (known.state === 'holds' && known.ended_ms === null) await tellEnd(tx, context, known, { cause: 'person', atMs });
}

/** Over by the clock of the platform, and the engine has not said so. */
export async function endOverdue(tx: Tx, context: RelayContext, row: ShelfRow, nowMs: number): Promise<void> {
  if (!(await endShelf(tx, row, row.to_ms, 'time-over'))) return;
  tx.afterCommit(() => context.notices.directory.tell([row.bed_id as BedId]));
  await tellEnd(tx, context, row, { cause: 'time-over', atMs: Math.round(nowMs) });
}

async function tellEnd(
  tx: Tx,
  { notices, origin }: RelayContext,
  { shelf_id: shelfId, bed_id, encounter_id: encounterId }: ShelfRow,
  { cause, atMs }: { readonly cause: 'person' | 'time-over'; readonly atMs: number },
): Promise<void> {
  const bedId = bed_id as BedId;
  const [id, source] = cause === 'person' ? [`shelf/${shelfId}/end`, 'person'] : [`shelf/${shelfId}/overdue`, 'system'];
  await relay(tx, notices, {
    ...{ kind: 'conditionUnshelved', id, key: bedKey(bedId), origin, atMs, bedId },
    ...{ encounterId, shelfId, cause, source },
  });
}

async function forChange(tx: Tx, shelfId: string, ifRev: number): Promise<ShelfRow> {
  const known = await tx.db.selectFrom('shelf').selectAll().where('shelf_id', '=', shelfId).executeTakeFirst();
  if (known === undefined) throw new PlatformError('not-found');
  if (known.rev !== ifRev) throw new PlatformError('revision-moved', { ids: [`encounter:${known.encounter_id}`] });
  return known;
}

/** As it is by the time: its end and the time to agree pass without a word. */
export function stateOf({ state, asked_ms, to_ms, ended_ms }: ShelfRow, nowMs: number): string {
  if (state === 'waiting' && (ended_ms !== null || nowMs >= Math.min(asked_ms + SHELF_AGREE_MS_MAX, to_ms))) return 'refused';
  return state === 'holds' && (ended_ms !== null || nowMs >= to_ms) ? 'ended' : state;
}

async function tellShelf(tx: Tx, { notices, origin }: RelayContext, row: ShelfRow, change: Change): Promise<void> {
  await relay(tx, notices, {
    ...shelfEvent(row, `shelf/${row.shelf_id}`),
    ...{ origin, atMs: Math.round(change.nowMs), source: authoredBy(change)['source'] },
  });
  tx.afterCommit(() => notices.directory.tell([row.bed_id as BedId]));
}

/** What the engine is told of a row; also when a new log, or another bed, has to be told how things stand. */
export function shelfEvent(row: ShelfRow, id: string) {
  return {
    kind: 'conditionShelved' as const,
    ...{ id, key: bedKey(row.bed_id as BedId), bedId: row.bed_id, encounterId: row.encounter_id },
    ...{ shelfId: row.shelf_id, conditionCode: row.condition_code, priority: row.priority, toMs: row.to_ms },
    ...{ by: row.set_by, secondBy: row.second_by },
  };
}
