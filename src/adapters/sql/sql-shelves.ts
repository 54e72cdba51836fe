import { AlarmTransition, type CareUnitId, type EncounterId, type LogEventOf, type Priority, Shelf } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { SHELF_OVERDUE_MS, ShelfStore } from '../../ports/shelves.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { liveStay, liveStays } from './live-stays.js';
import type { ShelfRow } from './schema-shelves.js';
import { SEALED } from './sealed-columns.js';
import { endShelf } from './shelf-rows.js';
import { agree, endOverdue, shelve, stateOf, takeBack } from './shelves.js';
import type { Tx } from './sql.js';

type Context = Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'origin'>;
/** Shelves of one stay that a list shows. */
const LIST_MAX = 100;
/** Shelves that are ended at a time; the rest is next. */
const OVERDUE_MAX = 100;

/** Conditions of stays that are put away, in SQL. */
export class SqlShelves extends ShelfStore {
  constructor(private readonly context: Context) {
    super();
  }

  async shelve(request: Parameters<ShelfStore['shelve']>[0], change: Change): Promise<Outcome<Shelf>> {
    const { encounterId, conditionCode, toMs, reason, priority, takesTwo } = request;
    const shelfId: string = change.commandId;
    const stay = await this.context.sql.query((db) => liveStay(db, encounterId));
    const patientId = stay?.patient_id ?? '';
    const note =
      request.note === undefined || stay === undefined ? null : await this.sealedNote(shelfId, patientId, request.note);
    const wanted = {
      ...{ shelf_id: shelfId, encounter_id: encounterId, patient_id: patientId, condition_code: conditionCode },
      ...{ priority, to_ms: toMs, reason, note, takesTwo },
    };
    const content = { conditionCode, toMs, reason };
    return this.once('alarm.shelve', content, `encounter:${encounterId}`, shelfId, change, (tx) =>
      shelve(tx, this.context, wanted, change),
    );
  }

  agree(shelfId: string, ifRev: number, change: Change): Promise<Outcome<Shelf>> {
    return this.once('alarm.shelve.agree', {}, `shelf:${shelfId}`, shelfId, change, (tx) =>
      agree(tx, this.context, shelfId, ifRev, change),
    );
  }

  end(shelfId: string, ifRev: number, change: Change): Promise<Outcome<Shelf>> {
    return this.once('alarm.shelve.end', {}, `shelf:${shelfId}`, shelfId, change, (tx) =>
      takeBack(tx, this.context, shelfId, ifRev, change),
    );
  }

  async note(ended: readonly LogEventOf<'conditionUnshelved'>[]): Promise<void> {
    if (ended.length === 0) return;
    const { sql, notices } = this.context;
    await sql.transaction(async (tx) => {
      for (const { shelfId, bedId, atMs, cause } of ended) {
        const row = await tx.db.selectFrom('shelf').selectAll().where('shelf_id', '=', shelfId).executeTakeFirst();
        if (row === undefined || !(await endShelf(tx, row, Math.min(atMs, row.to_ms), cause))) continue;
        tx.afterCommit(() => notices.directory.tell([bedId]));
      }
    });
  }

  async endOverdue(nowMs: number): Promise<void> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('shelf')
        .selectAll()
        .where('ended_ms', 'is', null)
        .where('state', '=', 'holds')
        .where('to_ms', '<=', Math.floor(nowMs - SHELF_OVERDUE_MS))
        .orderBy('encounter_id')
        .orderBy('condition_code')
        .limit(OVERDUE_MAX)
        .execute(),
    );
    for (const row of rows) await this.context.sql.transaction((tx) => endOverdue(tx, this.context, row, nowMs));
  }

  async one(shelfId: string, nowMs: number): Promise<Shelf | null> {
    const rows = await this.context.sql.query((db) =>
      db.selectFrom('shelf').selectAll().where('shelf_id', '=', shelfId).execute(),
    );
    return (await this.opened(rows, nowMs))[0] ?? null;
  }

  async of(encounterId: EncounterId, nowMs: number): Promise<readonly Shelf[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('shelf')
        .selectAll()
        .where('encounter_id', '=', encounterId)
        .orderBy('asked_ms', 'desc')
        .orderBy('shelf_id')
        .limit(LIST_MAX)
        .execute(),
    );
    return this.opened(rows, nowMs);
  }

  async inForce({ careUnitId, nowMs }: { readonly careUnitId: CareUnitId; readonly nowMs: number }): Promise<readonly Shelf[]> {
    const rows = await this.context.sql.query((db) =>
      liveStays(db)
        .innerJoin('shelf as s', 's.encounter_id', 'e.encounter_id')
        .innerJoin('bed as b', 'b.bed_id', 'e.bed_id')
        .selectAll('s')
        .where('e.discharged_ms', 'is', null)
        .where('s.ended_ms', 'is', null)
        .where('s.to_ms', '>', Math.round(nowMs))
        .where('b.care_unit_id', '=', careUnitId)
        .orderBy('b.place')
        .orderBy('s.condition_code')
        .execute(),
    );
    const shelves = await this.opened(rows, nowMs);
    return shelves.filter(({ state }) => state === 'holds' || state === 'waiting');
  }

  async openPriority(encounterId: EncounterId, conditionCode: string): Promise<Priority | null> {
    const rows = await this.context.sql.query((db) =>
      liveStays(db)
        .innerJoin('alarm as a', 'a.bed_id', 'e.bed_id')
        .select('a.content_json')
        .where('e.encounter_id', '=', encounterId)
        .where('a.is_open', '=', 1)
        .execute(),
    );
    const alarms = rows.map((row) => AlarmTransition.parse(JSON.parse(row.content_json)));
    return alarms.find((alarm) => alarm.active && alarm.conditionCode === conditionCode)?.priority ?? null;
  }

  private async once(
    action: string,
    content: unknown,
    subject: string,
    shelfId: string,
    change: Change,
    work: (tx: Tx) => Promise<void>,
  ): Promise<Outcome<Shelf>> {
    const { commandId, wallMs } = change;
    const repeated = await this.context.sql.transaction(async (tx) => {
      if (await isDone(tx, { action, content, subject, commandId, wallMs, by: doneBy(change) })) return true;
      await work(tx);
      return false;
    });
    const value = await this.one(shelfId, change.nowMs);
    if (value === null) throw new PlatformError('not-found');
    return { value, repeated };
  }

  private async opened(rows: readonly ShelfRow[], nowMs: number): Promise<readonly Shelf[]> {
    const opened = await this.context.fields.openRows(SEALED.shelf, rows);
    return opened.map(({ row }, i) => shelfOf(rows[i]!, row?.note ?? null, nowMs));
  }

  /** Sealed before the transaction. Without a key there is no note: what is decided does not wait for one. */
  private async sealedNote(shelfId: string, patientId: string, note: string): Promise<string | null> {
    const row = { ...EMPTY, shelf_id: shelfId, patient_id: patientId, note };
    return this.context.fields.sealRow(SEALED.shelf, row).then(
      (sealed) => sealed.note,
      (error: unknown) => {
        if (error instanceof PlatformError && error.code === 'keys-unavailable') return null;
        throw error;
      },
    );
  }
}

const EMPTY = {
  ...{
    encounter_id: '',
    bed_id: '',
    condition_code: '',
    priority: 'low',
    state: 'waiting',
    asked_ms: 0,
    from_ms: null,
    to_ms: 0,
  },
  ...{ ended_ms: null, cause: null, reason: 'other', set_by: '', second_by: null, rev: 1 },
} as const;

function shelfOf(row: ShelfRow, note: string | null, nowMs: number): Shelf {
  return Shelf.parse({
    ...{ shelfId: row.shelf_id, encounterId: row.encounter_id, bedId: row.bed_id, conditionCode: row.condition_code },
    ...{ state: stateOf(row, nowMs), fromMs: row.from_ms, toMs: row.to_ms, reason: row.reason, priority: row.priority },
    ...{ by: row.set_by, secondBy: row.second_by, endCause: row.cause, endedMs: row.ended_ms, rev: row.rev, note },
  });
}
