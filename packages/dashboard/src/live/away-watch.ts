import { type AlarmMap, type Away, awayBetween, togetherWith } from '../model/away.js';
import { Signal } from '../model/signal.js';

/** Remembers what was shown when the picture was lost, and tells what has come about since once it is back (HZ-D5). */
export class AwayWatch {
  /** Until a person has dismissed it. */
  readonly away = new Signal<Away | null>(null);
  private lost: { readonly alarms: AlarmMap; readonly fromWallMs: number } | null = null;

  /** A second loss before the picture was back is the same one. */
  left(alarms: AlarmMap, fromWallMs: number): void {
    this.lost ??= { alarms, fromWallMs };
  }

  back(alarms: AlarmMap, toWallMs: number): void {
    if (!this.lost) return;
    const since = awayBetween(this.lost.alarms, alarms, { fromWallMs: this.lost.fromWallMs, toWallMs });
    this.lost = null;
    this.away.set(togetherWith(this.away.get(), since));
  }
}
