import { AlarmTransition, SNAPSHOT_AFTER_MS } from '@vigil/contracts';
import { PRIORITY_RANK } from '@vigil/domain';
import type { FollowedAt } from '../../ports/alarm-snapshots.js';
import { labelsOf } from './alarm-labels.js';
import type { Db, Tx } from './sql.js';

/** Up to which transition alarms are counted. */
export const FOLLOWED = 'alarm-facts';
/** Wall time after the end of a snapshot at which it is looked at first: what is on its way to history by then is there. */
const SETTLE_MS = 3_000;

/** Notes the next transitions in the transaction; see `AlarmSnapshots.follow`. */
export async function followTransitions(tx: Tx, at: FollowedAt, limit: number): Promise<number> {
  const { db } = tx;
  const cursor = await db.selectFrom('meta').select('content').where('name', '=', FOLLOWED).executeTakeFirst();
  const rows = await db
    .selectFrom('alarm_transition')
    .select(['seq', 'content_json'])
    .where('seq', '>', Number(cursor?.content ?? 0))
    .orderBy('seq')
    .limit(limit)
    .execute();
  const last = rows.at(-1);
  if (last === undefined) return 0;
  for (const { content_json } of rows) await note(tx, AlarmTransition.parse(JSON.parse(content_json)), at);
  const content = String(last.seq);
  await db
    .insertInto('meta')
    .values({ name: FOLLOWED, content })
    .onConflict((c) => c.column('name').doUpdateSet({ content }))
    .execute();
  return rows.length;
}

async function note(tx: Tx, t: AlarmTransition, at: FollowedAt): Promise<void> {
  // An alarm that shows that alarms get through is nobody's, and in no report.
  if (t.origin === 'canary' || t.origin === 'test') return;
  if (t.rev === 1) {
    await addFacts(tx, t);
    await queueSnapshot(tx, t, at);
    return;
  }
  await followFacts(tx, t);
  if (t.cause === 'corrected') await followStay(tx, t, at.wallMs);
}

async function addFacts({ db }: Tx, t: AlarmTransition): Promise<void> {
  const units = await db.selectFrom('alarm_care_unit').select('care_unit_id').where('alarm_id', '=', t.alarmId).execute();
  if (units.length === 0) return;
  const begun = (await hasBegun(db, t.alarmId)) ? 1 : 0;
  const label = (await labelsOf(db, [t.alarmId])).get(t.alarmId)?.label ?? null;
  const row = {
    ...{ begun, label },
    ...{ onset_ms: t.onsetMs, alarm_id: t.alarmId, bed_id: t.bedId, encounter_id: t.encounterId },
    ...{ condition_code: t.conditionCode, priority_rank: PRIORITY_RANK[t.priority], technical: t.kind === 'technical' ? 1 : 0 },
    ...{
      origin: t.origin,
      flapping: t.flapping === true ? 1 : 0,
      shelved: t.cause === 'shelved' || t.shelvedUntilMs !== undefined ? 1 : 0,
    },
  };
  await db
    .insertInto('alarm_fact')
    .values(units.map((unit) => ({ ...row, care_unit_id: unit.care_unit_id })))
    .onConflict((c) => c.doNothing())
    .execute();
}

/** What an alarm has been once counts, however it ended. */
async function followFacts({ db }: Tx, t: AlarmTransition): Promise<void> {
  const rank = PRIORITY_RANK[t.priority];
  const facts = db.updateTable('alarm_fact').where('alarm_id', '=', t.alarmId);
  if (t.cause === 'raised') await facts.set({ priority_rank: rank }).where('priority_rank', '<', rank).execute();
  if (t.flapping === true) await facts.set({ flapping: 1 }).where('flapping', '=', 0).execute();
  if (t.shelvedUntilMs !== undefined) await facts.set({ shelved: 1 }).where('shelved', '=', 0).execute();
  if (MAY_BEGIN.has(t.cause) && (await hasBegun(db, t.alarmId))) await facts.set({ begun: 1 }).where('begun', '=', 0).execute();
  if (t.cause === 'corrected') await facts.set({ encounter_id: t.encounterId }).execute();
}

/** With what an escalation begins that had not begun before. */
const MAY_BEGIN: ReadonlySet<AlarmTransition['cause']> = new Set(['raised', 'carried', 'unshelved', 'reminded', 'confirmed']);

/** An escalation is stored with the transition that begins it. */
async function hasBegun(db: Db, alarmId: string): Promise<boolean> {
  const row = await db.selectFrom('escalation').select(['state', 'step']).where('alarm_id', '=', alarmId).executeTakeFirst();
  return row !== undefined && (row.state !== 'idle' || row.step >= 0);
}

async function queueSnapshot({ db }: Tx, t: AlarmTransition, { nowMs, wallMs, rate }: FollowedAt): Promise<void> {
  if (t.bedId === null) return;
  const leftMs = Math.max(0, (t.onsetMs + SNAPSHOT_AFTER_MS - nowMs) / rate + SETTLE_MS);
  await db
    .insertInto('alarm_snapshot')
    .values({
      ...{ alarm_id: t.alarmId, bed_id: t.bedId, encounter_id: t.encounterId, patient_id: null, origin: t.origin },
      ...{ device_id: t.trigger?.deviceId ?? null, onset_ms: t.onsetMs, queued_wall_ms: Math.round(wallMs) },
      ...{ next_wall_ms: Math.round(wallMs + leftMs), looks: 0, moved: 0, readings: 0, complete: 0 },
      ...{ taken_wall_ms: null, content: '' },
    })
    .onConflict((c) => c.doNothing())
    .execute();
}

/** The alarm is another stay's than was believed: its readings go under the keys of whose they are. */
async function followStay({ db }: Tx, t: AlarmTransition, wallMs: number): Promise<void> {
  await db
    .updateTable('alarm_snapshot')
    .set((eb) => ({
      encounter_id: t.encounterId,
      moved: eb.case().when('looks', '>', 0).then(1).else(0).end(),
      next_wall_ms: eb.case().when('looks', '>', 0).then(Math.round(wallMs)).else(eb.ref('next_wall_ms')).end(),
    }))
    .where('alarm_id', '=', t.alarmId)
    .execute();
}
