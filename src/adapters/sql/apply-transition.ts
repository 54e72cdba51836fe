import type { AlarmTransition, Priority } from '@vigil/contracts';
import {
  followAlarm,
  invariant,
  type PagingPolicy,
  PRIORITY_RANK,
  resolveEscalation,
  shelveEscalation,
  startEscalation,
  CANARY_POLICY,
  isCanary,
} from '@vigil/domain';
import type { SqlContext } from './context.js';
import { nextNumber } from './counters.js';
import { takeSnapshotAnew } from './live-events.js';
import { escalationChanged } from './escalation-changed.js';
import { insertEscalation, loadEscalation, replaceEscalation } from './escalation-row.js';
import { callOffPages } from './page-call-off.js';
import { unitsOf } from './pinned-route.js';
import { policyInForce } from './policy-in-force.js';
import type { AlarmChange } from '../../ports/alarm-state.js';
import type { Tx } from './sql.js';

/**
 * What a gateway raised by itself waits so long (wall time) for the word that it still holds. Without that word it pages all
 * the same: an alarm that may be over is better told than one that holds kept back.
 */
export const ADOPTED_HOLD_MS = 60_000;
/**
 * What a gateway raised less than this ago (wall time) does not wait: the line is only partly away then, so nobody will say
 * soon that the outage is over, and what has just begun is worth a page even when it ends in the next seconds.
 */
export const ADOPTED_FRESH_MS = 10_000;

type ApplyContext = Pick<SqlContext, 'policy' | 'notices' | 'clock' | 'origin' | 'keepAudit'>;

/** When a transition is stored: wall time, event time, and event time per wall time. */
export interface StoredAt {
  readonly wallMs: number;
  readonly nowMs: number;
  readonly rate: number;
}

/**
 * Stores one transition with what follows from it; false when it is stored already.
 * @throws InvariantError when (alarmId, rev) is stored with other content: `step` is then not deterministic (D5)
 */
export async function applyTransition(
  tx: Tx,
  context: ApplyContext,
  transition: AlarmTransition,
  { wallMs, nowMs, rate, holdPagesMs }: StoredAt & { readonly holdPagesMs: number },
): Promise<boolean> {
  const { alarmId, rev } = transition;
  const content = JSON.stringify(transition);
  const known = await tx.db
    .selectFrom('alarm_transition')
    .select('content_json')
    .where('alarm_id', '=', alarmId)
    .where('rev', '=', rev)
    .executeTakeFirst();
  if (known !== undefined) {
    invariant(
      isSame(known.content_json, transition, content),
      `alarm ${alarmId} rev ${rev} to be derived with the same content again`,
    );
    return false;
  }
  const seq = await nextNumber(tx, 'alarm-transition');
  await tx.db.insertInto('alarm_transition').values({ alarm_id: alarmId, rev, seq, content_json: content }).execute();
  const written = await writeAlarm(tx, context.notices, transition, content);
  const isOld = nowMs - transition.atMs > ADOPTED_FRESH_MS * rate;
  const holdMs = transition.adopted === 'held' && isOld ? Math.max(holdPagesMs, ADOPTED_HOLD_MS) : holdPagesMs;
  await followEscalation(tx, context, transition, { wallMs, startMs: wallMs + holdMs }, written);
  return true;
}

/** A version that did not keep the trigger may have stored it, and this one replays across the upgrade. */
function isSame(stored: string, { trigger, ...rest }: AlarmTransition, content: string): boolean {
  return stored === content || (trigger !== undefined && stored === JSON.stringify(rest));
}

/** What its escalation has to know of how the alarm was before. */
interface WrittenAlarm {
  readonly wasActive: boolean;
  /** It is at another bed now. */
  readonly isElsewhere: boolean;
}

async function writeAlarm(tx: Tx, notices: SqlContext['notices'], t: AlarmTransition, content: string): Promise<WrittenAlarm> {
  const changing = {
    rev: t.rev,
    priority_rank: PRIORITY_RANK[t.priority],
    active: t.active ? 1 : 0,
    presence: t.presence,
    changed_ms: t.atMs,
    content_json: content,
  };
  const old = await tx.db
    .selectFrom('alarm')
    .select(['rev', 'active', 'bed_id', 'ended_ms', 'acknowledged_by', 'acknowledge_command_id'])
    .where('alarm_id', '=', t.alarmId)
    .executeTakeFirst();
  if (old === undefined) {
    await insertAlarm(tx, t, changing);
    return { wasActive: false, isElsewhere: false };
  }
  const wasActive = old.active === 1;
  if (t.rev <= old.rev) return { wasActive, isElsewhere: false };
  const echoed = t.cause === 'acknowledged';
  const isElsewhere = t.cause === 'carried' && old.bed_id !== t.bedId;
  if (t.cause === 'carried') await moveAlarm(tx, notices, t);
  // A command that waits was given for what sounded before: the engine leaves it out.
  const isAnswered = echoed || ['raised', 'reminded', 'shelved', 'unshelved'].includes(t.cause);
  await tx.db
    .updateTable('alarm')
    .set({
      ...changing,
      ended_ms: t.active ? null : (old.ended_ms ?? t.atMs),
      acknowledged_by: echoed ? t.by : old.acknowledged_by,
      acknowledge_command_id: isAnswered ? null : old.acknowledge_command_id,
    })
    .where('alarm_id', '=', t.alarmId)
    .execute();
  return { wasActive, isElsewhere };
}

async function insertAlarm(
  tx: Tx,
  t: AlarmTransition,
  changing: { rev: number; priority_rank: number; active: number; presence: string; changed_ms: number; content_json: string },
): Promise<void> {
  const units = await careUnitsOf(tx, t);
  await tx.db
    .insertInto('alarm')
    .values({
      ...changing,
      alarm_id: t.alarmId,
      care_unit_id: units[0] ?? null,
      bed_id: t.bedId,
      gateway_id: t.gatewayId,
      is_open: 1,
      onset_ms: t.onsetMs,
      ended_ms: t.active ? null : t.atMs,
      acknowledged_by: t.cause === 'acknowledged' ? t.by : null,
      acknowledge_command_id: null,
    })
    .execute();
  for (const unit of units) {
    await tx.db.insertInto('alarm_care_unit').values({ alarm_id: t.alarmId, care_unit_id: unit }).execute();
  }
}

/** The patient took it along: from here on it is seen where the patient is. */
async function moveAlarm(tx: Tx, notices: SqlContext['notices'], t: AlarmTransition): Promise<void> {
  const units = await careUnitsOf(tx, t);
  const before = await tx.db.selectFrom('alarm_care_unit').select('care_unit_id').where('alarm_id', '=', t.alarmId).execute();
  await tx.db
    .updateTable('alarm')
    .set({ bed_id: t.bedId, care_unit_id: units[0] ?? null })
    .where('alarm_id', '=', t.alarmId)
    .execute();
  await tx.db.deleteFrom('alarm_care_unit').where('alarm_id', '=', t.alarmId).execute();
  for (const unit of units) {
    await tx.db.insertInto('alarm_care_unit').values({ alarm_id: t.alarmId, care_unit_id: unit }).execute();
  }
  const left: AlarmChange[] = [];
  for (const { care_unit_id: unit } of before) if (!units.includes(unit)) left.push(await takeSnapshotAnew(tx, unit, t.alarmId));
  // No other change may come there for hours, and its screens would go on showing it at the old bed.
  if (left.length > 0) tx.afterCommit(() => notices.alarms.publish(left));
}

/**
 * The care units that see the alarm: that of its bed, those of the gateway's beds, or the one that it is of. An alarm of a place that
 * the directory does not know is shown to all: in the wrong unit somebody sees it, in none nobody does.
 */
async function careUnitsOf(
  tx: Tx,
  { bedId, gatewayId, careUnitId, conditionCode, origin }: AlarmTransition,
): Promise<readonly string[]> {
  // On no screen.
  if (isCanary({ conditionCode, origin, gatewayId })) return [];
  if (careUnitId !== undefined) {
    const unit = await tx.db
      .selectFrom('care_unit')
      .select('care_unit_id')
      .where('care_unit_id', '=', careUnitId)
      .executeTakeFirst();
    if (unit !== undefined) return [unit.care_unit_id];
  }
  if (bedId !== null) {
    const bed = await tx.db.selectFrom('bed').select('care_unit_id').where('bed_id', '=', bedId).executeTakeFirst();
    if (bed !== undefined) return [bed.care_unit_id];
  } else if (gatewayId !== null) {
    const units = await tx.db
      .selectFrom('device as d')
      .innerJoin('device_assignment as a', 'a.device_id', 'd.device_id')
      .innerJoin('bed as b', 'b.bed_id', 'a.bed_id')
      .select('b.care_unit_id')
      .distinct()
      .where('d.gateway_id', '=', gatewayId)
      .where('a.to_ms', 'is', null)
      .where('a.voided_wall_ms', 'is', null)
      .orderBy('b.care_unit_id')
      .execute();
    if (units.length > 0) return units.map((u) => u.care_unit_id);
  }
  const all = await tx.db.selectFrom('care_unit').select('care_unit_id').orderBy('care_unit_id').execute();
  return all.map((u) => u.care_unit_id);
}

/** An onset starts the escalation; what the alarm does afterwards is followed as `followAlarm` decides (D10). */
async function followEscalation(
  tx: Tx,
  context: ApplyContext,
  t: AlarmTransition,
  { wallMs, startMs }: { readonly wallMs: number; readonly startMs: number },
  { wasActive, isElsewhere }: WrittenAlarm,
): Promise<void> {
  let old = await loadEscalation(tx.db, t.alarmId, context.clock);
  if (old === null) {
    const started = startEscalation(t, await policyOf(tx, context, t), startMs);
    const asItIs = t.shelvedUntilMs === undefined ? started : shelveEscalation(started);
    await insertEscalation(tx, context.clock, t.active ? asItIs : resolveEscalation(started));
    return;
  }
  const wasUrgent = t.cause === 'raised' && (await wasAsUrgent(tx, t));
  const news = { ...t, wasAsUrgent: wasUrgent, wasActive, isElsewhere, isShelved: t.shelvedUntilMs !== undefined };
  const policy = await policyOf(tx, context, t);
  for (let tries = 1; ; tries++) {
    const next = followAlarm(old, news, policy, startMs);
    if (next === old) return;
    // What was not sent yet names the bed of before, or an alarm that is over.
    const callsOff = next.state !== 'running' || t.cause === 'carried';
    if (await replaceEscalation(tx, context.clock, next, old.rev)) {
      if (callsOff) await callOffPages(tx, t.alarmId);
      return escalationChanged(tx, context, t, old, next, wallMs);
    }
    // Somebody has accepted, or been told, in this very moment: what follows is decided by that.
    old = await loadEscalation(tx.db, t.alarmId, context.clock);
    invariant(old !== null && tries < FOLLOW_TRIES_MAX, 'an escalation to stand still between two reads');
  }
}

/** The policy that is in force for who sees the alarm now. */
async function policyOf(tx: Tx, context: Pick<SqlContext, 'policy'>, t: AlarmTransition): Promise<PagingPolicy> {
  if (isCanary(t)) return CANARY_POLICY;
  return policyInForce(tx.db, context, (await unitsOf(tx.db, [t.alarmId])).get(t.alarmId)!);
}

/** Each try is lost only to a person or the escalator, in the time between a read and a write. */
const FOLLOW_TRIES_MAX = 10;

/**
 * True where the alarm has had this priority before, since it was last taken out of a shelf or came to its bed: who is told anew knows
 * nothing of how urgent it was until then. Runs for a rise only; the text of a priority or a cause stands nowhere else in it.
 */
async function wasAsUrgent(tx: Tx, { alarmId, rev, priority }: AlarmTransition): Promise<boolean> {
  const priorities = (Object.keys(PRIORITY_RANK) as Priority[]).filter((each) => PRIORITY_RANK[each] >= PRIORITY_RANK[priority]);
  const anew = await tx.db
    .selectFrom('alarm_transition')
    .select((eb) => eb.fn.max('rev').as('rev'))
    .where('alarm_id', '=', alarmId)
    .where('rev', '<', rev)
    .where((eb) => eb.or(['unshelved', 'carried'].map((each) => eb('content_json', 'like', `%"cause":"${each}"%`))))
    .executeTakeFirst();
  const earlier = await tx.db
    .selectFrom('alarm_transition')
    .select('rev')
    .where('alarm_id', '=', alarmId)
    .where('rev', '<', rev)
    .where('rev', '>=', Number(anew?.rev ?? 0))
    .where((eb) => eb.or(priorities.map((each) => eb('content_json', 'like', `%"priority":"${each}"%`))))
    .limit(1)
    .executeTakeFirst();
  return earlier !== undefined;
}
