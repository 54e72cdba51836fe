import { randomInt } from 'node:crypto';
import { PlatformError } from '@vigil/domain';
import { type StartedTest, TEST_CODE_MS, TEST_EVERY_MS, TEST_TRIES_MAX } from '../../ports/contacts.js';
import type { ContactMethodRow } from './contact-rows.js';
import type { SqlContext } from './context.js';
import { rowOrThrow } from './fields.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

type Context = Pick<SqlContext, 'sql' | 'fields'>;

/** Only this is stored: with the file alone, six digits are not found out by trying. */
export const codeHash = (context: Pick<SqlContext, 'fields'>, contactId: string, code: string): Promise<string> =>
  context.fields.blindIndex('contact-code', `${contactId}/${code}`);

/** A new code takes the place of the last one. @throws PlatformError('not-found'), 'too-many-attempts' */
export async function startTest(context: Context, row: ContactMethodRow, wallMs: number): Promise<StartedTest> {
  if (row.available === 0 || row.address === '') throw new PlatformError('conflict');
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const { contact_id: contactId } = row;
  const sent = Math.round(wallMs);
  const test = {
    ...{ contact_id: contactId, code_hash: await codeHash(context, contactId, code), tries: 0 },
    ...{ sent_wall_ms: sent, expires_wall_ms: sent + TEST_CODE_MS },
  };
  const [opened] = await context.fields.openRows(SEALED.contactMethod, [row]);
  const { address } = rowOrThrow(opened!);
  const staffName = await context.sql.transaction(async ({ db }) => {
    const last = await db.selectFrom('contact_test').selectAll().where('contact_id', '=', contactId).executeTakeFirst();
    if (last !== undefined && Math.abs(sent - last.sent_wall_ms) < TEST_EVERY_MS) throw new PlatformError('too-many-attempts');
    await db
      .insertInto('contact_test')
      .values(test)
      .onConflict((c) => c.column('contact_id').doUpdateSet(test))
      .execute();
    const staff = await db.selectFrom('staff').select('name').where('staff_id', '=', row.staff_id).executeTakeFirstOrThrow();
    return staff.name;
  });
  return { contactId, channel: row.channel, address, staffName, code, demo: row.demo === 1 };
}

/**
 * Counts the try, also one that is refused, which therefore is committed.
 * @returns the refusal; null where the code is right, and then it is used up
 */
export async function tryCode(
  { db }: Tx,
  contactId: string,
  hash: string,
  wallMs: number,
): Promise<'wrong-code' | 'ticket-expired' | null> {
  const test = await db.selectFrom('contact_test').selectAll().where('contact_id', '=', contactId).executeTakeFirst();
  if (test === undefined || test.tries >= TEST_TRIES_MAX || wallMs >= test.expires_wall_ms) return 'ticket-expired';
  if (test.code_hash !== hash) {
    const tries = test.tries + 1;
    await db.updateTable('contact_test').set({ tries }).where('contact_id', '=', contactId).execute();
    return 'wrong-code';
  }
  await db.updateTable('contact_test').set({ tries: TEST_TRIES_MAX }).where('contact_id', '=', contactId).execute();
  return null;
}
