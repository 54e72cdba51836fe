import { bootId } from './boot-id.js';

/** Stops a timer that was set on a clock. Calling it twice is harmless. */
export type Cancel = () => void;

/**
 * Time as Vigil sees it. Two kinds meet here and are never mixed:
 *
 * - `nowMs` is *event time*: milliseconds since the Unix epoch on the scale on which patients live. It runs
 *   `rate` times as fast as the wall (decisions.md, D8), so that a recording can be replayed at speed.
 * - `wallMs` is what a clock on the wall shows. Escalation, sessions, retention and transport use it.
 *
 * Timers take *wall* durations. They are monotonic: a wall clock that jumps neither fires nor delays them.
 */
export interface Clock {
  /** Event time per wall time; 1 outside replays. */
  readonly rate: number;
  nowMs(): number;
  wallMs(): number;
  /** A time that nobody can set, for what has to wait as long as it said whatever is done to the wall clock. */
  steady(): SteadyTime;
  /** Calls `run` once after `wallMs` milliseconds of wall time. */
  after(wallMs: number, run: () => void): Cancel;
  /** Calls `run` every `wallMs` milliseconds of wall time until cancelled. */
  every(wallMs: number, run: () => void): Cancel;
  /** Resolves after `wallMs` milliseconds of wall time; rejects with the signal's reason when aborted. */
  sleep(wallMs: number, signal?: AbortSignal): Promise<void>;
}

/** Milliseconds since some moment; two of one `bootId` can be compared, also between processes of one machine. */
export interface SteadyTime {
  readonly bootId: string;
  readonly atMs: number;
}

/** The point at which event time and wall time were tied together. */
export interface ClockAnchor {
  readonly wallMs: number;
  readonly eventMs: number;
  readonly rate: number;
}

function sleepOn(clock: Clock, wallMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const abort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(wallMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Event time is wall time. */
export class SystemClock implements Clock {
  readonly rate: number = 1;

  nowMs(): number {
    return Date.now();
  }

  wallMs(): number {
    return Date.now();
  }

  steady(): SteadyTime {
    return { bootId: bootId(), atMs: Number(process.hrtime.bigint() / 1_000_000n) };
  }

  after(wallMs: number, run: () => void): Cancel {
    const timer = setTimeout(run, wallMs);
    return () => clearTimeout(timer);
  }

  every(wallMs: number, run: () => void): Cancel {
    const timer = setInterval(run, wallMs);
    return () => clearInterval(timer);
  }

  sleep(wallMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, wallMs, signal);
  }
}

/** Event time runs `anchor.rate` times as fast as the wall, from the anchor on. */
export class ScaledClock extends SystemClock {
  override readonly rate: number;

  constructor(private readonly anchor: ClockAnchor) {
    super();
    this.rate = anchor.rate;
  }

  override nowMs(): number {
    return Math.round(this.anchor.eventMs + (Date.now() - this.anchor.wallMs) * this.anchor.rate);
  }
}

interface Timer {
  readonly id: number;
  readonly everyMs: number | null;
  readonly run: () => void;
  dueMs: number;
}

/** For tests: time stands still until `advance`. Timers fire in order of their due time. */
export class FakeClock implements Clock {
  private timers: Timer[] = [];
  private nextId = 1;
  private wallSetMs = 0;
  private boot = 'fake';
  private readonly startMs: number;

  constructor(
    private nowWallMs = Date.UTC(2026, 0, 1),
    readonly rate = 1,
  ) {
    this.startMs = nowWallMs;
  }

  nowMs(): number {
    return this.startMs + (this.nowWallMs - this.startMs) * this.rate;
  }

  wallMs(): number {
    return this.nowWallMs + this.wallSetMs;
  }

  steady(): SteadyTime {
    return { bootId: this.boot, atMs: this.nowWallMs - this.startMs };
  }

  /** Somebody sets the wall clock: forward, or back with a negative number. No timer moves. */
  jumpWall(byMs: number): void {
    this.wallSetMs += byMs;
  }

  /** The machine starts anew, so that steady times of before mean nothing. */
  reboot(): void {
    this.boot = `${this.boot}+`;
  }

  after(wallMs: number, run: () => void): Cancel {
    return this.add(wallMs, null, run);
  }

  every(wallMs: number, run: () => void): Cancel {
    return this.add(wallMs, wallMs, run);
  }

  sleep(wallMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, wallMs, signal);
  }

  /** Moves time on by `wallMs`, firing what falls due on the way and letting promises settle after each timer. */
  async advance(wallMs: number): Promise<void> {
    const untilMs = this.nowWallMs + wallMs;
    for (;;) {
      const next = this.timers.filter((t) => t.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs || a.id - b.id)[0];
      if (next === undefined) break;
      this.nowWallMs = Math.max(this.nowWallMs, next.dueMs);
      if (next.everyMs === null) this.timers = this.timers.filter((t) => t !== next);
      else next.dueMs += next.everyMs;
      next.run();
      await settle();
    }
    this.nowWallMs = untilMs;
    await settle();
  }

  private add(wallMs: number, everyMs: number | null, run: () => void): Cancel {
    const timer: Timer = { id: this.nextId++, everyMs, run, dueMs: this.nowWallMs + wallMs };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((t) => t !== timer);
    };
  }
}

/** Lets every promise that is ready run, including those that pass through the event loop once. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
