import { wallElapsedMs } from '@vigil/clock';

/** What yields while the engine falls behind, in this order; alarms never do. `history`: charts wait. `live`: screens get less often. */
export const SHED = ['nothing', 'history', 'live'] as const;
export type Shed = (typeof SHED)[number];

/** How the process is doing at one look. */
export interface Load {
  /** Age of the oldest event that the engine has not read, in ms wall time; of the worst partition. */
  readonly alarmLagMs: number;
  /** What a timer is late by, in ms: the event loop is that busy. */
  readonly loopDelayMs: number;
}

interface Limits {
  readonly from: Load;
  readonly until: Load;
}

/** A level is entered when either number is above `from`, and left when both are below `until`. */
const LIMITS: Readonly<Record<Exclude<Shed, 'nothing'>, Limits>> = {
  history: { from: { alarmLagMs: 2_000, loopDelayMs: 250 }, until: { alarmLagMs: 1_000, loopDelayMs: 100 } },
  live: { from: { alarmLagMs: 5_000, loopDelayMs: 1_000 }, until: { alarmLagMs: 2_000, loopDelayMs: 250 } },
};
/** So long (wall time) it must be bad before the next thing yields: one long pause of the machine is no load. */
export const WORSE_AFTER_MS = 2_000;
/** And so long good before it comes back, so that what comes back does not push the engine behind again at once. */
export const BETTER_AFTER_MS = 10_000;

/**
 * Decides what yields so that the engine keeps up: one step at a time, and slowly back. A partition that stands still for another
 * reason looks the same from here; what yields is then delayed, never lost, because the log keeps it.
 */
export class LoadGovernor {
  private level = 0;
  private worseSinceMs: number | null = null;
  private betterSinceMs: number | null = null;

  get shed(): Shed {
    return SHED[this.level]!;
  }

  get shedLevel(): number {
    return this.level;
  }

  /** Answers true when something else yields than before. Called about once a second. */
  look(load: Load, wallMs: number): boolean {
    const next = SHED[this.level + 1];
    const isWorse = next !== undefined && next !== 'nothing' && isAbove(load, LIMITS[next].from);
    const now = this.shed;
    const isBetter = now !== 'nothing' && !isAbove(load, LIMITS[now].until);
    this.worseSinceMs = isWorse ? (this.worseSinceMs ?? wallMs) : null;
    this.betterSinceMs = isBetter ? (this.betterSinceMs ?? wallMs) : null;
    if (isOver(this.worseSinceMs, WORSE_AFTER_MS, wallMs)) return this.go(1);
    if (isOver(this.betterSinceMs, BETTER_AFTER_MS, wallMs)) return this.go(-1);
    return false;
  }

  private go(by: 1 | -1): boolean {
    this.level += by;
    this.worseSinceMs = null;
    this.betterSinceMs = null;
    return true;
  }
}

function isOver(sinceMs: number | null, forMs: number, wallMs: number): boolean {
  return sinceMs !== null && wallElapsedMs(sinceMs, wallMs) >= forMs;
}

function isAbove(load: Load, limit: Load): boolean {
  return load.alarmLagMs > limit.alarmLagMs || load.loopDelayMs > limit.loopDelayMs;
}
