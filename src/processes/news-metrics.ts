import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LineTrouble } from '../ports/news-lines.js';

export type DropReason = 'no-line' | 'too-many' | 'not-understood' | 'flood';

/** How the line between the processes of a site does. No label holds an id. */
export class NewsMetrics {
  private readonly open: Gauge;
  private readonly hints: Counter<'way'>;
  private readonly droppedTotal: Counter<'reason'>;
  private readonly lost: Counter<'reason'>;
  private readonly roundTrip: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.open = new Gauge({
      name: 'vigil_news_line_open',
      help: '1 while the line between the processes of the site carries',
      registers,
    });
    this.hints = new Counter({
      name: 'vigil_news_hints_total',
      help: 'Hints between the processes of the site, sent and heard',
      labelNames: ['way'],
      registers,
    });
    this.droppedTotal = new Counter({
      name: 'vigil_news_dropped_total',
      help: 'Hints that did not go on: no line, too many waiting, not understood, or more heard than is believed. The looks at the store do without them',
      labelNames: ['reason'],
      registers,
    });
    this.lost = new Counter({
      name: 'vigil_news_line_lost_total',
      help: 'Lines that ended or could not be opened',
      labelNames: ['reason'],
      registers,
    });
    this.roundTrip = new Histogram({
      name: 'vigil_news_round_trip_ms',
      help: 'Time until this process hears on the line what it says itself',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000],
      registers,
    });
  }

  isOpen(open: boolean): void {
    this.open.set(open ? 1 : 0);
  }

  sent(hints: number): void {
    this.hints.inc({ way: 'sent' }, hints);
  }

  heard(hints: number): void {
    this.hints.inc({ way: 'heard' }, hints);
  }

  dropped(reason: DropReason, hints: number): void {
    if (hints > 0) this.droppedTotal.inc({ reason }, hints);
  }

  lineLost(reason: LineTrouble): void {
    this.lost.inc({ reason });
  }

  tookMs(ms: number): void {
    this.roundTrip.observe(ms);
  }
}
