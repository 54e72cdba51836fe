import { type CareUnitId, unitKey } from '@vigil/contracts';
import type { OnCallTroubleNews } from '../../ports/on-call-troubles.js';
import type { AdoptionAt } from './adoption-at.js';
import type { SqlContext } from './context.js';
import { nextNumber } from './counters.js';
import { type DraftEvent, relay } from './outbox.js';
import type { Tx } from './sql.js';

/**
 * Subjects of one trouble in one care unit that the log is told of at a time. The alarm is one for all of them; those beyond wait here
 * and take the place of one that is over, so that the alarm lasts as long as any of them.
 */
export const TOLD_SUBJECTS_MAX = 128;

/**
 * Keeps what is wrong with being told, and puts a change of it beside the rows for the log, where it becomes an alarm of the care unit.
 * Saying again what holds, or that something is over which never was, changes nothing and costs one read.
 *
 * @returns whether anything has changed
 */
export async function tellOnCallTrouble(
  tx: Tx,
  context: Pick<SqlContext, 'clock' | 'notices' | 'origin'>,
  { careUnitId, trouble, subject, active }: OnCallTroubleNews,
): Promise<boolean> {
  const kind = { care_unit_id: careUnitId as string, trouble: trouble as string };
  const known = await tx.db
    .selectFrom('on_call_trouble')
    .select('told')
    .where((eb) => eb.and({ ...kind, subject }))
    .executeTakeFirst();
  if (active === (known !== undefined)) return false;
  const tell = (about: string, holds: boolean): Promise<void> =>
    relayTrouble(tx, context, { careUnitId, trouble, subject: about, active: holds });
  if (active) {
    const told = (await countTold(tx, kind)) < TOLD_SUBJECTS_MAX;
    const row = { ...kind, subject, told: told ? 1 : 0, since_wall_ms: context.clock.wallMs() };
    await tx.db.insertInto('on_call_trouble').values(row).execute();
    if (told) await tell(subject, true);
    return true;
  }
  await tx.db
    .deleteFrom('on_call_trouble')
    .where((eb) => eb.and({ ...kind, subject }))
    .execute();
  if (known?.told !== 1) return true;
  // Before the one that is over, so that the alarm does not end in between.
  const next = await longestUntold(tx, kind);
  if (next !== null) await tell(next, true);
  await tell(subject, false);
  return true;
}

/** Where this was said and is so still: the patient may be in another care unit since. */
export async function toldUnits(
  { db }: Tx,
  trouble: OnCallTroubleNews['trouble'],
  subject: string,
): Promise<readonly CareUnitId[]> {
  const rows = await db
    .selectFrom('on_call_trouble')
    .select('care_unit_id')
    .where('trouble', '=', trouble)
    .where('subject', '=', subject)
    .execute();
  return rows.map((row) => row.care_unit_id as CareUnitId);
}

type Kind = { readonly care_unit_id: string; readonly trouble: string };

async function countTold({ db }: Tx, kind: Kind): Promise<number> {
  const { count } = await db
    .selectFrom('on_call_trouble')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where((eb) => eb.and({ ...kind, told: 1 }))
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function longestUntold({ db }: Tx, kind: Kind): Promise<string | null> {
  const row = await db
    .selectFrom('on_call_trouble')
    .select('subject')
    .where((eb) => eb.and({ ...kind, told: 0 }))
    .orderBy('since_wall_ms')
    .orderBy('subject')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  await db
    .updateTable('on_call_trouble')
    .set({ told: 1 })
    .where((eb) => eb.and({ ...kind, subject: row.subject }))
    .execute();
  return row.subject;
}

async function relayTrouble(
  tx: Tx,
  { clock, notices, origin }: Pick<SqlContext, 'clock' | 'notices' | 'origin'>,
  news: OnCallTroubleNews,
): Promise<void> {
  await relay(tx, notices, {
    kind: 'onCallTrouble',
    id: `on-call-trouble/${await nextNumber(tx, 'on-call-trouble')}`,
    key: unitKey(news.careUnitId),
    origin,
    atMs: Math.round(clock.nowMs()),
    ...news,
  });
}

/** What a new log has to be told of troubles: those that the former was told of and that hold still. */
export async function troubleEvents(tx: Tx, { origin, nowMs, adoption }: AdoptionAt): Promise<readonly DraftEvent[]> {
  const rows = await tx.db.selectFrom('on_call_trouble').selectAll().where('told', '=', 1).orderBy('since_wall_ms').execute();
  return rows.map(({ care_unit_id: careUnitId, trouble, subject }, i) => ({
    ...{ kind: 'onCallTrouble', id: `adopt/${adoption}/on-call-trouble/${i}`, key: unitKey(careUnitId as CareUnitId) },
    ...{ origin, atMs: nowMs, careUnitId, trouble, subject, active: true },
  }));
}
