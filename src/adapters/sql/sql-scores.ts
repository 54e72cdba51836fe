import {
  bedKey,
  type BedId,
  type ChartedObservations,
  type EncounterId,
  type EpochMs,
  type Page,
  type ScoreSettings,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { type ChartCommand, type KeptScore, Scores, type SettingsCommand } from '../../ports/scores.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { decodeCursor, pageOf } from './cursor.js';
import { isDone } from './done-commands.js';
import { liveStay } from './live-stays.js';
import { relay } from './outbox.js';
import type { ScoreSettingRow } from './schema.js';
import type { EncounterRow } from './schema-stays.js';
import { keptScore, newestScores, scoreHistory } from './score-rows.js';
import { SEALED } from './sealed-columns.js';
import type { Db, Tx } from './sql.js';

/** What stands on the log in the place of the reason, which is free text and may name a person. */
const REASON_ON_LOG = 'the reason is kept with the platform';
/** Stays whose newest scores are read at once. */
const STAYS_PER_READ = 200;

/** Scores, charts and score settings in SQL. */
export class SqlScores extends Scores {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'origin'>) {
    super();
  }

  chart(command: ChartCommand): Promise<{ value: ChartedObservations; repeated: boolean }> {
    const { sql, notices, origin } = this.context;
    const { commandId, encounterId, by, validated, score, items } = command;
    const subject = `encounter:${encounterId}`;
    return sql.transaction(async (tx) => {
      const content = { items, validated, score, atMs: command.atMs };
      const repeated = await isDone(tx, { ...command, action: 'observation.chart', subject, content });
      const value = (atMs: number): ChartedObservations => ({
        ...{ chartId: commandId, encounterId, validated, score, by },
        atMs: atMs as EpochMs,
      });
      if (repeated) return { value: value(await chartedAt(tx, commandId)), repeated };
      const stay = await openStay(tx, encounterId);
      const atMs = Math.round(command.atMs ?? command.nowMs);
      const row = {
        chart_id: commandId,
        encounter_id: encounterId,
        staff_id: by,
        at_ms: atMs,
        validated: validated ? 1 : 0,
        score,
      };
      await tx.db
        .insertInto('chart')
        .values({ ...row, at_wall_ms: Math.round(command.wallMs) })
        .execute();
      await appendAudit(tx, command.audit, command.wallMs);
      await relay(tx, notices, {
        ...{ kind: 'charted', id: `chart/${commandId}`, key: bedKey(stay.bed_id as BedId), origin, atMs },
        ...{ bedId: stay.bed_id, encounterId, chartId: commandId, by, validated, items },
        ...(score === null ? {} : { score }),
      });
      return { value: value(atMs), repeated };
    });
  }

  async setSettings(command: SettingsCommand): Promise<{ value: ScoreSettings; repeated: boolean }> {
    const { sql, notices, origin } = this.context;
    const { encounterId, spo2Scale } = command;
    const before = await sql.query((db) => encounterOf(db, encounterId));
    const reason = before === undefined ? '' : await this.sealedReason(command, before.patient_id);
    const subject = `encounter:${encounterId}`;
    const repeated = await sql.transaction(async (tx) => {
      const content = { spo2Scale, reason: command.reason };
      if (await isDone(tx, { ...command, action: 'score-settings.set', subject, content })) return true;
      const stay = await openStay(tx, encounterId);
      // The reason stays under whose keys it was sealed, also where the record went into another one meanwhile.
      const sealedFor = { ...stay, patient_id: before?.patient_id ?? stay.patient_id };
      const row = await replaceSetting(tx, command, sealedFor, reason);
      await appendAudit(tx, command.audit, command.wallMs);
      await relay(tx, notices, { ...settingEvent(row, stay.bed_id, `score-settings/${command.commandId}`), origin });
      return false;
    });
    return { value: await this.settings(encounterId), repeated };
  }

  async settings(encounterId: EncounterId): Promise<ScoreSettings> {
    const { sql, fields } = this.context;
    const stored = await sql.query((db) =>
      db.selectFrom('score_setting').selectAll().where('encounter_id', '=', encounterId).executeTakeFirst(),
    );
    if (stored === undefined) return { spo2Scale: 1, reason: null, setBy: null, atMs: null, rev: 0 };
    const [opened] = await fields.openRows(SEALED.scoreSetting, [stored]);
    const reason = opened?.row?.reason ?? '';
    return {
      spo2Scale: stored.spo2_scale === 2 ? 2 : 1,
      reason: reason === '' ? null : reason,
      setBy: stored.set_by as ScoreSettings['setBy'],
      atMs: stored.from_ms as EpochMs,
      rev: stored.rev,
    };
  }

  async newest(encounterIds: readonly EncounterId[]): Promise<readonly KeptScore[]> {
    const found: KeptScore[] = [];
    for (let at = 0; at < encounterIds.length; at += STAYS_PER_READ) {
      const ids = encounterIds.slice(at, at + STAYS_PER_READ);
      const rows = await this.context.sql.query((db) =>
        newestScores(db)
          .where('s.encounter_id', 'in', [...ids])
          .execute(),
      );
      found.push(...rows.map(keptScore));
    }
    return found;
  }

  async history(query: Parameters<Scores['history']>[0]): Promise<Page<KeptScore>> {
    const after = decodeCursor(query.cursor, ['number', 'string']);
    const rows = await this.context.sql.query((db) => {
      const all = scoreHistory(db, query.basis, query.withReplaced ?? false)
        .where('encounter_id', '=', query.encounterId)
        .where('score', '=', query.score)
        .where('since_ms', '>=', query.fromMs)
        .where('since_ms', '<', query.toMs)
        .orderBy('since_ms', 'desc')
        .orderBy('basis', 'desc')
        .limit(query.limit + 1);
      if (after === null) return all.execute();
      const [sinceMs, basis] = [Number(after[0]), String(after[1])];
      return all
        .where((eb) => eb.or([eb('since_ms', '<', sinceMs), eb.and([eb('since_ms', '=', sinceMs), eb('basis', '<', basis)])]))
        .execute();
    });
    return pageOf(rows, query.limit, keptScore, (row) => [row.since_ms, row.basis]);
  }

  onChange(listener: (bedIds: readonly BedId[]) => void): () => void {
    return this.context.notices.scores.add(listener);
  }

  /** Sealed before the transaction. */
  private async sealedReason({ encounterId, reason }: SettingsCommand, patientId: string): Promise<string> {
    const row: ScoreSettingRow = { ...EMPTY, encounter_id: encounterId, patient_id: patientId, reason };
    return this.context.fields.sealRow(SEALED.scoreSetting, row).then(
      (sealed) => sealed.reason,
      (error: unknown) => {
        if (error instanceof PlatformError && error.code === 'keys-unavailable') return '';
        throw error;
      },
    );
  }
}

const EMPTY = { rev: 0, spo2_scale: 1, set_by: '', from_ms: 0, set_wall_ms: 0 };

async function replaceSetting(tx: Tx, command: SettingsCommand, stay: EncounterRow, reason: string): Promise<ScoreSettingRow> {
  const { encounterId, ifRev, spo2Scale, by, nowMs, wallMs } = command;
  const known = await tx.db.selectFrom('score_setting').select('rev').where('encounter_id', '=', encounterId).executeTakeFirst();
  if ((known?.rev ?? 0) !== ifRev) throw new PlatformError('revision-moved', { ids: [`encounter:${encounterId}`] });
  const row: ScoreSettingRow = {
    encounter_id: encounterId,
    patient_id: stay.patient_id,
    rev: ifRev + 1,
    spo2_scale: spo2Scale,
    reason,
    set_by: by,
    from_ms: Math.round(nowMs),
    set_wall_ms: Math.round(wallMs),
  };
  await tx.db
    .insertInto('score_setting')
    .values(row)
    .onConflict((c) => c.column('encounter_id').doUpdateSet(row))
    .execute();
  return row;
}

/** What the engine is told of a setting; also when a new log has to be told how things stand. */
export function settingEvent(row: Omit<ScoreSettingRow, 'reason' | 'patient_id'>, bedId: string, id: string) {
  return {
    kind: 'scoreSettingsSet' as const,
    id,
    key: bedKey(bedId as BedId),
    atMs: row.from_ms,
    bedId,
    encounterId: row.encounter_id,
    spo2Scale: row.spo2_scale,
    reason: REASON_ON_LOG,
    by: row.set_by,
  };
}

async function chartedAt(tx: Tx, chartId: string): Promise<number> {
  const row = await tx.db.selectFrom('chart').select('at_ms').where('chart_id', '=', chartId).executeTakeFirstOrThrow();
  return row.at_ms;
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
