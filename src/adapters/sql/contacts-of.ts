import type { Priority, StaffId } from '@vigil/contracts';
import { CANARY_STAFF } from '@vigil/domain';
import type { ContactMethod } from '../../ports/escalations.js';
import { closedAccounts, type ContactMethodRow, defaultPositions, isUsable, POSITION } from './contact-rows.js';
import type { SqlContext } from './context.js';
import { SEALED } from './sealed-columns.js';

/** The way that measures. It leaves the house only where an address for it is set. */
const CANARY_CONTACT: ContactMethod = { contactId: 'canary', channel: 'canary', address: 'canary', demo: true };

/** Whose order is taken where there is none for the priority of an alarm. */
const PRIORITIES: readonly Priority[] = ['high', 'medium', 'low'];

/**
 * Ways to reach a person with an alarm of this priority, in that person's order. Whoever has put none in place for it that works is told
 * by the ways of the other priorities, and else by all that work: an order is about how, and never about whether.
 */
export async function contactsOf(
  context: Pick<SqlContext, 'sql' | 'fields'>,
  staffId: StaffId,
  priority: Priority = 'high',
): Promise<readonly ContactMethod[]> {
  if ((staffId as string) === CANARY_STAFF) return [CANARY_CONTACT];
  const usable = await usableOf(context, staffId);
  const chosen = [priority, ...PRIORITIES].map((each) => inOrder(usable, each)).find((ways) => ways.length > 0);
  return opened(context, chosen ?? inDefaultOrder(usable));
}

/** All ways that work, whatever the order says: for what goes where a message went before. */
export async function allWaysOf(
  context: Pick<SqlContext, 'sql' | 'fields'>,
  staffId: StaffId,
): Promise<readonly ContactMethod[]> {
  return opened(context, inDefaultOrder(await usableOf(context, staffId)));
}

async function usableOf({ sql }: Pick<SqlContext, 'sql'>, staffId: StaffId): Promise<readonly ContactMethodRow[]> {
  const rows = await sql.query((db) =>
    db
      .selectFrom('contact_method')
      .selectAll()
      .where('staff_id', '=', staffId)
      .where('staff_id', 'not in', closedAccounts(db))
      .execute(),
  );
  return rows.filter(isUsable);
}

function inDefaultOrder(rows: readonly ContactMethodRow[]): readonly ContactMethodRow[] {
  return inOrder(
    rows.map((row) => ({ ...row, ...defaultPositions(row.channel) })),
    'high',
  );
}

async function opened(
  context: Pick<SqlContext, 'fields'>,
  chosen: readonly ContactMethodRow[],
): Promise<readonly ContactMethod[]> {
  // An address that can't be read is left out: another channel, or the next person, is told instead.
  const rows = await context.fields.openRows(SEALED.contactMethod, chosen);
  return rows.flatMap(({ row }) =>
    row === null ? [] : [{ contactId: row.contact_id, channel: row.channel, address: row.address, demo: row.demo === 1 }],
  );
}

/** The lowest position first; of two with the same, the older, then by id, so that the order never depends on the store. */
export function inOrder(rows: readonly ContactMethodRow[], priority: Priority): readonly ContactMethodRow[] {
  const position = POSITION[priority];
  return rows
    .filter((row) => row[position] !== null)
    .sort((a, b) => a[position]! - b[position]! || a.added_wall_ms - b.added_wall_ms || (a.contact_id < b.contact_id ? -1 : 1));
}
