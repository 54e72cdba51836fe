import { AlarmTransition, type CareUnitId, DeclineReason, type StaffId } from '@vigil/contracts';
import {
  CANARY_STAFF,
  plannedShifts,
  type Recorded,
  type RecordedAlarm,
  type RecordedAnswer,
  type RecordedChange,
} from '@vigil/domain';
import type { RecordedSpan } from '../../ports/escalation-policies.js';
import { plansOf } from './on-call-plan.js';
import { unitsOfTheSite } from './policy-site.js';
import type { Db, Sql } from './sql.js';

/** Alarms in one question: the database answers in the thread that pages people, which must not wait for long. */
const CHUNK = 100;
/** Changes of one alarm that are looked at; the first of them. */
const CHANGES_MAX = 500;

/** What a simulation needs of the alarms that began in a span. Lets others work between its questions. */
export async function recordedAlarms(sql: Sql, span: RecordedSpan): Promise<Recorded> {
  const ids = await sql.query((db) => idsOf(db, span));
  const alarms: RecordedAlarm[] = [];
  const bedUnits = await sql.query(unitsOfBeds);
  const known = ids.slice(0, span.alarmsMax);
  for (let at = 0; at < known.length; at += CHUNK) {
    alarms.push(...(await sql.query((db) => chunkOf(db, known.slice(at, at + CHUNK), bedUnits))));
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Oldest first, so that what is said of them does not depend on how they were found.
  const inSpan = alarms.filter(({ changes: [first] }) => first!.atWallMs >= span.fromWallMs && first!.atWallMs < span.toWallMs);
  const who = await sql.query((db) => peopleThen(db, span));
  return {
    alarms: inSpan.sort((a, b) => a.changes[0]!.atWallMs - b.changes[0]!.atWallMs),
    ...who,
    isCut: ids.length > span.alarmsMax,
  };
}

/** The newest of the care units, one more than are looked at. A canary is no alarm of anybody. */
async function idsOf(db: Db, { careUnitIds, fromEventMs, alarmsMax }: RecordedSpan): Promise<readonly string[]> {
  const units: readonly CareUnitId[] = careUnitIds.length > 0 ? careUnitIds : await unitsOfTheSite(db);
  if (units.length === 0) return [];
  const rows = await db
    .selectFrom('alarm as a')
    .select('a.alarm_id')
    .where('a.onset_ms', '>=', Math.floor(fromEventMs))
    .where('a.care_unit_id', 'in', [...units])
    .where('a.content_json', 'not like', '%"origin":"canary"%')
    .orderBy('a.onset_ms', 'desc')
    .orderBy('a.alarm_id')
    .limit(alarmsMax + 1)
    .execute();
  return rows.map((row) => row.alarm_id);
}

async function unitsOfBeds(db: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('bed').select(['bed_id', 'care_unit_id']).execute();
  return new Map(rows.map((row) => [row.bed_id, row.care_unit_id]));
}

async function chunkOf(db: Db, ids: readonly string[], bedUnits: ReadonlyMap<string, string>): Promise<readonly RecordedAlarm[]> {
  const transitions = await db
    .selectFrom('alarm_transition as t')
    .leftJoin('alarm_hop as h', (join) => join.onRef('h.alarm_id', '=', 't.alarm_id').onRef('h.rev', '=', 't.rev'))
    .select(['t.alarm_id', 't.content_json', 'h.stored_wall_ms'])
    .where('t.alarm_id', 'in', [...ids])
    .where('t.rev', '<=', CHANGES_MAX)
    .orderBy('t.alarm_id')
    .orderBy('t.rev')
    .execute();
  const units = grouped(
    await db
      .selectFrom('alarm_care_unit')
      .selectAll()
      .where('alarm_id', 'in', [...ids])
      .orderBy('care_unit_id')
      .execute(),
  );
  const answers = grouped(
    await db
      .selectFrom('escalation_answer')
      .selectAll()
      .where('alarm_id', 'in', [...ids])
      .orderBy('at_wall_ms')
      .execute(),
  );
  const pages = grouped(await pagesOf(db, ids));
  const changes = grouped(transitions);
  return ids.flatMap((id): RecordedAlarm[] => {
    const parsed = (changes.get(id) ?? []).map((row) => ({
      transition: AlarmTransition.parse(JSON.parse(row.content_json)),
      storedWallMs: row.stored_wall_ms,
    }));
    const [first] = parsed;
    if (first === undefined) return [];
    const seenBy = (units.get(id) ?? []).map((row) => row.care_unit_id);
    return [
      {
        kind: first.transition.kind,
        conditionCode: first.transition.conditionCode,
        changes: parsed.map(({ transition, storedWallMs }) => changeOf(transition, storedWallMs, bedUnits, seenBy)),
        answers: (answers.get(id) ?? []).map((row): RecordedAnswer => ({
          ...{ atWallMs: row.at_wall_ms, by: row.staff_id as StaffId, answer: row.answer },
          reason: DeclineReason.safeParse(row.reason).data ?? null,
        })),
        pages: (pages.get(id) ?? []).length,
      },
    ];
  });
}

/** People who were told, each step and round counting anew: whatever the channels. */
function pagesOf(db: Db, ids: readonly string[]) {
  return db
    .selectFrom('page')
    .select(['alarm_id', 'staff_id', 'step', 'escalation_rev'])
    .distinct()
    .where('alarm_id', 'in', [...ids])
    .where('kind', '=', 'alarm')
    .execute();
}

/** @param seenBy who sees it now; of a bed, its care unit of then is known */
function changeOf(
  t: AlarmTransition,
  storedWallMs: number | null,
  bedUnits: ReadonlyMap<string, string>,
  seenBy: readonly string[],
): RecordedChange {
  const ofBed = t.bedId === null ? undefined : bedUnits.get(t.bedId);
  return {
    atWallMs: storedWallMs ?? t.atMs,
    ...{ cause: t.cause, priority: t.priority, active: t.active, isShelved: t.shelvedUntilMs !== undefined, bedId: t.bedId },
    careUnitIds: ofBed === undefined ? seenBy : [ofBed],
  };
}

async function peopleThen(
  db: Db,
  { fromWallMs, toWallMs }: Pick<RecordedSpan, 'fromWallMs' | 'toWallMs'>,
): Promise<Pick<Recorded, 'duties' | 'shifts' | 'staffIds'>> {
  const duties = await db
    .selectFrom('staff_assignment')
    .select(['staff_id', 'care_unit_id', 'bed_id', 'role', 'from_ms', 'to_ms'])
    .where('from_ms', '<', toWallMs)
    .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', fromWallMs)]))
    .orderBy('staff_id')
    .orderBy('assignment_id')
    .execute();
  const schedules = await db.selectFrom('on_call_schedule').select('schedule_id').orderBy('schedule_id').execute();
  const span = { fromMs: Math.floor(fromWallMs), toMs: Math.ceil(toWallMs) };
  const plans = await plansOf(
    db,
    schedules.map((row) => row.schedule_id),
    span,
  );
  const staff = await db.selectFrom('staff').select('staff_id').where('staff_id', '<>', CANARY_STAFF).execute();
  return {
    duties: duties.map((row) => ({
      ...{ staffId: row.staff_id as StaffId, role: row.role, careUnitId: row.care_unit_id, bedId: row.bed_id },
      ...{ fromMs: row.from_ms, toMs: row.to_ms },
    })),
    shifts: Object.fromEntries([...plans].map(([id, plan]) => [id, plannedShifts(plan, span).shifts])),
    staffIds: staff.map((row) => row.staff_id),
  };
}

function grouped<Row extends { readonly alarm_id: string }>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const known = groups.get(row.alarm_id);
    if (known === undefined) groups.set(row.alarm_id, [row]);
    else known.push(row);
  }
  return groups;
}
