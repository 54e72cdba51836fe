import { AlarmTransition } from '@vigil/contracts';
import type { AlarmRow } from './schema.js';
import type { Db } from './sql.js';

/** As the content of an alarm about being told begins to name its condition; only those are parsed. */
const TROUBLE = '"onCall.';
const STATION = 'station:';
const STAFF = 'staff:';

/** Names of the screens and persons that alarms about being told at all have as their subjects, by `station:<id>` and `staff:<id>`. */
export async function subjectNamesOf(
  db: Db,
  rows: readonly Pick<AlarmRow, 'content_json'>[],
): Promise<ReadonlyMap<string, string>> {
  const subjects = rows
    .filter(({ content_json: content }) => content.includes(TROUBLE))
    .flatMap(({ content_json: content }) => AlarmTransition.parse(JSON.parse(content)).evidence.because ?? []);
  const idsOf = (prefix: string): string[] =>
    [...new Set(subjects)].flatMap((each) => (each.startsWith(prefix) ? [each.slice(prefix.length)] : []));
  const [stationIds, staffIds] = [idsOf(STATION), idsOf(STAFF)];
  const names = new Map<string, string>();
  if (stationIds.length > 0) {
    const found = await db.selectFrom('station').select(['station_id', 'label']).where('station_id', 'in', stationIds).execute();
    for (const { station_id, label } of found) names.set(`${STATION}${station_id}`, label);
  }
  if (staffIds.length > 0) {
    const found = await db.selectFrom('staff').select(['staff_id', 'name']).where('staff_id', 'in', staffIds).execute();
    for (const { staff_id, name } of found) names.set(`${STAFF}${staff_id}`, name);
  }
  return names;
}
