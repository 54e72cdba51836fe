import {
  type AlarmId,
  AlarmTransition,
  type AlarmView,
  type CareUnitId,
  type EpochMs,
  type EscalationView,
  type StaffId,
} from '@vigil/contracts';
import { lastAccept, nextTold } from '@vigil/domain';
import { labelsOf } from './alarm-labels.js';
import type { SqlContext } from './context.js';
import { isReachable, type NamedOnDuty, onDutyFor } from './on-duty.js';
import { type Followed, followedOf, placeOf } from './pinned-route.js';
import { pageReports, type PageReports, pageView } from './page-views.js';
import type { AlarmRow, PageRow } from './schema.js';
import type { Db } from './sql.js';
import { subjectNamesOf } from './subject-names.js';

/** Ids in one query; SQLite and PostgreSQL take far more, but statements are cached by their text. */
const CHUNK = 200;

type ViewContext = Pick<SqlContext, 'policy' | 'alarmText'>;

/** Alarms as people see them, in the order of the ids; ids that are unknown are left out. */
export async function alarmViews(
  db: Db,
  context: ViewContext,
  alarmIds: readonly string[],
  wallMs: number,
): Promise<readonly AlarmView[]> {
  const views = new Map<string, AlarmView>();
  for (let at = 0; at < alarmIds.length; at += CHUNK) {
    for (const view of await chunkOfViews(db, context, alarmIds.slice(at, at + CHUNK), wallMs)) views.set(view.alarmId, view);
  }
  return alarmIds.flatMap((id) => views.get(id) ?? []);
}

async function chunkOfViews(db: Db, context: ViewContext, ids: readonly string[], wallMs: number): Promise<readonly AlarmView[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('alarm as a')
    .leftJoin('bed as b', 'b.bed_id', 'a.bed_id')
    .selectAll('a')
    .leftJoin('care_unit as u', 'u.care_unit_id', 'a.care_unit_id')
    .select(['b.label as bed_label', 'u.label as unit_label'])
    .where('a.alarm_id', 'in', [...ids])
    .execute();
  const escalations = await db
    .selectFrom('escalation')
    .selectAll()
    .where('alarm_id', 'in', [...ids])
    .execute();
  const pages = await db
    .selectFrom('page')
    .selectAll()
    .where('alarm_id', 'in', [...ids])
    .where('state', '<>', 'cancelled')
    .orderBy('queued_wall_ms')
    .orderBy('page_id')
    .execute();
  const followed = await followedOf(
    db,
    context,
    escalations.flatMap((each) => {
      const alarm = rows.find((row) => row.alarm_id === each.alarm_id);
      return alarm === undefined ? [] : [{ ...each, content_json: alarm.content_json }];
    }),
  );
  const running = rows.filter((row) => followed.get(row.alarm_id)?.escalation.state === 'running');
  const onDuty = await onDutyFor(
    db,
    running.map((row) => placeOf(row, followed.get(row.alarm_id)!)),
    wallMs,
  );
  const reports = await pageReports(db, pages);
  const labels = await labelsOf(db, ids);
  const names = await namesOf(db, [
    ...pages.map((p) => p.staff_id),
    ...[...followed.values()].flatMap(({ escalation: e }) => [...e.accepts, ...e.declines, ...e.earlier].map((each) => each.by)),
    ...rows.map((r) => r.acknowledged_by),
  ]);
  const subjectNames = await subjectNamesOf(db, rows);
  return rows.flatMap((row) => {
    const escalation = followed.get(row.alarm_id);
    if (escalation === undefined || row.care_unit_id === null) return [];
    const parts = {
      names,
      subjectNames,
      label: labels.get(row.alarm_id) ?? null,
      pages: pages.filter((p) => p.alarm_id === row.alarm_id),
      reports,
      onDuty: onDuty.get(row.alarm_id) ?? [],
    };
    return [viewOf(context, row, escalation, parts)];
  });
}

/** Of an alarm that is of no bed: its gateway, or the care unit that it is of. */
export function placeLabel({ gateway_id: gatewayId, unit_label: label, care_unit_id: careUnitId }: AlarmPlaceRow): string {
  return gatewayId === null ? `all of ${label ?? careUnitId ?? 'the site'}` : `gateway ${gatewayId}`;
}
type AlarmPlaceRow = Pick<AlarmRow, 'gateway_id' | 'care_unit_id'> & { readonly unit_label: string | null };

interface ViewParts {
  readonly names: ReadonlyMap<string, string>;
  readonly subjectNames: ReadonlyMap<string, string>;
  readonly label: AlarmView['label'];
  readonly pages: readonly PageRow[];
  readonly reports: PageReports;
  readonly onDuty: readonly NamedOnDuty[];
}

function viewOf(
  context: ViewContext,
  row: AlarmRow & { readonly bed_label: string | null; readonly unit_label: string | null },
  escalation: Followed,
  parts: ViewParts,
): AlarmView {
  const { cause: _, by: __, commandId: ___, trigger: ____, ...transition } = AlarmTransition.parse(JSON.parse(row.content_json));
  const sounding = row.presence === 'on' || row.presence === 'latched';
  const view = {
    ...transition,
    careUnitId: row.care_unit_id as CareUnitId,
    bedLabel: row.bed_label ?? row.bed_id ?? placeLabel(row),
    endedAtMs: row.ended_ms as AlarmView['endedAtMs'],
    acknowledgedBy: row.acknowledged_by as StaffId | null,
    acknowledgedByName: row.acknowledged_by === null ? null : (parts.names.get(row.acknowledged_by) ?? null),
    acknowledgePending: sounding && row.acknowledge_command_id !== null,
    ...(row.questioned_by === null ? {} : { questioned: row.questioned_by }),
    label: parts.label,
    escalation: escalationView(escalation, parts),
  };
  return { ...view, text: context.alarmText({ ...view, subjectNames: parts.subjectNames }) };
}

function escalationView({ escalation, route, alarm }: Followed, { names, pages, reports, onDuty }: ViewParts): EscalationView {
  const reachable = onDuty.filter((each) => isReachable(each, alarm.origin));
  const { nextAtMs, pages: told } = nextTold(escalation, route, reachable);
  const nameOf = (staffId: string): string =>
    names.get(staffId) ?? onDuty.find((each) => each.staffId === staffId)?.name ?? 'somebody';
  const nextNames = told.map((each) => nameOf(each.staffId));
  // Who accepted something less urgent, or is one of several who are needed, has not stopped it.
  const accepted = escalation.state === 'accepted' ? lastAccept(escalation) : null;
  return {
    state: escalation.state,
    rev: escalation.rev,
    step: escalation.step,
    nextAtMs: nextAtMs as EscalationView['nextAtMs'],
    nextName: nextNames.length > 0 ? nextNames.join(', ') : null,
    ...(nextNames.length > 0 ? { nextNames } : {}),
    acceptedBy: accepted?.by ?? null,
    acceptedByName: accepted === null ? null : (names.get(accepted.by) ?? null),
    acceptedAtMs: (accepted?.atMs ?? null) as EscalationView['acceptedAtMs'],
    accepts: escalation.accepts.map(({ by, atMs, arrivedAtMs }) => ({
      staffId: by,
      name: nameOf(by),
      atMs: atMs as EpochMs,
      arrivedAtMs: arrivedAtMs as EpochMs | null,
    })),
    acceptsNeeded: escalation.pinned.acceptsNeeded,
    arriveByMs: escalation.arriveByMs as EpochMs | null,
    declines: escalation.declines.map(({ by, atMs, reason }) => ({
      staffId: by,
      name: nameOf(by),
      atMs: atMs as EpochMs,
      reason,
    })),
    policyHash: escalation.policyHash,
    pages: pages.map((page) => pageView(page, names, reports, escalation)),
  };
}

/** Names of staff by id. */
export async function namesOf(db: Db, staffIds: readonly (string | null)[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(staffIds.filter((id) => id !== null))];
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('staff').select(['staff_id', 'name']).where('staff_id', 'in', ids).execute();
  return new Map(rows.map((r) => [r.staff_id, r.name]));
}

/** One view; null when there is no such alarm. */
export async function alarmView(db: Db, context: ViewContext, alarmId: AlarmId, wallMs: number): Promise<AlarmView | null> {
  return (await alarmViews(db, context, [alarmId], wallMs))[0] ?? null;
}
