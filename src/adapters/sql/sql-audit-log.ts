import { ChainState } from '@vigil/audit-chain';
import type { AuditHold, PatientId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import {
  type AuditBase,
  AuditLog,
  type AuditRange,
  type HoldWho,
  type IndexedAuditEntry,
  type NewHold,
  type StoredAuditEntry,
  type StoredCheckpoint,
} from '../../ports/audit-log.js';
import type { AuditEntry } from '../../ports/audit-trail.js';
import { dispose, disposableTo } from './audit-disposal.js';
import { holdOf, isHeld, liftHold, setHold } from './audit-holds.js';
import type { SqlContext } from './context.js';
import type { Db, Tx } from './sql.js';

/** The audit trail as a log, in SQL: what checkpoints, proofs, exports and disposal work with. */
export class SqlAuditLog extends AuditLog {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  state(): Promise<string> {
    return this.query(async (db) => (await stateNamed(db, 'head')) ?? ChainState.empty().serialise());
  }

  read({ afterSeq, toSeq, patientId, fromMs, toMs, limit }: AuditRange): Promise<readonly StoredAuditEntry[]> {
    return this.query((db) => {
      const narrowed = db
        .selectFrom('audit as a')
        .select(['a.seq', 'a.content', 'a.chain'])
        .limit(limit)
        .$if(fromMs !== undefined, (q) => q.where('a.at_wall_ms', '>=', fromMs!))
        .$if(toMs !== undefined, (q) => q.where('a.at_wall_ms', '<', toMs!));
      if (patientId === undefined) {
        return narrowed.where('a.seq', '>', afterSeq).where('a.seq', '<=', toSeq).orderBy('a.seq').execute();
      }
      const shown = narrowed.innerJoin('audit_patient as p', 'p.seq', 'a.seq').where('p.patient_id', '=', patientId);
      return shown.where('p.seq', '>', afterSeq).where('p.seq', '<=', toSeq).orderBy('p.seq').execute();
    });
  }

  readIndexed({
    afterSeq,
    toSeq,
    limit,
  }: Pick<AuditRange, 'afterSeq' | 'toSeq' | 'limit'>): Promise<readonly IndexedAuditEntry[]> {
    return this.query(async (db) => {
      const rows = await db
        .selectFrom('audit')
        .selectAll()
        .where('seq', '>', afterSeq)
        .where('seq', '<=', toSeq)
        .orderBy('seq')
        .limit(limit)
        .execute();
      const last = rows.at(-1)?.seq ?? afterSeq;
      const patients = await db
        .selectFrom('audit_patient')
        .selectAll()
        .where('seq', '>', afterSeq)
        .where('seq', '<=', last)
        .orderBy('seq')
        .orderBy('patient_id')
        .execute();
      const of = Map.groupBy(patients, ({ seq }) => seq);
      return rows.map(({ seq, content, chain, ...columns }) => {
        const ids = (of.get(seq) ?? []).map(({ patient_id }) => patient_id).sort();
        return { seq, content, chain, columns: { ...columns, patients: ids.join(' ') } };
      });
    });
  }

  seqsBetween(fromMs: number | undefined, toMs: number | undefined): Promise<{ first: number; last: number } | null> {
    return this.query(async (db) => {
      const { first, last } = await db
        .selectFrom('audit')
        .select(({ fn }) => [fn.min('seq').as('first'), fn.max('seq').as('last')])
        .$if(fromMs !== undefined, (q) => q.where('at_wall_ms', '>=', fromMs!))
        .$if(toMs !== undefined, (q) => q.where('at_wall_ms', '<', toMs!))
        .executeTakeFirstOrThrow();
      // Without a row both are null, which the types of min and max do not say.
      return (first as number | null) === null ? null : { first: Number(first), last: Number(last) };
    });
  }

  node(level: number, place: number): Promise<string | null> {
    return this.query(async (db) => {
      const row = await db
        .selectFrom('audit_node')
        .select('hash')
        .where('level', '=', level)
        .where('place', '=', place)
        .executeTakeFirst();
      return row?.hash ?? null;
    });
  }

  lastCheckpoint(): Promise<(StoredCheckpoint & { readonly state: string | null }) | null> {
    return this.query(async (db) => {
      const row = await db.selectFrom('audit_checkpoint').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst();
      const state = await stateNamed(db, 'checkpoint');
      return row === undefined ? null : { ...checkpointOf(row), state };
    });
  }

  checkpointOver(size: number): Promise<StoredCheckpoint | null> {
    return this.query(async (db) => {
      const row = await db
        .selectFrom('audit_checkpoint')
        .selectAll()
        .where('size', '>=', size)
        .orderBy('size')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : checkpointOf(row);
    });
  }

  checkpoints(fromSize: number, toSize: number, limit: number): Promise<readonly StoredCheckpoint[]> {
    return this.query(async (db) => {
      const rows = await db
        .selectFrom('audit_checkpoint')
        .selectAll()
        .where('size', '>=', fromSize)
        .where('size', '<=', toSize)
        .orderBy('size')
        .limit(limit)
        .execute();
      return rows.map(checkpointOf);
    });
  }

  async addCheckpoint({ size, note, atWallMs, state }: StoredCheckpoint & { readonly state: string }): Promise<boolean> {
    return this.transaction(async ({ db }) => {
      // Asked beforehand, because the guard against replacing refuses an insertion that would be passed over too.
      const known = await db.selectFrom('audit_checkpoint').select('size').where('size', '=', size).executeTakeFirst();
      if (known !== undefined) return false;
      await db.insertInto('audit_checkpoint').values({ size, note, at_wall_ms: atWallMs }).execute();
      await db
        .insertInto('audit_state')
        .values({ name: 'checkpoint', content: state, writes: 1 })
        .onConflict((c) => c.column('name').doUpdateSet((eb) => ({ content: state, writes: eb('audit_state.writes', '+', 1) })))
        .execute();
      return true;
    });
  }

  base(): Promise<AuditBase | null> {
    return this.query(async (db) => {
      const row = await db.selectFrom('audit_base').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst();
      return row === undefined ? null : { ...checkpointOf(row), state: row.state };
    });
  }

  disposableTo(beforeWallMs: number, entriesMax: number): Promise<number | null> {
    return this.query((db) => disposableTo(db, beforeWallMs, entriesMax));
  }

  async dispose(base: AuditBase, entry: AuditEntry): Promise<void> {
    await this.transaction((tx) => dispose(tx, base, entry));
  }

  async holds(): Promise<readonly AuditHold[]> {
    const rows = await this.query((db) => db.selectFrom('audit_hold').selectAll().orderBy('set_wall_ms', 'desc').execute());
    return rows.map(holdOf);
  }

  setHold(hold: NewHold, who: HoldWho): Promise<AuditHold> {
    return this.transaction((tx) => setHold(tx, hold, who));
  }

  liftHold(holdId: string, who: HoldWho): Promise<AuditHold> {
    return this.transaction((tx) => liftHold(tx, holdId, who));
  }

  isHeld(patientId: PatientId): Promise<boolean> {
    return this.query((db) => isHeld(db, patientId));
  }

  private query<T>(run: (db: Db) => Promise<T>): Promise<T> {
    return this.context.sql.query(run).catch(asAudit);
  }

  private transaction<T>(run: (tx: Tx) => Promise<T>): Promise<T> {
    return this.context.sql.transaction(run).catch(asAudit);
  }
}

function asAudit(error: unknown): never {
  if (error instanceof PlatformError && error.code === 'store-unavailable') {
    throw new PlatformError('audit-unavailable', {}, true, error);
  }
  throw error;
}

async function stateNamed(db: Db, name: 'head' | 'checkpoint'): Promise<string | null> {
  const row = await db.selectFrom('audit_state').select('content').where('name', '=', name).executeTakeFirst();
  return row?.content ?? null;
}

function checkpointOf(row: { size: number; note: string; at_wall_ms: number }): StoredCheckpoint {
  return { size: row.size, note: row.note, atWallMs: row.at_wall_ms };
}
