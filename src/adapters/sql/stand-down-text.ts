import type { StaffId } from '@vigil/contracts';
import { standDownText } from '@vigil/domain';
import { namesOf } from './alarm-views.js';
import { allWaysOf } from './contacts-of.js';
import type { SqlContext } from './context.js';
import type { PageRow } from './schema.js';
import { goingTo } from './stand-downs.js';
import type { Db } from './sql.js';

type Written = Pick<PageRow, 'address' | 'subject' | 'body'>;

/**
 * The text and address of a stand-down, made as it leaves. Null where it would not be true any more, because people are asked to come
 * again, or where that way to the person is gone.
 */
export async function writeStandDown(context: Pick<SqlContext, 'sql' | 'fields'>, row: PageRow): Promise<Written | null> {
  const facts = await context.sql.query((db) => factsOf(db, row.alarm_id));
  if (facts === null) return null;
  const contacts = await allWaysOf(context, row.staff_id as StaffId);
  const contact = contacts.find((each) => each.channel === row.channel && (row.contact_id ?? each.contactId) === each.contactId);
  if (contact === undefined || (row.test === 1 && !contact.demo)) return null;
  const text = standDownText({ ...facts, test: row.test === 1 });
  return { address: contact.address, subject: text, body: `${text}.` };
}

async function factsOf(db: Db, alarmId: string): Promise<Facts | null> {
  const alarm = await db
    .selectFrom('alarm as a')
    .innerJoin('escalation as e', 'e.alarm_id', 'a.alarm_id')
    .leftJoin('bed as b', 'b.bed_id', 'a.bed_id')
    .leftJoin('care_unit as u', 'u.care_unit_id', 'a.care_unit_id')
    .select(['a.active', 'a.bed_id', 'a.gateway_id', 'e.state', 'e.ended_why', 'b.label as bed', 'u.label as unit'])
    .where('a.alarm_id', '=', alarmId)
    .executeTakeFirst();
  if (alarm === undefined) return null;
  const isAccepted = alarm.active === 1 && alarm.state === 'accepted';
  const isShelved = alarm.active === 1 && alarm.state === 'ended' && alarm.ended_why === 'shelved';
  if (alarm.active === 1 && !isAccepted && !isShelved) return null;
  const ids = isAccepted ? await goingTo(db, alarmId) : [];
  const names = await namesOf(db, ids);
  return { place: placeOf(alarm), going: ids.map((id) => names.get(id) ?? 'somebody'), isShelved };
}

interface Facts {
  readonly place: string;
  readonly going: readonly string[];
  readonly isShelved: boolean;
}

interface Place {
  readonly bed_id: string | null;
  readonly gateway_id: string | null;
  readonly bed: string | null;
  readonly unit: string | null;
}

function placeOf({ bed_id: bedId, gateway_id: gatewayId, bed, unit }: Place): string {
  if (bedId !== null) return `${unit === null ? '' : `${unit}, `}bed ${bed ?? bedId}`;
  return gatewayId === null ? `all of ${unit ?? 'the site'}` : `gateway ${gatewayId}`;
}
