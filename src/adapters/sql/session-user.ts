import { SessionUser } from '@vigil/contracts';
import type { Db } from './sql.js';

/**
 * Who a person is to the rest of the platform: roles as they are now, and the care units of the assignments that hold
 * now. Null for a person without an account and, unless asked for, for one whose account is disabled.
 */
export async function userOf(
  db: Db,
  staffId: string,
  wallMs: number,
  more: { readonly disabledToo?: boolean } = {},
): Promise<SessionUser | null> {
  const person = await db
    .selectFrom('staff as s')
    .innerJoin('account as a', 'a.staff_id', 's.staff_id')
    .select(['s.staff_id', 's.name', 's.roles_json', 'a.username', 'a.disabled'])
    .where('s.staff_id', '=', staffId)
    .executeTakeFirst();
  if (person === undefined || (person.disabled === 1 && more.disabledToo !== true)) return null;
  const units = await db
    .selectFrom('staff_assignment')
    .select('care_unit_id')
    .distinct()
    .where('staff_id', '=', staffId)
    .where('from_ms', '<=', wallMs)
    .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', wallMs)]))
    .orderBy('care_unit_id')
    .execute();
  return SessionUser.parse({
    staffId: person.staff_id,
    username: person.username,
    name: person.name,
    roles: JSON.parse(person.roles_json),
    careUnitIds: units.map((u) => u.care_unit_id),
  });
}
