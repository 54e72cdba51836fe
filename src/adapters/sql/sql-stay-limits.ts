import { bedKey, type BedId, type CareUnitId, type EncounterId, type StayProfile } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { type Outcome, type SetLimits, type StayCommand, type StayLimitRow, StayLimitStore } from '../../ports/stay-limits.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { liveStay, liveStays } from './live-stays.js';
import { relay } from './outbox.js';
import type { StayLimitRow as Stored } from './schema.js';
import type { EncounterRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';
import type { Db, Tx } from './sql.js';

/** What stands on the log in the place of the reason, which is free text and may name a person. */
const REASON_ON_LOG = 'the reason is kept with the platform';

const Content = z.object({ low: z.number().nullable(), high: z.number().nullable() });
type Named = Stored & { readonly name: string | null };

/** Limits and profiles of stays in SQL. */
export class SqlStayLimits extends StayLimitStore {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'origin'>) {
    super();
  }

  async set(command: SetLimits): Promise<Outcome<StayLimitRow>> {
    const { sql } = this.context;
    const before = await sql.query((db) => encounterOf(db, command.encounterId));
    const reason = before === undefined ? '' : await this.sealedReason(command, before.patient_id);
    const repeated = await sql.transaction(async (tx) => {
      const { low, high, metric, toMs, encounterId } = command;
      const isBack = low === null && high === null;
      // Going back ends now, and now is another time when the same command comes again.
      const content = isBack ? { metric } : { low, high, metric, toMs, reason: command.reason };
      const subject = `encounter:${encounterId}`;
      if (await isDone(tx, { ...command, action: 'limits.set', subject, content })) return true;
      const stay = await openStay(tx, encounterId);
      // The reason stays under whose keys it was sealed, also where the record went into another one meanwhile.
      await this.write(tx, command, { ...stay, patient_id: before?.patient_id ?? stay.patient_id }, reason);
      return false;
    });
    const [value] = await this.opened(
      await sql.query((db) =>
        named(db).where('l.encounter_id', '=', command.encounterId).where('l.metric', '=', command.metric).execute(),
      ),
    );
    return { value: value!, repeated };
  }

  async of(encounterId: EncounterId): Promise<readonly StayLimitRow[]> {
    const rows = await this.context.sql.query((db) =>
      named(db).where('l.encounter_id', '=', encounterId).orderBy('l.metric').execute(),
    );
    return this.opened(rows);
  }

  async inForce({
    careUnitId,
    nowMs,
    withReasons = false,
  }: {
    readonly careUnitId?: CareUnitId | undefined;
    readonly nowMs: number;
    readonly withReasons?: boolean;
  }): Promise<readonly StayLimitRow[]> {
    const rows = await this.context.sql.query((db) => {
      const open = liveStays(db)
        .innerJoin('stay_limit as l', 'l.encounter_id', 'e.encounter_id')
        .leftJoin('staff as s', 's.staff_id', 'l.set_by')
        .innerJoin('bed as b', 'b.bed_id', 'e.bed_id')
        .selectAll('l')
        .select('s.name')
        .where('e.discharged_ms', 'is', null)
        .where('l.to_ms', '>', Math.round(nowMs))
        .orderBy('b.place')
        .orderBy('l.encounter_id')
        .orderBy('l.metric');
      return (careUnitId === undefined ? open : open.where('b.care_unit_id', '=', careUnitId)).execute();
    });
    const set = rows.filter((row) => {
      const { low, high } = Content.parse(JSON.parse(row.content_json));
      return low !== null || high !== null;
    });
    return withReasons ? this.opened(set) : set.map((row) => limitRow(row, null));
  }

  async profile(encounterId: EncounterId): Promise<StayProfile | null> {
    const row = await this.context.sql.query((db) => encounterOf(db, encounterId));
    return row === undefined ? null : profileOf(row);
  }

  setProfile(command: StayCommand & { readonly ageGroup: NonNullable<StayProfile['ageGroup']> }): Promise<Outcome<StayProfile>> {
    const { notices, origin, sql } = this.context;
    const { encounterId, ageGroup, by } = command;
    return sql.transaction(async (tx) => {
      const subject = `encounter:${encounterId}`;
      if (await isDone(tx, { ...command, action: 'profile.set', subject, content: { ageGroup } })) {
        const known = await encounterOf(tx.db, encounterId);
        if (known === undefined) throw new PlatformError('not-found', { ids: [`encounter:${encounterId}`] });
        return { value: profileOf(known), repeated: true };
      }
      const stay = await openStay(tx, encounterId);
      if (stay.profile_rev !== command.ifRev) throw moved(encounterId);
      const set = { age_group: ageGroup, profile_rev: stay.profile_rev + 1 };
      await tx.db.updateTable('encounter').set(set).where('encounter_id', '=', encounterId).execute();
      await appendAudit(tx, command.audit, command.wallMs);
      await relay(tx, notices, {
        kind: 'stayProfileSet',
        id: `profile/${command.commandId}`,
        key: bedKey(stay.bed_id as BedId),
        origin,
        atMs: Math.round(command.nowMs),
        bedId: stay.bed_id,
        encounterId,
        ageGroup,
        by,
      });
      tx.afterCommit(() => notices.directory.tell([stay.bed_id as BedId]));
      return { value: profileOf({ ...stay, ...set }), repeated: false };
    });
  }

  private async write(tx: Tx, command: SetLimits, stay: EncounterRow, reason: string): Promise<void> {
    const { notices, origin } = this.context;
    const { encounterId, metric, low, high, toMs, by } = command;
    const known = await tx.db
      .selectFrom('stay_limit')
      .select('rev')
      .where('encounter_id', '=', encounterId)
      .where('metric', '=', metric)
      .executeTakeFirst();
    const rev = known?.rev ?? 0;
    if (rev !== command.ifRev) throw moved(encounterId);
    const row: Stored = {
      encounter_id: encounterId,
      metric,
      patient_id: stay.patient_id,
      rev: rev + 1,
      content_json: JSON.stringify({ low, high }),
      reason,
      set_by: by,
      from_ms: Math.round(command.nowMs),
      to_ms: toMs,
      set_wall_ms: Math.round(command.wallMs),
    };
    await tx.db
      .insertInto('stay_limit')
      .values(row)
      .onConflict((c) => c.columns(['encounter_id', 'metric']).doUpdateSet(row))
      .execute();
    await appendAudit(tx, command.audit, command.wallMs);
    await relay(tx, notices, {
      ...limitsEvent(row, stay.bed_id, `limits/${command.commandId}`),
      origin,
      source: 'person',
    });
    tx.afterCommit(() => notices.directory.tell([stay.bed_id as BedId]));
  }

  /** Sealed before the transaction. Limits wait for no key: without one, they hold without their reason. */
  private async sealedReason(command: SetLimits, patientId: string): Promise<string> {
    const { encounterId, metric, reason } = command;
    const row = { ...EMPTY, encounter_id: encounterId, metric, patient_id: patientId, reason };
    return this.context.fields.sealRow(SEALED.stayLimit, row).then(
      (sealed) => sealed.reason,
      (error: unknown) => {
        if (error instanceof PlatformError && error.code === 'keys-unavailable') return '';
        throw error;
      },
    );
  }

  private async opened(rows: readonly Named[]): Promise<readonly StayLimitRow[]> {
    const opened = await this.context.fields.openRows(SEALED.stayLimit, rows);
    return opened.map(({ row }, i) => limitRow(rows[i]!, row === null || row.reason === '' ? null : row.reason));
  }
}

const EMPTY = { rev: 0, content_json: '', set_by: '', from_ms: 0, to_ms: 0, set_wall_ms: 0 };

/** What the engine is told of a row; also when a new log has to be told how things stand. */
export function limitsEvent(row: Omit<Stored, 'reason' | 'patient_id'>, bedId: string, id: string) {
  const { low, high } = Content.parse(JSON.parse(row.content_json));
  return {
    kind: 'limitsSet' as const,
    id,
    key: bedKey(bedId as BedId),
    atMs: row.from_ms,
    bedId,
    encounterId: row.encounter_id,
    metric: row.metric,
    low,
    high,
    reason: REASON_ON_LOG,
    by: row.set_by,
    toMs: row.to_ms,
  };
}

function named(db: Db) {
  return db.selectFrom('stay_limit as l').leftJoin('staff as s', 's.staff_id', 'l.set_by').selectAll('l').select('s.name');
}

function encounterOf(db: Db, encounterId: EncounterId): Promise<EncounterRow | undefined> {
  return liveStay(db, encounterId);
}

async function openStay(tx: Tx, encounterId: EncounterId): Promise<EncounterRow> {
  const stay = await encounterOf(tx.db, encounterId);
  const ids = { ids: [`encounter:${encounterId}`] } as const;
  if (stay === undefined) throw new PlatformError('not-found', ids);
  if (stay.discharged_ms !== null) throw new PlatformError('conflict', ids);
  return stay;
}

function moved(encounterId: EncounterId): PlatformError {
  return new PlatformError('revision-moved', { ids: [`encounter:${encounterId}`] });
}

function limitRow(row: Named, reason: string | null): StayLimitRow {
  const { low, high } = Content.parse(JSON.parse(row.content_json));
  return {
    encounterId: row.encounter_id as EncounterId,
    metric: row.metric as StayLimitRow['metric'],
    low,
    high,
    reason,
    setBy: row.set_by as StayLimitRow['setBy'],
    setByName: row.name ?? row.set_by,
    fromMs: row.from_ms as StayLimitRow['fromMs'],
    toMs: row.to_ms as StayLimitRow['toMs'],
    rev: row.rev,
  };
}

function profileOf(row: EncounterRow): StayProfile {
  return {
    encounterId: row.encounter_id as EncounterId,
    ...(row.age_group === null ? {} : { ageGroup: row.age_group as NonNullable<StayProfile['ageGroup']> }),
    rev: row.profile_rev,
  };
}
