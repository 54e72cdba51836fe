import { bedKey, type BedId, type EncounterId, STANDBY_MS_MAX, type StandbyPlace } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { appendAudit } from './audit-row.js';
import { authoredBy } from './authored.js';
import type { SqlContext } from './context.js';
import { relay } from './outbox.js';
import type { StandbyRow } from './schema-stays.js';
import type { Tx } from './sql.js';
import { stayForChange } from './stays.js';

type RelayContext = Pick<SqlContext, 'notices' | 'origin'>;

export interface NewStandby {
  readonly standbyId: string;
  readonly encounterId: EncounterId;
  readonly place: StandbyPlace;
  readonly toMs: number;
  /** Sealed under this patient. */
  readonly note: string | null;
  readonly patientId: string;
}

/** @throws PlatformError 'not-found', 'conflict', 'invalid-request' for an end that is not ahead, or too far */
export async function setStandby(tx: Tx, { notices, origin }: RelayContext, wanted: NewStandby, change: Change): Promise<void> {
  const { encounterId, standbyId, place } = wanted;
  const stay = await stayForChange(tx, encounterId);
  const ids = { ids: [`encounter:${encounterId}`] } as const;
  const [nowMs, toMs] = [Math.round(change.nowMs), Math.round(wanted.toMs)];
  if (stay.discharged_ms !== null) throw new PlatformError('conflict', ids);
  if (toMs <= nowMs || toMs > nowMs + STANDBY_MS_MAX) throw new PlatformError('invalid-request', ids);
  const known = await openStandby(tx, encounterId);
  if (known !== undefined && known.to_ms > nowMs) throw new PlatformError('conflict', ids);
  if (known !== undefined) await endRow(tx, known, known.to_ms, 'time-over');
  const row: StandbyRow = {
    ...{ standby_id: standbyId, encounter_id: encounterId, patient_id: wanted.patientId, bed_id: stay.bed_id, place },
    ...{ from_ms: nowMs, to_ms: toMs, ended_ms: null, cause: null, note: wanted.note, set_by: change.by ?? 'system' },
  };
  await tx.db.insertInto('standby').values(row).execute();
  await appendAudit(tx, change.audit, change.wallMs);
  await relay(tx, notices, {
    ...standbyEvent(row, `standby/${standbyId}`),
    ...{ origin, atMs: nowMs },
    ...authoredBy(change, 'routine'),
  });
  tx.afterCommit(() => notices.directory.tell([stay.bed_id as BedId]));
}

/** What the engine is told of a row; also when a new log, or another bed, has to be told how things stand. */
export function standbyEvent(row: StandbyRow, id: string) {
  return {
    kind: 'standbySet' as const,
    id,
    key: bedKey(row.bed_id as BedId),
    bedId: row.bed_id,
    encounterId: row.encounter_id,
    standbyId: row.standby_id,
    toMs: row.to_ms,
    place: row.place,
  };
}

/** By a person. One that is over already stays as it is. @throws PlatformError('not-found') where there never was one */
export async function endStandby(
  tx: Tx,
  { notices, origin }: RelayContext,
  encounterId: EncounterId,
  change: Change,
): Promise<void> {
  const stay = await stayForChange(tx, encounterId);
  const row = await openStandby(tx, encounterId);
  if (row === undefined) {
    const any = await tx.db
      .selectFrom('standby')
      .select('standby_id')
      .where('encounter_id', '=', encounterId)
      .limit(1)
      .executeTakeFirst();
    if (any === undefined) throw new PlatformError('not-found', { ids: [`encounter:${encounterId}`] });
    return;
  }
  const atMs = Math.round(change.nowMs);
  const isOver = row.to_ms <= atMs;
  await endRow(tx, row, isOver ? row.to_ms : atMs, isOver ? 'time-over' : 'person');
  await appendAudit(tx, change.audit, change.wallMs);
  const bedId = stay.bed_id as BedId;
  tx.afterCommit(() => notices.directory.tell([bedId]));
  if (isOver) return;
  await relay(tx, notices, {
    ...{ kind: 'standbyEnded', id: `standby/${row.standby_id}/end`, key: bedKey(bedId), origin, atMs, bedId },
    ...{ encounterId, standbyId: row.standby_id, cause: 'person' },
    ...authoredBy(change, 'routine'),
  });
}

/** One that is over stays as it is. True where it was ended by this. */
export async function endRow(
  tx: Tx,
  { standby_id, from_ms }: Pick<StandbyRow, 'standby_id' | 'from_ms'>,
  atMs: number,
  cause: string,
): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('standby')
    .set({ ended_ms: Math.max(Math.round(atMs), from_ms), cause })
    .where('standby_id', '=', standby_id)
    .where('ended_ms', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

function openStandby(tx: Tx, encounterId: EncounterId): Promise<StandbyRow | undefined> {
  return tx.db
    .selectFrom('standby')
    .selectAll()
    .where('encounter_id', '=', encounterId)
    .where('ended_ms', 'is', null)
    .executeTakeFirst();
}
