import type { ContactMethodRow } from './contact-rows.js';
import { StaffChannel } from '@vigil/contracts';
import type { SqlContext } from './context.js';
import type { SealedSite } from './seed-sealed.js';
import type { Tx } from './sql.js';

const NOTHING_KNOWN = { verified_wall_ms: null, outcome: null, outcome_wall_ms: null } as const;

/**
 * Brings the ways to reach people up to the site's file and to the settings of this start. Those that people have added stay, as do
 * their order and what is known of whether a way works; an address that the file now says differently is known of nothing.
 */
export async function seedContacts(
  tx: Tx,
  context: Pick<SqlContext, 'channels' | 'demoChannels'>,
  { contacts, moved }: Pick<SealedSite, 'contacts' | 'moved'>,
): Promise<void> {
  await seedRows(tx, contacts, moved);
  const { channels = StaffChannel.options, demoChannels } = context;
  for (const channel of StaffChannel.options) {
    const now = { available: channels.includes(channel) ? 1 : 0, demo: demoChannels.includes(channel) ? 1 : 0 };
    await tx.db.updateTable('contact_method').set(now).where('channel', '=', channel).execute();
  }
}

async function seedRows(tx: Tx, rows: readonly ContactMethodRow[], moved: ReadonlySet<string>): Promise<void> {
  const ids = rows.map((row) => row.contact_id);
  const before = await tx.db.selectFrom('contact_method').selectAll().where('source', '=', 'site').execute();
  for (const row of before) {
    if (ids.includes(row.contact_id)) continue;
    await tx.db.deleteFrom('contact_method').where('contact_id', '=', row.contact_id).execute();
  }
  for (const row of rows) {
    const known = before.some(({ contact_id }) => contact_id === row.contact_id);
    if (!known) await tx.db.insertInto('contact_method').values(row).execute();
    else {
      const set = { address: row.address, ...(moved.has(row.contact_id) ? NOTHING_KNOWN : {}) };
      await tx.db.updateTable('contact_method').set(set).where('contact_id', '=', row.contact_id).execute();
    }
  }
}
