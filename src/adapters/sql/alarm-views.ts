import {
  type AlarmId,
  AlarmTransition,
  type AlarmView,
  type CareUnitId,
  type EscalationState,
  type EscalationView,
  type PageView,
  type StaffId,
} from '@vigil/contracts';
import { type EscalationPolicy, nextPages } from '@vigil/domain';
import type { SqlContext } from './context.js';
import { escalationOf } from './escalation-row.js';
import { isReachable, type NamedOnDuty, onDutyFor } from './on-duty.js';
import type { AlarmRow, EscalationRow, PageRow } from './schema.js';
import type { Db } from './sql.js';

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
  const running = new Set(escalations.filter((e) => e.state === 'running').map((e) => e.alarm_id));
  const places = rows.filter((r) => running.has(r.alarm_id)).map((r) => ({ alarmId: r.alarm_id, bedId: r.bed_id }));
  const onDuty = await onDutyFor(db, places, wallMs);
  const names = await namesOf(db, [
    ...pages.map((p) => p.staff_id),
    ...escalations.map((e) => e.accepted_by),
    ...rows.map((r) => r.acknowledged_by),
  ]);
  return rows.flatMap((row) => {
    const escalation = escalations.find((e) => e.alarm_id === row.alarm_id);
    if (escalation === undefined || row.care_unit_id === null) return [];
    const parts = {
      names,
      pages: pages.filter((p) => p.alarm_id === row.alarm_id),
      onDuty: onDuty.get(row.alarm_id) ?? [],
    };
    return [viewOf(context, row, escalation, parts)];
  });
}

/** Of an alarm that is of no bed: its gateway, or the care unit that it is of. */
function placeLabel({ gateway_id: gatewayId, unit_label: label, care_unit_id: careUnitId }: AlarmPlaceRow): string {
  return gatewayId === null ? `all of ${label ?? careUnitId ?? 'the site'}` : `gateway ${gatewayId}`;
}
type AlarmPlaceRow = Pick<AlarmRow, 'gateway_id' | 'care_unit_id'> & { readonly unit_label: string | null };

interface ViewParts {
  readonly names: ReadonlyMap<string, string>;
  readonly pages: readonly PageRow[];
  readonly onDuty: readonly NamedOnDuty[];
}

function viewOf(
  context: ViewContext,
  row: AlarmRow & { readonly bed_label: string | null; readonly unit_label: string | null },
  escalation: EscalationRow,
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
    escalation: escalationView(context.policy, transition, escalation, parts),
  };
  return { ...view, text: context.alarmText(view) };
}

function escalationView(
  policy: EscalationPolicy,
  alarm: Pick<AlarmTransition, 'origin'>,
  row: EscalationRow,
  { names, pages, onDuty }: ViewParts,
): EscalationView {
  const next = nextTold(
    policy,
    row,
    onDuty.filter((p) => isReachable(p, alarm.origin)),
    names,
  );
  // Who accepted something less urgent is not the one who is going to this.
  const acceptedBy = row.state === 'accepted' ? row.accepted_by : null;
  return {
    state: row.state as EscalationState,
    rev: row.rev,
    step: row.step,
    nextAtMs: (next.length > 0 ? row.next_wall_ms : null) as EscalationView['nextAtMs'],
    nextName: next.length > 0 ? next.join(', ') : null,
    acceptedBy: acceptedBy as StaffId | null,
    acceptedByName: acceptedBy === null ? null : (names.get(acceptedBy) ?? null),
    acceptedAtMs: (acceptedBy === null ? null : row.accepted_wall_ms) as EscalationView['acceptedAtMs'],
    accepts: acceptedBy === null || row.accepted_wall_ms === null ? [] : [acceptOf(acceptedBy, row.accepted_wall_ms, names)],
    acceptsNeeded: 1,
    arriveByMs: null,
    declines: [],
    policyHash: null,
    pages: pages.map((page) => pageView(page, names)),
  };
}

function acceptOf(staffId: string, atMs: number, names: ViewParts['names']): EscalationView['accepts'][number] {
  const at = atMs as EscalationView['accepts'][number]['atMs'];
  return { staffId: staffId as StaffId, name: names.get(staffId) ?? 'somebody', atMs: at, arrivedAtMs: null };
}

/** Names of those whom the next step with anybody on duty will tell; none when the policy has no such step left. */
function nextTold(
  policy: EscalationPolicy,
  row: EscalationRow,
  people: readonly NamedOnDuty[],
  names: ViewParts['names'],
): readonly string[] {
  const { pages } = nextPages(escalationOf(row), policy, people, row.next_wall_ms ?? 0);
  return pages.map(({ staffId }) => people.find((p) => p.staffId === staffId)?.name ?? names.get(staffId) ?? 'somebody');
}

function pageView(row: PageRow, names: ReadonlyMap<string, string>): PageView {
  return {
    pageId: row.page_id,
    staffId: row.staff_id as StaffId,
    staffName: names.get(row.staff_id) ?? row.staff_id,
    channel: row.channel,
    step: row.step,
    reason: row.reason,
    state: row.state as PageView['state'],
    queuedAtMs: row.queued_wall_ms as PageView['queuedAtMs'],
    sentAtMs: row.sent_wall_ms as PageView['sentAtMs'],
    kind: 'alarm',
    receipts: [],
    joined: null,
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
