import type { Db } from './sql.js';

/** Where these devices are assigned still, with the bed; what was voided never held. */
export function openDeviceSpans(db: Db, deviceIds: readonly string[]) {
  return db
    .selectFrom('device_assignment as a')
    .innerJoin('bed as b', 'b.bed_id', 'a.bed_id')
    .select(['a.assignment_id', 'a.device_id', 'a.from_ms', 'b.bed_id', 'b.label', 'b.care_unit_id'])
    .where('a.device_id', 'in', [...deviceIds])
    .where('a.to_ms', 'is', null)
    .where('a.voided_wall_ms', 'is', null)
    .orderBy('a.from_ms')
    .execute();
}
