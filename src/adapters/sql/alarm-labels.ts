import type { AlarmLabel, AlarmLabelView, StaffId } from '@vigil/contracts';
import type { Db } from './sql.js';

/** What was said last of each of these alarms; those of which nothing stands are left out. */
export async function labelsOf(db: Db, alarmIds: readonly string[]): Promise<ReadonlyMap<string, AlarmLabelView>> {
  const rows = await db
    .selectFrom('alarm_label as l')
    .leftJoin('staff as s', 's.staff_id', 'l.staff_id')
    .select(['l.alarm_id', 'l.label', 'l.staff_id', 'l.at_ms', 's.name'])
    .where('l.alarm_id', 'in', [...alarmIds])
    .orderBy('l.alarm_id')
    .orderBy('l.rev')
    .execute();
  const labels = new Map<string, AlarmLabelView>();
  for (const { alarm_id, label, staff_id, at_ms, name } of rows) {
    if (label === null) labels.delete(alarm_id);
    else {
      const by = staff_id as StaffId;
      labels.set(alarm_id, { label: label as AlarmLabel, by, byName: name ?? staff_id, atMs: at_ms as AlarmLabelView['atMs'] });
    }
  }
  return labels;
}
