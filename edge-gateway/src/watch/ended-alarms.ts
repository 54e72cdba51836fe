import type { Clock } from '@vigil/clock';
import type { AlarmTransition } from '@vigil/contracts';
import type { Ended } from './watch-view.js';

const ENDED_MAX = 50;
const ENDED_MS = 1_800_000;

/** Alarms that were over in the last half hour, so that who comes to the screen late sees what was. */
export class EndedAlarms {
  private ended: { readonly alarm: Ended; readonly wallMs: number }[] = [];

  constructor(private readonly clock: Pick<Clock, 'wallMs'>) {}

  take(transitions: readonly AlarmTransition[]): void {
    for (const transition of transitions) {
      const { alarmId, active, cause } = transition;
      const known = this.ended.some(({ alarm }) => alarm.alarmId === alarmId);
      if (active) this.ended = this.ended.filter(({ alarm }) => alarm.alarmId !== alarmId);
      else if (!known && (cause === 'end' || cause === 'closed'))
        this.ended.push({ alarm: transition, wallMs: this.clock.wallMs() });
    }
    this.ended = this.ended.slice(-ENDED_MAX);
  }

  /** Oldest first. */
  list(): readonly Ended[] {
    const wallMs = this.clock.wallMs();
    return this.ended.filter((e) => wallMs - e.wallMs <= ENDED_MS).map(({ alarm }) => alarm);
  }
}
