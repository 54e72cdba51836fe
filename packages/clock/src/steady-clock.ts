import { SystemClock } from './clock.js';

/** Beyond this the wall clock and the monotonic clock disagree: somebody set the wall clock. */
const AGREE_MS = 50;
/** How much slower time passes while the wall clock is behind. */
const SLOWER = 0.1;
/** A step of more than this is nobody's correction, and not followed. */
const BELIEVED_MS = 86_400_000;
/** Outside of this the wall clock was never set: the computer began without a time, or with a broken one. */
const UNSET_BEFORE_MS = Date.UTC(2026, 0, 1);
const UNSET_FROM_MS = Date.UTC(2060, 0, 1);
const isSet = (ms: number): boolean => ms >= UNSET_BEFORE_MS && ms < UNSET_FROM_MS;

/** Where the two clocks of the computer are read; for tests. */
export interface TimeSources {
  /** Milliseconds since the Unix epoch, which anybody may set. */
  wall(): number;
  /** Milliseconds since some moment, which nobody can set. */
  monotonic(): number;
}

const COMPUTER: TimeSources = { wall: () => Date.now(), monotonic: () => performance.now() };

/**
 * Wall time for a process that must not be thrown off by a wall clock that somebody sets: it never goes back, and never stands.
 *
 * While the clocks of the computer agree, it is the wall clock. A wall clock that was set forward (also by a machine that slept)
 * is followed at once and told to `onStep`. One that was set back is followed by running a tenth slower until it is reached: time
 * that goes back would make everything that is measured late, and alarms with it. A step of more than a day is not followed
 * at all, unless the time was not set until then (before 2026, or from 2060 on). `resume` carries all this over a restart.
 * Event time is wall time; `wallMs` is steady too.
 */
export class SteadyClock extends SystemClock {
  /** Called at once, before the new time is returned, with how far it was set forward. */
  onStep: (stepMs: number) => void = () => undefined;
  private steadyMs: number;
  private readMs: number;
  private behindMs = 0;
  private wasSet: boolean;

  constructor(private readonly sources: TimeSources = COMPUTER) {
    super();
    this.steadyMs = sources.wall();
    this.readMs = sources.monotonic();
    this.wasSet = isSet(this.steadyMs);
  }

  /**
   * Goes on from `lastMs`, the newest time that an earlier process told, where the wall clock is behind that: a restart must
   * not take time back either. No time that anybody set is passed over.
   */
  resume(lastMs: number): void {
    if (isSet(lastMs)) this.steadyMs = Math.max(this.nowMs(), lastMs);
  }

  override nowMs(): number {
    const [wallMs, monotonicMs] = [this.sources.wall(), this.sources.monotonic()];
    const elapsedMs = Math.max(0, monotonicMs - this.readMs);
    this.readMs = monotonicMs;
    const expectedMs = this.steadyMs + elapsedMs;
    const offsetMs = wallMs - expectedMs;
    const believed = Math.abs(offsetMs) <= BELIEVED_MS;
    this.behindMs = offsetMs;
    const isFirst = !this.wasSet || expectedMs < UNSET_BEFORE_MS;
    this.wasSet = isSet(wallMs);
    if (Math.abs(offsetMs) <= AGREE_MS) this.steadyMs = Math.max(this.steadyMs, wallMs);
    else if (offsetMs > 0 && (believed || (isFirst && this.wasSet))) this.jump(wallMs, offsetMs);
    else this.steadyMs = offsetMs < 0 && believed ? this.steadyMs + elapsedMs * (1 - SLOWER) : expectedMs;
    return Math.floor(this.steadyMs);
  }

  override wallMs(): number {
    return this.nowMs();
  }

  /** How far the wall clock is ahead of this one; negative when it was set back. */
  get offsetMs(): number {
    this.nowMs();
    return this.behindMs;
  }

  /** False while the wall clock says a time that nobody can have set. */
  get isSet(): boolean {
    this.nowMs();
    return this.wasSet;
  }

  private jump(wallMs: number, stepMs: number): void {
    this.steadyMs = wallMs;
    this.behindMs = 0;
    this.onStep(stepMs);
  }
}
