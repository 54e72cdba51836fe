import type { CareUnitId } from '@vigil/contracts';
import { sql } from 'kysely';
import type { AlarmChange } from '../../ports/alarm-state.js';
import type { Tx } from './sql.js';

/** Live events that are kept per care unit; whoever asks for older ones gets a snapshot. */
export const LIVE_EVENTS_MAX = 10_000;

/**
 * Says in each care unit of the alarm that it changed, under the next cursor, and keeps `is_open` true to the rows.
 * The caller has already written the change itself.
 */
export async function alarmChanged(tx: Tx, alarmId: string): Promise<readonly AlarmChange[]> {
  await tx.db
    .updateTable('alarm')
    .set((eb) => ({
      is_open: sql<number>`case when ${eb.ref('active')} = 1 or ${eb.ref('presence')} <> 'off' or exists (
        select 1 from escalation where escalation.alarm_id = alarm.alarm_id and escalation.state in ('pending', 'running')
      ) then 1 else 0 end`,
    }))
    .where('alarm_id', '=', alarmId)
    .execute();
  const units = await tx.db.selectFrom('alarm_care_unit').select('care_unit_id').where('alarm_id', '=', alarmId).execute();
  const changes: AlarmChange[] = [];
  for (const { care_unit_id: unit } of units) {
    const cursor = await nextCursor(tx, unit);
    await tx.db.insertInto('live_event').values({ care_unit_id: unit, cursor, alarm_id: alarmId }).execute();
    await tx.db
      .deleteFrom('live_event')
      .where('care_unit_id', '=', unit)
      .where('cursor', '<=', cursor - LIVE_EVENTS_MAX)
      .execute();
    changes.push({ alarmId, careUnitId: unit as CareUnitId, cursor });
  }
  return changes;
}

/** An alarm is not this care unit's any more, which no event can say: whoever watches it is told to take a snapshot. */
export async function takeSnapshotAnew(tx: Tx, careUnitId: string, alarmId: string): Promise<AlarmChange> {
  const cursor = await nextCursor(tx, careUnitId);
  await tx.db.deleteFrom('live_event').where('care_unit_id', '=', careUnitId).where('cursor', '<=', cursor).execute();
  return { alarmId, careUnitId: careUnitId as CareUnitId, cursor };
}

async function nextCursor(tx: Tx, careUnitId: string): Promise<number> {
  const { last_cursor: cursor } = await tx.db
    .updateTable('care_unit')
    .set((eb) => ({ last_cursor: eb('last_cursor', '+', 1) }))
    .where('care_unit_id', '=', careUnitId)
    .returning('last_cursor')
    .executeTakeFirstOrThrow();
  return cursor;
}
