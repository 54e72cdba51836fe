import type { AlarmChange } from '../../ports/alarm-state.js';
import type { SqlContext } from './context.js';
import { alarmChanged, takeSnapshotAnew } from './live-events.js';
import type { Tx } from './sql.js';

/**
 * The bed is in another care unit from now on: alarms of it that are open are seen there, and no longer where it was. Who has been
 * told stays told.
 */
export async function moveAlarmsOfBed(
  tx: Tx,
  notices: SqlContext['notices'],
  { bedId, careUnitId }: { readonly bedId: string; readonly careUnitId: string },
): Promise<void> {
  const open = await tx.db.selectFrom('alarm').select('alarm_id').where('bed_id', '=', bedId).where('is_open', '=', 1).execute();
  const changes: AlarmChange[] = [];
  for (const { alarm_id: alarmId } of open) {
    const before = await tx.db.selectFrom('alarm_care_unit').select('care_unit_id').where('alarm_id', '=', alarmId).execute();
    await tx.db.updateTable('alarm').set({ care_unit_id: careUnitId }).where('alarm_id', '=', alarmId).execute();
    await tx.db.deleteFrom('alarm_care_unit').where('alarm_id', '=', alarmId).execute();
    await tx.db.insertInto('alarm_care_unit').values({ alarm_id: alarmId, care_unit_id: careUnitId }).execute();
    for (const { care_unit_id: unit } of before) {
      if (unit !== careUnitId) changes.push(await takeSnapshotAnew(tx, unit, alarmId));
    }
    changes.push(...(await alarmChanged(tx, alarmId)));
  }
  if (changes.length > 0) tx.afterCommit(() => notices.alarms.publish(changes));
}
