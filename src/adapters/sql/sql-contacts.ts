import { randomUUID } from 'node:crypto';
import {
  type AlarmId,
  type CareUnitId,
  type ContactList,
  type ContactOrder,
  CONTACTS_MAX,
  type ContactView,
  type Origin,
  type ReachabilityView,
  type StaffId,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { auditEntry } from '../../ports/audit-trail.js';
import type { Change } from '../../ports/change.js';
import {
  type AddContact,
  type CalledPage,
  type ContactOutcome,
  Contacts,
  type ContactTarget,
  type StartedTest,
} from '../../ports/contacts.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { appendAudit } from './audit-row.js';
import { doneBy } from './authored.js';
import { type ContactMethodRow, defaultPositions, POSITION, reachable } from './contact-rows.js';
import { codeHash, startTest, tryCode } from './contact-tests.js';
import { contactView, listOf, publicId, stateOf, storedId } from './contact-view.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { dutiesIn } from './duties.js';
import { SEALED } from './sealed-columns.js';
import type { Db, Tx } from './sql.js';

const DAY_MS = 24 * 3_600_000;

interface Command {
  readonly action: string;
  readonly staffId: StaffId;
  readonly content: unknown;
}

/** Ways to reach people, in SQL. */
export class SqlContacts extends Contacts {
  constructor(private readonly context: SqlContext) {
    super();
  }

  async list(staffId: StaffId, wallMs: number): Promise<ContactList> {
    const rows = await this.context.sql.query((db) => rowsOf(db, staffId));
    return listOf(rows, await this.opened(rows), wallMs);
  }

  async add({ staffId, channel, address, label, source }: AddContact, change: Change): Promise<Outcome<ContactView>> {
    const same = source === 'browser' ? await this.ofBrowser(address) : [];
    const contactId = same.find((row) => row.staff_id === staffId)?.contact_id ?? randomUUID();
    const demo = this.context.demoChannels.includes(channel) ? 1 : 0;
    const wallMs = Math.round(change.wallMs);
    const [row] = await this.context.fields.sealRows(SEALED.contactMethod, [
      {
        ...{ contact_id: contactId, staff_id: staffId, channel, address, label: label ?? '', source, demo, rev: 1 },
        available: (this.context.channels ?? [channel]).includes(channel) ? 1 : 0,
        ...{ added_by: change.by, added_wall_ms: wallMs, ...defaultPositions(channel), outcome: null, outcome_wall_ms: null },
        verified_wall_ms: source === 'browser' ? wallMs : null,
      },
    ]);
    const command = { action: 'contact.add', staffId, content: await this.secretly([channel, address, label]) };
    const repeated = await this.once(command, change, async (tx) => {
      for (const other of same) if (other.staff_id !== staffId) await passOn(tx, other, change);
      const known = await rowsOf(tx.db, staffId);
      const before = known.find((each) => each.contact_id === contactId);
      const others = known.filter((each) => each.source !== 'site' && each !== before);
      if (others.length >= CONTACTS_MAX) throw new PlatformError('conflict');
      if (before !== undefined) await tx.db.deleteFrom('contact_method').where('contact_id', '=', contactId).execute();
      await tx.db
        .insertInto('contact_method')
        .values({ ...row!, ...keptOf(before, label) })
        .execute();
    });
    if (repeated) return { value: await this.newestOf(staffId, channel, change.wallMs), repeated };
    return { value: await this.view({ staffId, contactId }, change.wallMs), repeated };
  }

  async relabel(target: ContactTarget, label: string | null, change: Change, ifRev: number): Promise<Outcome<ContactView>> {
    const row = await this.find(target);
    const [sealed] = await this.context.fields.sealRows(SEALED.contactMethod, [{ ...row, address: '', label: label ?? '' }]);
    const content = await this.secretly([row.contact_id, label]);
    const command = { action: 'contact.change', staffId: target.staffId, content };
    const repeated = await this.once(command, change, (tx) => this.write(tx, row.contact_id, ifRev, { label: sealed!.label }));
    return { value: await this.view(target, change.wallMs), repeated };
  }

  async remove(target: ContactTarget, change: Change, ifRev: number): Promise<{ readonly repeated: boolean }> {
    const contactId = storedId(target.staffId, target.contactId);
    const command = { action: 'contact.remove', staffId: target.staffId, content: { id: contactId } };
    const repeated = await this.once(command, change, async (tx) => {
      const row = await rowOf(tx.db, target);
      if (row.source === 'site') throw new PlatformError('conflict');
      await this.write(tx, contactId, ifRev, {});
      await tx.db.deleteFrom('contact_test').where('contact_id', '=', contactId).execute();
      await tx.db.deleteFrom('contact_method').where('contact_id', '=', contactId).execute();
    });
    return { repeated };
  }

  async reorder(staffId: StaffId, order: ContactOrder, change: Change): Promise<Outcome<ContactList>> {
    const repeated = await this.once({ action: 'contact.order', staffId, content: order }, change, async ({ db }) => {
      const rows = await rowsOf(db, staffId);
      requireSound(order, rows);
      for (const row of rows) {
        const place = (priority: keyof ContactOrder): number | null => {
          const at = order[priority].findIndex((id) => id === publicId(row));
          return at < 0 ? null : at;
        };
        await db
          .updateTable('contact_method')
          .set({ [POSITION.high]: place('high'), [POSITION.medium]: place('medium'), [POSITION.low]: place('low') })
          .where('contact_id', '=', row.contact_id)
          .execute();
      }
    });
    return { value: await this.list(staffId, change.wallMs), repeated };
  }

  async startTest(target: ContactTarget, wallMs: number): Promise<StartedTest> {
    return startTest(this.context, await this.find(target), wallMs);
  }

  async confirm(target: ContactTarget, code: string, change: Change): Promise<Outcome<ContactView>> {
    const { contact_id: contactId } = await this.find(target);
    const hash = await codeHash(this.context, contactId, code);
    const wallMs = Math.round(change.wallMs);
    const refusal = await this.context.sql.transaction(async (tx) => {
      const refused = await tryCode(tx, contactId, hash, wallMs);
      if (refused !== null) return refused;
      const works = { verified_wall_ms: wallMs, outcome: 'ok', outcome_wall_ms: wallMs } as const;
      await tx.db.updateTable('contact_method').set(works).where('contact_id', '=', contactId).execute();
      await appendAudit(tx, change.audit, wallMs);
      return null;
    });
    if (refusal !== null) throw new PlatformError(refusal);
    return { value: await this.view(target, wallMs), repeated: false };
  }

  async outcome(contactId: string, outcome: ContactOutcome, wallMs: number): Promise<void> {
    await this.context.sql.transaction(async (tx) => {
      const row = await tx.db.selectFrom('contact_method').selectAll().where('contact_id', '=', contactId).executeTakeFirst();
      if (row === undefined) return;
      const emptied = outcome === 'gone' && row.source === 'browser' ? { address: '' } : {};
      const set = { ...emptied, outcome, outcome_wall_ms: Math.round(wallMs) };
      await tx.db.updateTable('contact_method').set(set).where('contact_id', '=', contactId).execute();
      if (outcome !== 'gone' || row.outcome === 'gone') return;
      const detail = `contact:${publicId(row)} by ${row.channel} is gone; the provider said so`;
      const said = { actor: 'system:escalation', action: 'contact.gone', object: `staff:${row.staff_id}` } as const;
      await appendAudit(tx, auditEntry({ ...said, outcome: 'failed', detail }), Math.round(wallMs));
    });
  }

  async reachability(staffId: StaffId, origin: Origin, wallMs: number): Promise<ReachabilityView | null> {
    return this.context.sql.query(async (db) => {
      const staff = await db.selectFrom('staff').select('staff_id').where('staff_id', '=', staffId).executeTakeFirst();
      if (staff === undefined) return null;
      const rows = await rowsOf(db, staffId);
      const ways = rows.map((row) => ({
        ...{ contactId: publicId(row), channel: row.channel, state: stateOf(row, wallMs), rev: row.rev },
        lastTriedAtMs: row.outcome_wall_ms as ReachabilityView['ways'][number]['lastTriedAtMs'],
      }));
      return { staffId, reachability: (await reachable(db, [staffId], origin, wallMs)).get(staffId)!, ways };
    });
  }

  async careUnitsOf(staffId: StaffId, wallMs: number): Promise<readonly CareUnitId[]> {
    const duties = await this.context.sql.query((db) => dutiesIn(db, wallMs, wallMs + DAY_MS));
    const theirs = duties.flatMap((duty) => (duty.staffId === staffId ? [duty.careUnitId as CareUnitId] : []));
    return [...new Set(theirs)].sort();
  }

  async pageOf(pageId: string): Promise<CalledPage | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('page').select(['alarm_id', 'staff_id', 'test']).where('page_id', '=', pageId).executeTakeFirst(),
    );
    if (row === undefined) return null;
    return { pageId, alarmId: row.alarm_id as AlarmId, staffId: row.staff_id as StaffId, test: row.test === 1 };
  }

  private find(target: ContactTarget): Promise<ContactMethodRow> {
    return this.context.sql.query((db) => rowOf(db, target));
  }

  private async view(target: ContactTarget, wallMs: number): Promise<ContactView> {
    const row = await this.find(target);
    return contactView(row, (await this.opened([row]))[0] ?? null, wallMs);
  }

  private async newestOf(staffId: StaffId, channel: string, wallMs: number): Promise<ContactView> {
    const rows = (await this.context.sql.query((db) => rowsOf(db, staffId))).filter((row) => row.channel === channel);
    const newest = rows.sort((a, b) => b.added_wall_ms - a.added_wall_ms)[0];
    if (newest === undefined) throw new PlatformError('not-found');
    return contactView(newest, (await this.opened([newest]))[0] ?? null, wallMs);
  }

  private async opened(rows: readonly ContactMethodRow[]): Promise<(ContactMethodRow | null)[]> {
    return (await this.context.fields.openRows(SEALED.contactMethod, rows)).map(({ row }) => row);
  }

  /** Subscriptions that this browser made before, for whomever: it is the same while its endpoint is. */
  private async ofBrowser(address: string): Promise<readonly ContactMethodRow[]> {
    const rows = await this.context.sql.query((db) =>
      db.selectFrom('contact_method').selectAll().where('source', '=', 'browser').where('address', '<>', '').execute(),
    );
    const opened = await this.opened(rows);
    return rows.filter((_, at) => {
      const row = opened[at] ?? null;
      return row !== null && endpointOf(row.address) === endpointOf(address);
    });
  }

  /** For the row of a command, which is not sealed: a plain hash of a telephone number is found out by trying them all. */
  private secretly(content: unknown): Promise<string> {
    return this.context.fields.blindIndex('contact-command', JSON.stringify(content));
  }

  private async write({ db }: Tx, contactId: string, ifRev: number, set: Partial<ContactMethodRow>): Promise<void> {
    const { numUpdatedRows } = await db
      .updateTable('contact_method')
      .set({ ...set, rev: ifRev + 1 })
      .where('contact_id', '=', contactId)
      .where('rev', '=', ifRev)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) throw new PlatformError('revision-moved');
  }

  private once(command: Command, change: Change, work: (tx: Tx) => Promise<void>): Promise<boolean> {
    const { commandId, wallMs, audit } = change;
    const { action, staffId, content } = command;
    return this.context.sql.transaction(async (tx) => {
      const facts = { action, content, subject: `staff:${staffId}`, commandId, wallMs: Math.round(wallMs) };
      if (await isDone(tx, { ...facts, by: doneBy(change) })) return true;
      await work(tx);
      await appendAudit(tx, audit, Math.round(wallMs));
      return false;
    });
  }
}

/** A browser shows the pages of whoever has subscribed in it last: a link on the screen of somebody else would accept in the wrong name. */
async function passOn(tx: Tx, row: ContactMethodRow, change: Change): Promise<void> {
  const wallMs = Math.round(change.wallMs);
  const set = { address: '', outcome: 'gone', outcome_wall_ms: wallMs } as const;
  await tx.db.updateTable('contact_method').set(set).where('contact_id', '=', row.contact_id).execute();
  const detail = `contact:${publicId(row)} by ${row.channel} is gone; somebody else has subscribed in that browser`;
  const said = { actor: change.by ?? 'system:contacts', action: 'contact.gone', object: `staff:${row.staff_id}` } as const;
  await appendAudit(tx, auditEntry({ ...said, outcome: 'allowed', detail }), wallMs);
}

/** What a subscription that is made anew keeps: its place in the order of its person, and its name where no other is given. */
function keptOf(before: ContactMethodRow | undefined, label: string | null): Partial<ContactMethodRow> {
  if (before === undefined) return {};
  const { position_high, position_medium, position_low } = before;
  const name = label === null ? { label: before.label } : {};
  return { position_high, position_medium, position_low, rev: before.rev + 1, ...name };
}

function endpointOf(address: string): string | null {
  try {
    return (JSON.parse(address) as { readonly endpoint: string }).endpoint;
  } catch {
    return null;
  }
}

function rowsOf(db: Db, staffId: StaffId): Promise<ContactMethodRow[]> {
  return db.selectFrom('contact_method').selectAll().where('staff_id', '=', staffId).orderBy('contact_id').execute();
}

/** @throws PlatformError('not-found'), also for one of somebody else */
async function rowOf(db: Db, { staffId, contactId }: ContactTarget): Promise<ContactMethodRow> {
  const row = await db
    .selectFrom('contact_method')
    .selectAll()
    .where('contact_id', '=', storedId(staffId, contactId))
    .where('staff_id', '=', staffId)
    .executeTakeFirst();
  if (row === undefined) throw new PlatformError('not-found');
  return row;
}

function requireSound(order: ContactOrder, rows: readonly ContactMethodRow[]): void {
  const known = new Set(rows.map(publicId));
  const lists = [order.high, order.medium, order.low];
  const isSound = lists.every((ids) => new Set(ids).size === ids.length && ids.every((id) => known.has(id)));
  // An order says by which way, never that nobody is told of what is high.
  if (!isSound || (rows.length > 0 && order.high.length === 0)) throw new PlatformError('invalid-request');
}
