import type { Clock } from '@vigil/clock';
import { sql } from 'kysely';
import type { SqlContext } from './context.js';
import type { EscalationRow } from './schema.js';

/**
 * Timers are stored as wall times, and hold for as long as they said whatever is done to the wall clock (ADR 0065): with each is stored by
 * which wall clock it was written, as wall time less a time that nobody can set. Where the two have moved apart since, the timer
 * moves along. After a start of the machine nothing can be compared, and wall time counts.
 */
export interface TimerFrame {
  readonly bootId: string;
  readonly offsetMs: number;
}

/** Below this nobody set the clock: reading two clocks one after the other, or a clock that is steered slowly. */
const AGREE_MS = 500;

export function timerFrame(clock: Clock): TimerFrame {
  const { bootId, atMs } = clock.steady();
  return { bootId, offsetMs: Math.round(clock.wallMs() - atMs) };
}

/** How far the wall clock was set since the row was written; 0 where that is not known. */
export function movedMs(row: Pick<EscalationRow, 'boot_id' | 'steady_offset_ms'>, frame: TimerFrame): number {
  if (row.boot_id !== frame.bootId || row.steady_offset_ms === null) return 0;
  const byMs = frame.offsetMs - row.steady_offset_ms;
  return Math.abs(byMs) > AGREE_MS ? byMs : 0;
}

/**
 * Moves the timers of all escalations and of the pages that wait along with a wall clock that somebody has set. Doing it again changes nothing, also from another
 * process.
 */
export async function moveTimers(context: Pick<SqlContext, 'sql'>, frame: TimerFrame): Promise<void> {
  await context.sql.transaction(async ({ db }) => {
    const byMs = sql<number>`${frame.offsetMs} - steady_offset_ms`;
    await db
      .updateTable('escalation')
      .set({
        next_wall_ms: sql`next_wall_ms + ${byMs}`,
        arrive_by_wall_ms: sql`arrive_by_wall_ms + ${byMs}`,
        steady_offset_ms: frame.offsetMs,
      })
      .where('state', 'in', ['pending', 'running', 'accepted'])
      .where('next_wall_ms', 'is not', null)
      .where('boot_id', '=', frame.bootId)
      .where(sql<boolean>`abs(${byMs}) > ${AGREE_MS}`)
      .execute();
    const known = await db.selectFrom('timer_frame').selectAll().where('timers', '=', 'page').executeTakeFirst();
    const pagesMs = known === undefined ? 0 : movedMs(known, frame);
    if (known !== undefined && known.boot_id === frame.bootId && pagesMs === 0) return;
    await db
      .insertInto('timer_frame')
      .values({ timers: 'page', boot_id: frame.bootId, steady_offset_ms: frame.offsetMs })
      .onConflict((conflict) =>
        conflict.column('timers').doUpdateSet({ boot_id: frame.bootId, steady_offset_ms: frame.offsetMs }),
      )
      .execute();
    if (pagesMs === 0) return;
    await db
      .updateTable('page')
      .set({
        next_attempt_wall_ms: sql`next_attempt_wall_ms + ${pagesMs}`,
        not_before_wall_ms: sql`not_before_wall_ms + ${pagesMs}`,
        claimed_wall_ms: sql`claimed_wall_ms + ${pagesMs}`,
        expires_wall_ms: sql`expires_wall_ms + ${pagesMs}`,
      })
      .where('state', '=', 'queued')
      .execute();
  });
}
