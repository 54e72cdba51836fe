import { AlarmTransition, type BedId, type CareUnitId } from '@vigil/contracts';
import { type LoadCursor, type LoadFact, type LoadRange, Reports } from '../../ports/reports.js';
import { FOLLOWED } from './alarm-facts.js';
import type { SqlContext } from './context.js';
import type { AlarmFactRow } from './schema-alarm-records.js';
import type { Db } from './sql.js';

/** Ids in one query. */
const IDS_AT_ONCE = 500;

type Escalated = NonNullable<LoadFact['escalation']>;

/** What reports are made of, from SQL: a range of one index, and answers and pages of those alarms that somebody was told of. */
export class SqlReports extends Reports {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  async facts(
    { careUnitId, fromMs, toMs, origin }: LoadRange,
    after: LoadCursor | null,
    limit: number,
  ): Promise<readonly LoadFact[]> {
    return this.context.sql.query(async (db) => {
      // By the position and no further: one more condition on `onset_ms` would take the index from its beginning.
      const sinceMs = after === null ? fromMs : Math.max(fromMs, after.onsetMs);
      let query = db
        .selectFrom('alarm_fact')
        .select(COLUMNS)
        .where('care_unit_id', '=', careUnitId)
        .where('onset_ms', '>=', sinceMs)
        .where('onset_ms', '<', toMs)
        .orderBy('care_unit_id')
        .orderBy('onset_ms')
        .orderBy('alarm_id')
        .limit(limit);
      if (after !== null) {
        query = query.where((eb) => eb.or([eb('onset_ms', '>', after.onsetMs), eb('alarm_id', '>', after.alarmId)]));
      }
      if (origin !== undefined) query = query.where('origin', '=', origin);
      const rows = await query.execute();
      const begun = rows.flatMap((row) => (row.begun === 1 ? [row.alarm_id] : []));
      const escalated = await escalationsOf(db, begun);
      return rows.map((row) => factOf(row, escalated.get(row.alarm_id) ?? null));
    });
  }

  async bedsOf(careUnitId: CareUnitId): Promise<readonly BedId[] | null> {
    return this.context.sql.query(async (db) => {
      const unit = await db
        .selectFrom('care_unit')
        .select('care_unit_id')
        .where('care_unit_id', '=', careUnitId)
        .executeTakeFirst();
      if (unit === undefined) return null;
      const beds = await db.selectFrom('bed').select('bed_id').where('care_unit_id', '=', careUnitId).orderBy('bed_id').execute();
      return beds.map((row) => row.bed_id as BedId);
    });
  }

  async countedTo(): Promise<number | null> {
    return this.context.sql.query(async (db) => {
      const cursor = await db.selectFrom('meta').select('content').where('name', '=', FOLLOWED).executeTakeFirst();
      const next = await db
        .selectFrom('alarm_transition')
        .select('content_json')
        .where('seq', '>', Number(cursor?.content ?? 0))
        .orderBy('seq')
        .limit(1)
        .executeTakeFirst();
      return next === undefined ? null : AlarmTransition.parse(JSON.parse(next.content_json)).atMs;
    });
  }
}

/** What is counted; each column costs a tenth of a row. */
const COLUMNS = [
  ...(['alarm_id', 'onset_ms', 'bed_id', 'encounter_id', 'condition_code', 'priority_rank'] as const),
  ...(['technical', 'flapping', 'shelved', 'begun', 'label'] as const),
];

function factOf(row: Pick<AlarmFactRow, (typeof COLUMNS)[number]>, escalation: LoadFact['escalation']): LoadFact {
  return {
    alarmId: row.alarm_id,
    onsetMs: row.onset_ms,
    bedId: row.bed_id as BedId | null,
    encounterId: row.encounter_id,
    conditionCode: row.condition_code,
    priorityRank: row.priority_rank,
    isTechnical: row.technical === 1,
    isFlapping: row.flapping === 1,
    wasShelved: row.shelved === 1,
    label: row.label as LoadFact['label'],
    escalation,
  };
}

async function escalationsOf(db: Db, alarmIds: readonly string[]): Promise<ReadonlyMap<string, Escalated>> {
  const found = new Map<string, Escalated>();
  for (let at = 0; at < alarmIds.length; at += IDS_AT_ONCE) {
    const ids = alarmIds.slice(at, at + IDS_AT_ONCE);
    const rows = await db
      .selectFrom('escalation')
      .select(['alarm_id', 'started_wall_ms', 'step', 'ended_why', 'accepted_wall_ms'])
      .where('alarm_id', 'in', ids)
      .execute();
    const answers = await answersOf(db, ids);
    const pages = await pagesOf(db, ids);
    for (const row of rows) {
      const said = answers.get(row.alarm_id);
      const paged = pages.get(row.alarm_id);
      found.set(row.alarm_id, {
        startedWallMs: row.started_wall_ms,
        step: row.step,
        isExhausted: row.ended_why === 'ranOut',
        firstPageWallMs: paged?.firstWallMs ?? null,
        // Answers are kept since there are several for one alarm; before, the escalation alone knew.
        acceptedWallMs: said?.acceptedWallMs ?? row.accepted_wall_ms,
        arrivedWallMs: said?.arrivedWallMs ?? null,
        declines: said?.declines ?? 0,
        paged: paged?.staff ?? [],
      });
    }
  }
  return found;
}

interface Said {
  acceptedWallMs: number | null;
  arrivedWallMs: number | null;
  declines: number;
}

async function answersOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Said>> {
  const rows = await db
    .selectFrom('escalation_answer')
    .select(['alarm_id', 'answer', 'at_wall_ms'])
    .where('alarm_id', 'in', [...ids])
    .orderBy('alarm_id')
    .orderBy('at_wall_ms')
    .execute();
  const found = new Map<string, Said>();
  for (const { alarm_id, answer, at_wall_ms } of rows) {
    const said: Said = found.get(alarm_id) ?? { acceptedWallMs: null, arrivedWallMs: null, declines: 0 };
    if (answer === 'accept' || answer === 'arrive') said.acceptedWallMs ??= at_wall_ms;
    if (answer === 'arrive') said.arrivedWallMs ??= at_wall_ms;
    if (answer === 'decline') said.declines += 1;
    found.set(alarm_id, said);
  }
  return found;
}

interface Paged {
  firstWallMs: number;
  readonly staff: string[];
}

async function pagesOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Paged>> {
  const rows = await db
    .selectFrom('page')
    .select(['alarm_id', 'staff_id', 'sent_wall_ms'])
    .where('alarm_id', 'in', [...ids])
    .where('kind', '=', 'alarm')
    .where('sent_wall_ms', 'is not', null)
    .execute();
  const found = new Map<string, Paged>();
  for (const { alarm_id, staff_id, sent_wall_ms } of rows) {
    const sentWallMs = sent_wall_ms ?? 0;
    const paged = found.get(alarm_id) ?? { firstWallMs: sentWallMs, staff: [] };
    paged.firstWallMs = Math.min(paged.firstWallMs, sentWallMs);
    paged.staff.push(staff_id);
    found.set(alarm_id, paged);
  }
  return found;
}
