import type { Clock } from '@vigil/clock';
import type { Log } from '../log.js';
import { madeUpPatient } from './made-up.js';
import type { Move, MovePlan } from './moves.js';
import type { MoveSink, Told } from './move-sink.js';
import { AdtOutage } from './platform-calls.js';

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 15_000;

export interface PlayMovesOptions {
  readonly plan: MovePlan;
  readonly sink: MoveSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly seed: number;
  readonly signal: AbortSignal;
}

export type MovesTold = Readonly<Record<Told, number>>;

/**
 * Tells the moves of a plan at their times, from now on, one after the other. While one can't be told everything behind it waits, and
 * happens later by as much: the order stays, and nothing lies in the past. A stay whose admission was not accepted is not told of
 * again.
 *
 * @returns how many were accepted, became a task, or were refused; rejects with the signal's reason, or with a bug
 */
export async function playMoves({ plan, sink, clock, log, seed, signal }: PlayMovesOptions): Promise<MovesTold> {
  const startMs = Math.round(clock.nowMs());
  const run = Math.floor(startMs / 1_000).toString(36);
  const told = { accepted: 0, task: 0, refused: 0 };
  const unknown = new Set<number>();
  let delayMs = 0;
  const tellOnce = async (move: Move): Promise<Told> => {
    const patient = madeUpPatient(seed, move.person);
    const encounterId = `adt-${run}-${move.stay}`;
    // The same each time it is tried: what was heard and not answered is then told again, not told anew.
    const atMs = Math.round(startMs + move.atMs + delayMs);
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        return await sink.tell({ ...move, atMs, patient, encounterId });
      } catch (error) {
        if (!(error instanceof AdtOutage)) throw error;
        if (attempt === 0) log.warn({ code: error.code }, 'a move cannot be told just now: trying again');
      }
      await clock.sleep(Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 10)), signal);
      delayMs = Math.max(delayMs, clock.nowMs() - startMs - move.atMs);
    }
  };
  for (const move of plan.moves) {
    const waitMs = startMs + move.atMs + delayMs - clock.nowMs();
    if (waitMs > 0) await clock.sleep(waitMs / clock.rate, signal);
    if (unknown.has(move.stay)) continue;
    const answer = await tellOnce(move);
    told[answer] += 1;
    if (move.kind === 'admit' && answer !== 'accepted') unknown.add(move.stay);
  }
  log.info({ ...told, waited: plan.waited, stayedPut: plan.stayedPut }, 'all moves told');
  return told;
}
