import type { ClientHealth } from '@vigil/contracts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Screens } from './screens.js';

/** How screens are, as they say themselves: counts, never whose or which. */
export class ScreenMetrics {
  private readonly words: Counter<'outcome'>;
  private readonly frames: Histogram;
  private readonly trends: Histogram;

  /** @param steadyMs the time that `screens` goes by */
  constructor(registry: Registry, screens: Screens, missed: () => number, steadyMs: () => number) {
    const registers = [registry];
    this.words = new Counter({
      name: 'vigil_screen_words_total',
      help: 'Words of screens about themselves: taken, too soon after the last, or not understood',
      labelNames: ['outcome'],
      registers,
    });
    this.frames = new Histogram({
      name: 'vigil_screen_frame_p95_ms',
      help: '95th percentile of the time between frames, as each screen says every few seconds',
      buckets: [17, 34, 50, 100, 250, 500, 1_000, 3_000],
      registers,
    });
    this.trends = new Histogram({
      name: 'vigil_screen_trends_ms',
      help: 'Time from a join until its trends were sent',
      buckets: [1, 5, 25, 100, 250, 1_000, 5_000],
      registers,
    });
    const open = new Gauge({
      name: 'vigil_screens',
      help: 'Screens that say how they are, by kind, state and sound',
      labelNames: ['kind', 'state', 'sound'],
      registers,
      collect() {
        this.reset();
        for (const row of screens.rows(steadyMs())) this.inc(row);
      },
    });
    const dark = new Gauge({
      name: 'vigil_stations_missed',
      help: 'Shared screens that drew and do not',
      registers,
      collect() {
        this.set(missed());
      },
    });
    void open;
    void dark;
  }

  word(outcome: 'taken' | 'passed-over' | 'invalid', health?: ClientHealth): void {
    this.words.inc({ outcome });
    const frameMs = health?.frameP95Ms;
    if (outcome === 'taken' && typeof frameMs === 'number') this.frames.observe(frameMs);
  }

  trendsSent(ms: number): void {
    this.trends.observe(ms);
  }
}
