import { AlarmTransition } from '@vigil/contracts';
import { auditEscalation } from './alarm-audit.js';
import type { SqlContext } from './context.js';
import { escalationOf, loadEscalation } from './escalation-row.js';
import type { AlarmRow, PageRow } from './schema.js';
import type { Db, Tx } from './sql.js';
import { STILL_ASKED } from './still-asked.js';
import { tellUndelivered } from './undelivered.js';

/** Why nobody else has to come: enough people accepted, it is over, or a person has put it away for a while. */
export type StandDownReason = 'accepted' | 'over' | 'shelved';

interface StandDowns {
  readonly alarmId: string;
  readonly why: StandDownReason;
  readonly wallMs: number;
  /** Whose doing it is, who knows of it. */
  readonly by?: string | null;
}

/** Nobody is called by voice to be told that there is nothing to do. */
const NEVER = ['voice', 'canary'] as const;

/**
 * Queues one short message for each person who was told of the alarm and need not come: by the channel that reached them first, once
 * for each time that they were told. Whoever is going, has declined, or is needed in that place for something else gets none. Its
 * text is made when it leaves, so that it is true then; it has no link.
 */
export async function queueStandDowns(
  tx: Tx,
  context: Pick<SqlContext, 'clock' | 'keepAudit' | 'notices' | 'origin'>,
  { alarmId, why, wallMs, by = null }: StandDowns,
): Promise<void> {
  await tellUndelivered(tx, context, alarmId, false);
  const know = [...(await knowing(tx.db, alarmId, why)), by];
  const row = await tx.db.selectFrom('alarm').select('content_json').where('alarm_id', '=', alarmId).executeTakeFirst();
  if (row === undefined) return;
  const alarm = AlarmTransition.parse(JSON.parse(row.content_json));
  for (const page of firstOfEach(await toldOf(tx.db, alarmId))) {
    if (know.includes(page.staff_id) || (await isNeededThere(tx.db, page))) continue;
    const standDown = standDownRow(page, why, wallMs);
    const { numInsertedOrUpdatedRows } = await tx.db
      .insertInto('page')
      .values(standDown)
      // One that was called off, because it was not true for a while, has told nobody.
      .onConflict((conflict) => conflict.column('page_id').doUpdateSet(standDown).where('page.state', '=', 'cancelled'))
      .executeTakeFirst();
    if ((numInsertedOrUpdatedRows ?? 0n) === 0n) continue;
    const detail = `page:${standDown.page_id} to staff:${page.staff_id} by ${page.channel}; ${standDown.reason}`;
    await auditEscalation(tx, context, alarm, { action: 'page.queue', outcome: 'allowed', detail }, wallMs);
  }
}

/** Who has said to be going where enough have, in the order of their word. */
export async function goingTo(db: Db, alarmId: string): Promise<readonly string[]> {
  const escalation = await loadEscalation(db, alarmId);
  return escalation?.state === 'accepted' ? escalation.accepts.map((each) => each.by) : [];
}

/** Going, or there already, or has said not to come: they know. Once it is over or put away, those who are on their way have to hear of it. */
async function knowing(db: Db, alarmId: string, why: StandDownReason): Promise<readonly string[]> {
  const escalation = await loadEscalation(db, alarmId);
  if (escalation === null) return [];
  const { accepts, declines, round } = escalation;
  const going = accepts.filter((each) => why === 'accepted' || each.arrivedAtMs !== null);
  return [...going, ...declines.filter((each) => each.round === round)].map((each) => each.by);
}

/** Pages of the alarm that have left, by themselves or with the one that they joined; the earliest first. */
function toldOf(db: Db, alarmId: string): Promise<PageRow[]> {
  return db
    .selectFrom('page as p')
    .leftJoin('page as host', 'host.page_id', 'p.joined_page_id')
    .selectAll('p')
    .where('p.alarm_id', '=', alarmId)
    .where('p.kind', '=', 'alarm')
    .where('p.channel', 'not in', [...NEVER])
    .where((eb) => eb.or([eb('p.state', '=', 'sent'), eb('host.state', '=', 'sent')]))
    .orderBy('p.escalation_rev', 'desc')
    .orderBy((eb) => eb.fn.coalesce('p.sent_wall_ms', 'host.sent_wall_ms'))
    .orderBy('p.page_id')
    .execute();
}

function firstOfEach(pages: readonly PageRow[]): readonly PageRow[] {
  return [...new Map(pages.toReversed().map((page) => [page.staff_id, page])).values()];
}

/** Told to come there, or going, for something else that goes on: "stand down" would be heard as meant for both. */
async function isNeededThere(db: Db, page: PageRow): Promise<boolean> {
  const here = await db
    .selectFrom('alarm')
    .select(['bed_id', 'gateway_id'])
    .where('alarm_id', '=', page.alarm_id)
    .executeTakeFirstOrThrow();
  return (await isAskedThere(db, page, here)) || (await isGoingThere(db, page, here));
}

type Here = Pick<AlarmRow, 'bed_id' | 'gateway_id'>;

async function isAskedThere(db: Db, page: PageRow, here: Here): Promise<boolean> {
  const other = await db
    .selectFrom('page as p')
    .innerJoin('escalation as e', 'e.alarm_id', 'p.alarm_id')
    .innerJoin('alarm as a', 'a.alarm_id', 'p.alarm_id')
    .select('p.page_id')
    .where('p.staff_id', '=', page.staff_id)
    .where('p.queued_wall_ms', '>=', page.queued_wall_ms - ASKED_MS)
    .where('p.alarm_id', '<>', page.alarm_id)
    .where('p.kind', '=', 'alarm')
    .where('p.state', 'in', ['queued', 'sent'])
    .where(STILL_ASKED)
    .where((eb) => (here.bed_id === null ? eb('a.bed_id', 'is', null) : eb('a.bed_id', '=', here.bed_id)))
    .where((eb) => (here.gateway_id === null ? eb('a.gateway_id', 'is', null) : eb('a.gateway_id', '=', here.gateway_id)))
    .limit(1)
    .executeTakeFirst();
  return other !== undefined;
}

async function isGoingThere(db: Db, page: PageRow, here: Here): Promise<boolean> {
  const others = await db
    .selectFrom('escalation as e')
    .innerJoin('alarm as a', 'a.alarm_id', 'e.alarm_id')
    .selectAll('e')
    .where('e.state', '=', 'accepted')
    .where('e.ended_why', 'is', null)
    .where('a.is_open', '=', 1)
    .where('a.active', '=', 1)
    .where('a.alarm_id', '<>', page.alarm_id)
    .where((eb) => (here.bed_id === null ? eb('a.bed_id', 'is', null) : eb('a.bed_id', '=', here.bed_id)))
    .where((eb) => (here.gateway_id === null ? eb('a.gateway_id', 'is', null) : eb('a.gateway_id', '=', here.gateway_id)))
    .execute();
  return others.some((row) => escalationOf(row).accepts.some((each) => each.by === page.staff_id));
}

/** A page so much older is left out of the look; an escalation that runs for longer has told its people anew. */
const ASKED_MS = 3_600_000;

function standDownRow(told: PageRow, why: StandDownReason, wallMs: number): PageRow {
  const id = `${told.alarm_id}-${told.escalation_rev}-${told.staff_id}-stand-down`;
  return {
    ...told,
    ...{ page_id: id, kind: 'standDown', reason: REASON[why] },
    ...{ address: '', subject: '', body: '', place: '' },
    // It has no link. The column is unique, and nothing hashes to this.
    token_hash: `none/${id}`,
    ...{ expires_wall_ms: wallMs, used: 1, state: 'queued', queued_wall_ms: wallMs, sent_wall_ms: null, outcome: null },
    ...{ attempts: 0, failures: 0, next_attempt_wall_ms: wallMs, claimed_wall_ms: null, not_before_wall_ms: null },
    ...{ claimed_by: null, claimed_attempt: null },
    ...{ group_id: null, joined_page_id: null, priority_rank: STAND_DOWN_RANK },
  };
}

const REASON: Readonly<Record<StandDownReason, string>> = {
  accepted: 'enough people are going',
  over: 'it is over',
  shelved: 'it was put away for a while',
};

/** After every alarm that waits. */
const STAND_DOWN_RANK = -1;
