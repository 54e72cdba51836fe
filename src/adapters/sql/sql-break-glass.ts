import type {
  BreakGlassGrant,
  BreakGlassId,
  BreakGlassOutcome,
  BreakGlassState,
  Page,
  PatientId,
  StaffId,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import {
  BreakGlass,
  type DueNotice,
  type GrantCounts,
  type GrantFilter,
  type NewGrant,
  REVIEW_WITHIN_MS,
} from '../../ports/break-glass.js';
import type { AuditEntry } from '../../ports/audit-trail.js';
import { appendAudit } from './audit-row.js';
import { namesOf } from './alarm-views.js';
import { grantOf, rowOf, stateOf } from './break-glass-row.js';
import type { SqlContext } from './context.js';
import { decodeCursor, pageOf } from './cursor.js';
import type { BreakGlassRow } from './schema.js';
import { SEALED } from './sealed-columns.js';
import type { Db, Tx } from './sql.js';

/** Grants that one person has open at once, or opens within a day, without standing out. */
const USUAL_MAX = 5;
const DAY_MS = 24 * 3_600_000;
const OPEN_OF_MAX = 200;

/** Break-glass grants in SQL, each with its notice. */
export class SqlBreakGlass extends BreakGlass {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields'>) {
    super();
  }

  async open(grant: NewGrant, audit: AuditEntry): Promise<{ readonly grant: BreakGlassGrant; readonly audited: boolean }> {
    const { sql } = this.context;
    const isUnusual = (await this.openedSince(grant.staffId, grant.openedWallMs - DAY_MS)) >= USUAL_MAX;
    const sealed = await this.sealedRow(rowOf(grant, isUnusual));
    let audited = true;
    const row = await sql
      .transaction((tx) => insert(tx, sealed, audit))
      .catch((error: unknown) => {
        if (error instanceof PlatformError && error.code !== 'audit-unavailable') throw error;
        // Whatever the audit trail's trouble is, an emergency does not wait for it.
        audited = false;
        return sql.transaction((tx) => insert(tx, sealed, null));
      });
    return { grant: await this.view(row, grant.openedWallMs), audited };
  }

  async openGrant(staffId: StaffId, patientId: PatientId, wallMs: number): Promise<BreakGlassId | null> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('break_glass')
        .select('grant_id')
        .where('staff_id', '=', staffId)
        .where('patient_id', '=', patientId)
        .where('ends_wall_ms', '>', wallMs)
        .orderBy('ends_wall_ms', 'desc')
        .executeTakeFirst(),
    );
    return (row?.grant_id as BreakGlassId | undefined) ?? null;
  }

  async openOf(staffId: StaffId, wallMs: number): Promise<readonly BreakGlassGrant[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('break_glass')
        .selectAll()
        .where('staff_id', '=', staffId)
        .where('ends_wall_ms', '>', wallMs)
        .orderBy('opened_wall_ms', 'desc')
        .orderBy('grant_id')
        .limit(OPEN_OF_MAX)
        .execute(),
    );
    return this.views(rows, wallMs);
  }

  async get(grantId: BreakGlassId, wallMs: number): Promise<BreakGlassGrant | null> {
    const row = await this.context.sql.query((db) => rowWith(db, grantId));
    return row === undefined ? null : this.view(row, wallMs);
  }

  async list({ state, careUnitIds, limit, cursor }: GrantFilter, wallMs: number): Promise<Page<BreakGlassGrant>> {
    const after = decodeCursor(cursor, ['number', 'string']);
    if (careUnitIds !== null && careUnitIds.length === 0) return { items: [], next: null };
    const rows = await this.context.sql.query((db) => {
      let query = inState(db, state, wallMs)
        .selectAll()
        .orderBy('opened_wall_ms', 'desc')
        .orderBy('grant_id', 'desc')
        .limit(limit + 1);
      if (careUnitIds !== null) query = query.where('care_unit_id', 'in', [...careUnitIds]);
      if (after !== null) {
        const [ms, id] = [Number(after[0]), String(after[1])];
        query = query.where((eb) =>
          eb.or([eb('opened_wall_ms', '<', ms), eb.and([eb('opened_wall_ms', '=', ms), eb('grant_id', '<', id)])]),
        );
      }
      return query.execute();
    });
    const page = pageOf(
      rows,
      limit,
      (row) => row,
      (row) => [row.opened_wall_ms, row.grant_id],
    );
    return { items: await this.views(page.items, wallMs), next: page.next };
  }

  async end(grantId: BreakGlassId, audit: AuditEntry, wallMs: number): Promise<void> {
    await this.context.sql.transaction(async (tx) => {
      await tx.db
        .updateTable('break_glass')
        .set({ ends_wall_ms: wallMs })
        .where('grant_id', '=', grantId)
        .where('ends_wall_ms', '>', wallMs)
        .execute();
      await appendAudit(tx, audit, wallMs);
    });
  }

  async review(
    review: {
      readonly grantId: BreakGlassId;
      readonly by: StaffId;
      readonly outcome: BreakGlassOutcome;
      readonly note: string | null;
    },
    audit: AuditEntry,
    wallMs: number,
  ): Promise<BreakGlassGrant> {
    const { sql, fields } = this.context;
    const known = await sql.query((db) => rowWith(db, review.grantId));
    if (known === undefined) throw new PlatformError('not-found');
    const { note } = await fields.sealRow(SEALED.breakGlass, { ...known, reason_text: null, note: review.note });
    const row = await sql.transaction(async (tx) => {
      const now = await rowWith(tx.db, review.grantId);
      const isDecided = now?.outcome !== null && now?.outcome !== 'follow-up';
      if (now === undefined || stateOf(now, wallMs) === 'open' || isDecided) throw new PlatformError('conflict');
      const change = { reviewed_by: review.by, reviewed_wall_ms: wallMs, outcome: review.outcome, note };
      await tx.db.updateTable('break_glass').set(change).where('grant_id', '=', review.grantId).execute();
      await appendAudit(tx, audit, wallMs);
      return { ...now, ...change };
    });
    return this.view(row, wallMs);
  }

  async counts(wallMs: number): Promise<GrantCounts> {
    return this.context.sql.query(async (db) => {
      const open = await inState(db, 'open', wallMs)
        .select(({ fn }) => fn.countAll().as('n'))
        .executeTakeFirst();
      const waiting = db.selectFrom('break_glass').where('reviewed_wall_ms', 'is', null);
      const unreviewed = await waiting.select(({ fn }) => fn.countAll().as('n')).executeTakeFirst();
      const overdue = await waiting
        .where('opened_wall_ms', '<=', wallMs - REVIEW_WITHIN_MS)
        .select(({ fn }) => fn.countAll().as('n'))
        .executeTakeFirst();
      return { open: Number(open?.n ?? 0), unreviewed: Number(unreviewed?.n ?? 0), overdue: Number(overdue?.n ?? 0) };
    });
  }

  async openedSince(staffId: StaffId, sinceWallMs: number): Promise<number> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('break_glass')
        .select(({ fn }) => fn.countAll().as('n'))
        .where('staff_id', '=', staffId)
        .where('opened_wall_ms', '>', sinceWallMs)
        .executeTakeFirst(),
    );
    return Number(row?.n ?? 0);
  }

  async dueNotices(wallMs: number, limit: number): Promise<readonly DueNotice[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('notice as n')
        .innerJoin('break_glass as g', 'g.grant_id', 'n.grant_id')
        .selectAll('g')
        .select(['n.notice_id', 'n.attempts'])
        .where('n.mail_state', '=', 'queued')
        .where('n.next_attempt_wall_ms', '<=', wallMs)
        .orderBy('n.next_attempt_wall_ms')
        .orderBy('n.notice_id')
        .limit(limit)
        .execute(),
    );
    // What people wrote never goes into a mail, so it is not opened either.
    const names = await this.context.sql.query((db) =>
      namesOf(
        db,
        rows.map((row) => row.staff_id),
      ),
    );
    return rows.map(({ notice_id: noticeId, attempts, ...row }) => ({
      noticeId,
      attempts,
      grant: grantOf({ ...row, reason_text: null, note: null }, names, wallMs),
    }));
  }

  async noticed(noticeId: string, outcome: 'sent' | 'failed' | 'given-up', nextAttemptWallMs: number | null): Promise<void> {
    await this.context.sql.query((db) =>
      db
        .updateTable('notice')
        .set((eb) => ({
          mail_state: outcome === 'failed' ? 'queued' : outcome,
          attempts: eb('attempts', '+', 1),
          next_attempt_wall_ms: nextAttemptWallMs,
        }))
        .where('notice_id', '=', noticeId)
        .execute(),
    );
  }

  /** Words that can't be sealed are left out rather than stored in clear or waited for: the reason's code is kept. */
  private async sealedRow(row: BreakGlassRow): Promise<BreakGlassRow> {
    if (row.reason_text === null) return row;
    return this.context.fields.sealRow(SEALED.breakGlass, row).catch((error: unknown) => {
      if (!(error instanceof PlatformError)) throw error;
      return { ...row, reason_text: null };
    });
  }

  private async view(row: BreakGlassRow, wallMs: number): Promise<BreakGlassGrant> {
    return (await this.views([row], wallMs))[0]!;
  }

  /** A row whose words can't be opened is shown without them: the queue must not stop at it. */
  private async views(rows: readonly BreakGlassRow[], wallMs: number): Promise<readonly BreakGlassGrant[]> {
    const opened = await this.context.fields.openRows(SEALED.breakGlass, rows);
    const names = await this.context.sql.query((db) =>
      namesOf(
        db,
        rows.flatMap((row) => [row.staff_id, row.reviewed_by]),
      ),
    );
    return rows.map((row, at) => grantOf(opened[at]!.row ?? { ...row, reason_text: null, note: null }, names, wallMs));
  }
}

function inState(db: Db, state: BreakGlassState | undefined, wallMs: number) {
  const all = db.selectFrom('break_glass');
  if (state === undefined) return all;
  if (state === 'reviewed') return all.where('reviewed_wall_ms', 'is not', null);
  return all.where('reviewed_wall_ms', 'is', null).where('ends_wall_ms', state === 'open' ? '>' : '<=', wallMs);
}

function rowWith(db: Db, grantId: BreakGlassId): Promise<BreakGlassRow | undefined> {
  return db.selectFrom('break_glass').selectAll().where('grant_id', '=', grantId).executeTakeFirst();
}

/** The row as it is stored. @throws PlatformError 'not-found' for an unknown patient, 'conflict' for an id that is taken */
async function insert(tx: Tx, row: BreakGlassRow, audit: AuditEntry | null): Promise<BreakGlassRow> {
  const known = await rowWith(tx.db, row.grant_id as BreakGlassId);
  if (known !== undefined && (known.staff_id !== row.staff_id || known.patient_id !== row.patient_id)) {
    throw new PlatformError('conflict');
  }
  if (known === undefined) {
    const patient = await tx.db
      .selectFrom('patient')
      .select('patient_id')
      .where('patient_id', '=', row.patient_id)
      .executeTakeFirst();
    if (patient === undefined) throw new PlatformError('not-found');
    await tx.db.insertInto('break_glass').values(row).execute();
    await tx.db
      .insertInto('notice')
      .values({
        notice_id: `notice/${row.grant_id}`,
        grant_id: row.grant_id,
        mail_state: 'queued',
        attempts: 0,
        next_attempt_wall_ms: row.opened_wall_ms,
      })
      .execute();
  }
  if (audit !== null) await appendAudit(tx, audit, row.opened_wall_ms);
  return known ?? row;
}
