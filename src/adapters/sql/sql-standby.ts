import { type CareUnitId, type EncounterId, type LogEventOf, Standby } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { StandbyStore } from '../../ports/standby.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { liveStay, liveStays } from './live-stays.js';
import type { StandbyRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';
import { endRow, endStandby, setStandby } from './standby.js';
import type { Tx } from './sql.js';

type Context = Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'origin'>;

/** Who is away from the monitor, in SQL. */
export class SqlStandby extends StandbyStore {
  constructor(private readonly context: Context) {
    super();
  }

  async set(request: Parameters<StandbyStore['set']>[0], change: Change): Promise<Outcome<Standby>> {
    const { encounterId, place, toMs = request.latestMs } = request;
    const standbyId = change.commandId;
    const stay = await this.context.sql.query((db) => liveStay(db, encounterId));
    const patientId = stay?.patient_id ?? '';
    const note = request.note === null || stay === undefined ? null : await this.sealedNote(standbyId, patientId, request.note);
    const command = { action: 'standby.set', content: { place, toMs: request.toMs } };
    const repeated = await this.once(command, encounterId, change, (tx) =>
      setStandby(tx, this.context, { encounterId, standbyId, place, toMs, note, patientId }, change),
    );
    return { value: await this.found('standby_id', standbyId), repeated };
  }

  async end(encounterId: EncounterId, change: Change): Promise<Outcome<Standby>> {
    const command = { action: 'standby.end', content: {} };
    const repeated = await this.once(command, encounterId, change, (tx) => endStandby(tx, this.context, encounterId, change));
    return { value: await this.found('encounter_id', encounterId), repeated };
  }

  async note(ended: readonly LogEventOf<'standbyEnded'>[]): Promise<void> {
    if (ended.length === 0) return;
    const { sql, notices } = this.context;
    await sql.transaction(async (tx) => {
      for (const { standbyId, bedId, atMs, cause } of ended) {
        const row = await tx.db.selectFrom('standby').selectAll().where('standby_id', '=', standbyId).executeTakeFirst();
        if (row === undefined || !(await endRow(tx, row, Math.min(atMs, row.to_ms), cause))) continue;
        tx.afterCommit(() => notices.directory.tell([bedId]));
      }
    });
  }

  async inForce({
    careUnitId,
    nowMs,
  }: {
    readonly careUnitId?: CareUnitId | undefined;
    readonly nowMs: number;
  }): Promise<readonly Standby[]> {
    const rows = await this.context.sql.query((db) => {
      const open = liveStays(db)
        .innerJoin('standby as s', 's.encounter_id', 'e.encounter_id')
        .innerJoin('bed as b', 'b.bed_id', 'e.bed_id')
        .selectAll('s')
        .where('e.discharged_ms', 'is', null)
        .where('s.ended_ms', 'is', null)
        .where('s.to_ms', '>', Math.round(nowMs))
        .orderBy('b.place')
        .orderBy('b.bed_id');
      return (careUnitId === undefined ? open : open.where('b.care_unit_id', '=', careUnitId)).execute();
    });
    return this.opened(rows);
  }

  async during(query: Parameters<StandbyStore['during']>[0]): ReturnType<StandbyStore['during']> {
    const { encounterIds, bedId, fromMs, toMs, limit } = query;
    if (encounterIds.length === 0) return [];
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('standby')
        .selectAll()
        .where('encounter_id', 'in', encounterIds)
        .where('bed_id', '=', bedId)
        .where('from_ms', '<', Math.round(toMs))
        .where('to_ms', '>', Math.round(fromMs))
        .where((where) => where.or([where('ended_ms', 'is', null), where('ended_ms', '>', Math.round(fromMs))]))
        .orderBy('from_ms', 'desc')
        .orderBy('standby_id')
        .limit(limit)
        .execute(),
    );
    return rows.toReversed().map((row) => standbyOf(row, null));
  }

  private once(
    command: { readonly action: string; readonly content: unknown },
    encounterId: EncounterId,
    change: Change,
    work: (tx: Tx) => Promise<void>,
  ): Promise<boolean> {
    const { commandId, wallMs } = change;
    const subject = `encounter:${encounterId}`;
    return this.context.sql.transaction(async (tx) => {
      if (await isDone(tx, { ...command, subject, commandId, wallMs, by: doneBy(change) })) return true;
      await work(tx);
      return false;
    });
  }

  /** The newest. */
  private async found(column: 'standby_id' | 'encounter_id', value: string): Promise<Standby> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('standby')
        .selectAll()
        .where(column, '=', value)
        .orderBy('from_ms', 'desc')
        .orderBy('standby_id')
        .limit(1)
        .execute(),
    );
    const [standby] = await this.opened(rows);
    if (standby === undefined) throw new PlatformError('not-found');
    return standby;
  }

  private async opened(rows: readonly StandbyRow[]): Promise<readonly Standby[]> {
    const opened = await this.context.fields.openRows(SEALED.standby, rows);
    return opened.map(({ row }, i) => standbyOf(rows[i]!, row?.note ?? null));
  }

  /** Sealed before the transaction. Nobody who leaves for an hour waits for a key: without one, there is no note. */
  private async sealedNote(standbyId: string, patientId: string, note: string): Promise<string | null> {
    const row = { ...EMPTY, standby_id: standbyId, patient_id: patientId, note };
    return this.context.fields.sealRow(SEALED.standby, row).then(
      (sealed) => sealed.note,
      (error: unknown) => {
        if (error instanceof PlatformError && error.code === 'keys-unavailable') return null;
        throw error;
      },
    );
  }
}

const EMPTY = { encounter_id: '', bed_id: '', from_ms: 0, to_ms: 0, ended_ms: null, cause: null, place: '', set_by: '' } as const;

function standbyOf(row: StandbyRow, note: string | null): Standby {
  return Standby.parse({
    standbyId: row.standby_id,
    encounterId: row.encounter_id,
    bedId: row.bed_id,
    place: row.place,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    endedMs: row.ended_ms,
    cause: row.cause,
    setBy: row.set_by,
    note,
  });
}
