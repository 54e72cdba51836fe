import type { AlarmMap } from '../model/away.js';
import {
  CHANNELS,
  type Channel,
  type Liveness,
  NOTHING_LIVE,
  type Picture,
  picture,
  setBack,
  synced,
  TICK_LOST_MS,
  ticked,
} from '../model/liveness.js';
import { type Now, ServerClock, type TickSample } from '../model/server-clock.js';
import { Signal } from '../model/signal.js';
import { AwayWatch } from './away-watch.js';

/** A jump of the local clock against the monotonic one by so much means that the machine slept. */
const SLEPT_MS = 3_000;

/** What a person could see when the screen was drawn last. */
interface Drawn {
  readonly alarms: AlarmMap;
  readonly wallMs: number;
  readonly atMs: number;
  readonly wasVisible: boolean;
}

export interface LivePictureParts {
  /** What is shown now. */
  readonly alarms: () => AlarmMap;
  /** No ticks come: the lines may be half open. */
  readonly revive: () => void;
  /** All that is known is to be asked for anew. */
  readonly resync: () => void;
  /** The picture is live, and this is the server's time. */
  readonly live: (now: Now) => void;
}

/** What this machine says by itself. */
export interface Machine {
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  readonly isVisible: () => boolean;
}

const BROWSER: Machine = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  isVisible: () => document.visibilityState === 'visible',
};

/** Whether what is on the screen is of now: the server's time, the ticks of both channels, sleep, and what came about meanwhile. */
export class LivePicture {
  readonly picture = new Signal<Picture>({ kind: 'connecting' });
  /** What came about while the picture was not live, until a person has dismissed it. */
  readonly absence = new AwayWatch();
  private readonly clock = new ServerClock();
  private liveness: Liveness = NOTHING_LIVE;
  private localOffsetMs: number;
  private drawn: Drawn | null = null;

  constructor(
    private readonly parts: LivePictureParts,
    private readonly machine: Machine = BROWSER,
  ) {
    this.localOffsetMs = machine.wallMs() - machine.monotonicMs();
  }

  /** Server time, live or not; null before the first tick. */
  now(): Now | null {
    return this.clock.at(this.machine.monotonicMs());
  }

  isLive(): boolean {
    return this.picture.get().kind === 'live';
  }

  /** The server said what time it is. */
  observe(sample: TickSample): void {
    if (this.clock.observe(sample, this.machine.monotonicMs())) this.liveness = setBack(this.liveness, sample.serverWallMs);
  }

  ticked(name: Channel, sample: TickSample): void {
    this.observe(sample);
    this.liveness = ticked(this.liveness, name, sample.serverWallMs);
  }

  synced(name: Channel, isSynced: boolean): void {
    this.liveness = synced(this.liveness, name, isSynced);
  }

  /** Time since the last tick of the channel that has been silent for longer; null before both have ticked. */
  tickAgeMs(): number | null {
    const now = this.now();
    const ticks = CHANNELS.map((name) => this.liveness[name].lastTickWallMs);
    if (!now || ticks.includes(null)) return null;
    return Math.max(0, now.wallMs - Math.min(...ticks.map(Number)));
  }

  /** Runs before every paint, so nothing is painted as live that is not. */
  judge(): void {
    if (this.hasSlept()) this.slept();
    else if (this.stoodStill()) this.resumed();
    const now = this.now();
    const next = picture(this.liveness, now?.wallMs ?? null);
    const before = this.picture.get();
    if (next.kind === 'lost') this.parts.revive();
    if (before.kind === 'live' && next.kind === 'lost') this.absence.left(this.parts.alarms(), next.sinceWallMs);
    if (before.kind !== 'live' && next.kind === 'live')
      this.absence.back(this.parts.alarms(), now?.wallMs ?? this.machine.wallMs());
    if (now && next.kind === 'live') this.parts.live(now);
    const isOther =
      next.kind !== before.kind || (next.kind === 'lost' && before.kind === 'lost' && next.sinceWallMs !== before.sinceWallMs);
    /* Once there was a picture, a new start is an outage and never looks like the first load. */
    if (isOther && (next.kind !== 'connecting' || before.kind === 'connecting')) this.picture.set(next);
    if (now && next.kind === 'live') {
      const wasVisible = this.machine.isVisible();
      this.drawn = { alarms: this.parts.alarms(), wallMs: now.wallMs, atMs: this.machine.monotonicMs(), wasVisible };
    }
  }

  /**
   * Nothing was drawn for a while, although time went on: the browser froze the page, or its main thread hung. Blank, ask anew, then
   * show (HZ-D10). The clock is still right, so ticks that waited meanwhile are seen to be late and make nothing live.
   */
  readonly resumed = (): void => this.away();

  /** The machine slept, and the monotonic clock may have stood still: what was learned of the server's time is worth nothing. */
  private slept(): void {
    this.away();
    this.clock.forget();
  }

  private away(): void {
    const sinceWallMs = this.drawn?.wallMs ?? this.now()?.wallMs ?? this.machine.wallMs();
    this.liveness = NOTHING_LIVE;
    if (this.isLive()) {
      this.absence.left(this.drawn?.alarms ?? this.parts.alarms(), sinceWallMs);
      this.picture.set({ kind: 'lost', sinceWallMs });
    }
    this.drawn = null;
    this.parts.resync();
  }

  private hasSlept(): boolean {
    const offsetMs = this.machine.wallMs() - this.machine.monotonicMs();
    const sleptMs = offsetMs - this.localOffsetMs;
    this.localOffsetMs = offsetMs;
    return sleptMs > SLEPT_MS;
  }

  /** In the background timers come seldom by rights, and ticks go on. */
  private stoodStill(): boolean {
    const { drawn } = this;
    if (!drawn?.wasVisible || !this.machine.isVisible() || !this.isLive()) return false;
    return this.machine.monotonicMs() - drawn.atMs > TICK_LOST_MS;
  }
}
