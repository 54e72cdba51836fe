import { type AlarmId, Priority, type StaffChannel, type StaffId } from '@vigil/contracts';
import { groupSubject, LINK_VALID_MS, PRIORITY_RANK } from '@vigil/domain';
import { sql } from 'kysely';
import type { Unreadable } from '../../ports/directory.js';
import type { ChannelRooms, QueuedPage } from '../../ports/escalations.js';
import type { SqlContext } from './context.js';
import { LINKED_MAX } from './page-links.js';
import { cancelPage, pageFailed } from './page-outcomes.js';
import type { PageRow } from './schema.js';
import { SEALED } from './sealed-columns.js';
import { writeStandDown } from './stand-down-text.js';
import { FIRST, type Tx } from './sql.js';

/** Pages that one message tells of: as many as its link lists. What is beyond goes in the next message. */
const GROUP_MAX = LINKED_MAX + 1;
/** Due pages that one claim looks at for each channel: twice a storm of a whole hospital. */
const LOOK_MAX = 1_000;
/** A page is taken for one step more urgent for each so much that it has waited, so that what is less urgent leaves as well. */
const AGEING_MS = 60_000;
const KEY_RETRY_MS = 2_000;
/** A page whose process died so often while it was being sent may be what ended it: it is taken when no other one waits. */
const SUSPECT_CRASHES = 5;

interface ClaimedRow extends PageRow {
  readonly name: string;
}

/**
 * Takes messages to send: of each channel as many as there is room for, what is most urgent first. Pages of one person and channel that
 * are due together leave as one. A claim that is older than the lease, or whose process is known to be
 * gone, is taken over. What had left together then leaves
 * together again, under the same key.
 */
export async function claimPages(
  context: SqlContext,
  wallMs: number,
  leaseMs: number,
  rooms: ChannelRooms,
  gone: readonly string[],
): Promise<readonly QueuedPage[]> {
  const messages = await context.sql.transaction(async (tx) => {
    const claimed: ClaimedRow[][] = [];
    const isFree = { wallMs, leaseMs, gone };
    for (const [channel, room] of rooms) {
      if (room <= 0) continue;
      const due = await dueRows(tx, channel, isFree);
      const unsuspected = due.filter((row) => row.attempts - row.failures < SUSPECT_CRASHES);
      const messages = unsuspected.length > 0 ? together(unsuspected, room) : together(due, 1);
      for (const rows of messages) claimed.push(rows[0]!.group_id === null ? rows : await wholeGroup(tx, rows[0]!.group_id));
    }
    for (const rows of claimed) await claim(tx, rows, wallMs, context.ownerId);
    return claimed;
  }, FIRST);
  const queued: QueuedPage[] = [];
  for (const rows of messages) {
    const message = await readMessage(context, rows, wallMs);
    if (message !== null) queued.push(message);
  }
  return queued;
}

interface Free {
  readonly wallMs: number;
  readonly leaseMs: number;
  /** Processes that are known to be gone: what they had in hand is free at once. */
  readonly gone: readonly string[];
}

function dueRows(tx: Tx, channel: StaffChannel, { wallMs, leaseMs, gone }: Free): Promise<ClaimedRow[]> {
  return tx.db
    .selectFrom('page as p')
    .innerJoin('staff as s', 's.staff_id', 'p.staff_id')
    .selectAll('p')
    .select('s.name')
    .where('p.state', '=', 'queued')
    .where('p.next_attempt_wall_ms', '<=', wallMs)
    .where('p.channel', '=', channel)
    .where('p.joined_page_id', 'is', null)
    .where((eb) => {
      const ofNobody = eb.or([eb('p.claimed_wall_ms', 'is', null), eb('p.claimed_wall_ms', '<=', wallMs - leaseMs)]);
      if (gone.length === 0) return ofNobody;
      return eb.or([ofNobody, eb.and([eb('p.claimed_by', 'in', gone), eb('p.claimed_attempt', '=', eb.ref('p.attempts'))])]);
    })
    .orderBy(sql`p.priority_rank * ${sql.lit(AGEING_MS)} - p.queued_wall_ms`, 'desc')
    .orderBy('p.page_id')
    .limit(LOOK_MAX)
    .execute();
}

/** Also what lies beyond the look: a provider that has the message drops the rest of it under that key. */
function wholeGroup(tx: Tx, groupId: string): Promise<ClaimedRow[]> {
  return tx.db
    .selectFrom('page as p')
    .innerJoin('staff as s', 's.staff_id', 'p.staff_id')
    .selectAll('p')
    .select('s.name')
    .where('p.group_id', '=', groupId)
    .where('p.state', '=', 'queued')
    .orderBy('p.priority_rank', 'desc')
    .orderBy('p.queued_wall_ms')
    .orderBy('p.page_id')
    .execute();
}

/**
 * The rows as messages, in their order. What has left together before stays together and takes no other: a provider that has taken that
 * message drops a second one of its key. Only first attempts come together, so that what is refused spoils nothing that was not.
 */
function together(rows: readonly ClaimedRow[], room: number): ClaimedRow[][] {
  const messages = new Map<string, ClaimedRow[]>();
  for (const row of rows) {
    const mayJoin = row.kind === 'alarm' && row.attempts === 0;
    const alone = mayJoin ? `${row.staff_id}/${row.contact_id ?? ''}/${row.test}` : `page/${row.page_id}`;
    const key = row.group_id === null ? alone : `group/${row.group_id}`;
    const message = messages.get(key);
    if (message !== undefined && (row.group_id !== null || message.length < GROUP_MAX)) message.push(row);
    else if (message === undefined && messages.size < room) messages.set(key, [row]);
  }
  return [...messages.values()];
}

async function claim(tx: Tx, rows: readonly ClaimedRow[], wallMs: number, ownerId: string): Promise<void> {
  const groupId = rows.length > 1 ? (rows[0]!.group_id ?? `together-${rows[0]!.page_id}`) : rows[0]!.group_id;
  for (const row of rows) {
    await tx.db
      .updateTable('page')
      // The ten minutes of a link begin when it leaves, not while it waits for its turn, its provider or its process.
      .set({
        ...{ claimed_wall_ms: wallMs, claimed_by: ownerId, claimed_attempt: row.attempts + 1, attempts: row.attempts + 1 },
        ...{ group_id: groupId, expires_wall_ms: wallMs + LINK_VALID_MS },
      })
      .where('page_id', '=', row.page_id)
      .execute();
    row.group_id = groupId;
  }
}

/** The message, its texts opened; null where there is none to send. */
async function readMessage(context: SqlContext, rows: readonly ClaimedRow[], wallMs: number): Promise<QueuedPage | null> {
  if (rows[0]!.kind === 'standDown') return standDown(context, rows[0]!);
  const opened = await context.fields.openRows(SEALED.page, rows);
  for (const [i, { unreadable }] of opened.entries()) {
    if (unreadable !== null) await notReadable(context, rows[i]!.page_id, unreadable, wallMs);
  }
  const readable = opened.flatMap(({ row }) => row ?? []);
  return readable.length === 0 ? null : messageOf(readable);
}

/** A page whose text can't be read is not sent. While its key is away it is tried again; the next person is told in time. */
function notReadable(context: SqlContext, pageId: string, unreadable: Unreadable, wallMs: number): Promise<void> {
  const isAway = unreadable === 'away';
  return pageFailed(context, [pageId], wallMs, {
    reason: isAway ? 'the key of its text is away' : 'its text was tampered with',
    retryAtMs: isAway ? wallMs + KEY_RETRY_MS : null,
    apart: true,
  });
}

async function standDown(context: SqlContext, row: ClaimedRow): Promise<QueuedPage | null> {
  const written = await writeStandDown(context, row);
  if (written !== null) return messageOf([{ ...row, ...written }]);
  await cancelPage(context, row.page_id);
  return null;
}

function messageOf(rows: readonly ClaimedRow[]): QueuedPage {
  const [first] = rows as [ClaimedRow, ...ClaimedRow[]];
  const priority = priorityOf(first);
  const alone = { subject: first.subject, text: first.body };
  const places = rows.map((row) => row.place);
  const subject = groupSubject({ priority, test: first.test === 1, places });
  // The text begins with the subject and goes on with the link, which lists them all.
  const ofAll = { subject, text: `${subject}${first.body.slice(first.subject.length)}` };
  const { subject: said, text } = rows.length === 1 ? alone : ofAll;
  return {
    pageId: first.page_id,
    alarmId: first.alarm_id as AlarmId,
    staffId: first.staff_id as StaffId,
    staffName: first.name,
    channel: first.channel,
    address: first.address,
    subject: said,
    text,
    idempotencyKey: first.group_id ?? first.page_id,
    attempts: Math.max(...rows.map((row) => row.attempts)) + 1,
    failures: Math.max(...rows.map((row) => row.failures)),
    kind: first.kind,
    priority,
    contactId: first.contact_id,
    covers: rows.map((row) => row.page_id),
  };
}

/** A stand-down ranks below all of them, and is as quiet as the lowest. */
function priorityOf({ priority_rank: rank }: PageRow): Priority {
  return Priority.options.find((each) => PRIORITY_RANK[each] === rank) ?? 'low';
}
