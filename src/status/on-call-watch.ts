import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { NOBODY_SOON } from '@vigil/domain';
import type { Cancel } from '@vigil/clock';
import { AppClock } from '../ports/app-clock.js';
import { Log } from '../ports/log.js';
import { AlwaysMine, Once } from '../ports/once.js';
import { OnCallTroubles, type OnCallTroubleNews } from '../ports/on-call-troubles.js';

/** Wall time between two looks at who is on duty, and before the first: a start with a hospital's feed fills the beds first. */
const LOOK_EVERY_MS = 60_000;
const FIRST_LOOK_MS = 30_000;
/** Wall time ahead of now for which somebody has to be on duty: as long as it takes to find somebody. */
export const AHEAD_MS = 3_600_000;
export const NOBODY_NOW = 'now';

/**
 * Looks each minute whether somebody would be told of a high alarm in each care unit where somebody lies, now and in an hour. Where
 * nobody would be, the care unit has an alarm that says so, until somebody is.
 */
@Injectable()
export class OnCallWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private cancels: Cancel[] = [];
  private running: Promise<void> | null = null;

  constructor(
    private readonly troubles: OnCallTroubles,
    private readonly clock: AppClock,
    private readonly log: Log,
    private readonly once: Once = new AlwaysMine(),
  ) {}

  onApplicationBootstrap(): void {
    this.cancels = [this.clock.after(FIRST_LOOK_MS, () => this.start()), this.clock.every(LOOK_EVERY_MS, () => this.start())];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const cancel of this.cancels) cancel();
    await this.running;
  }

  /** One look. @throws PlatformError 'store-unavailable' */
  async look(): Promise<void> {
    const wallMs = this.clock.wallMs();
    const [now, soon, holding] = [
      await this.troubles.cover(wallMs),
      await this.troubles.cover(wallMs + AHEAD_MS),
      await this.troubles.holding(),
    ];
    const news = new Map<string, OnCallTroubleNews>();
    const say = (each: Omit<OnCallTroubleNews, 'trouble'>): void => {
      news.set(`${each.careUnitId}/${each.subject}`, { ...each, trouble: 'nobodyOnCall' });
    };
    // Nobody lies there any more, unless the lines below say otherwise.
    for (const { careUnitId, trouble, subject } of holding) {
      if (trouble === 'nobodyOnCall') say({ careUnitId, subject, active: false });
    }
    for (const { careUnitId, uncovered } of now) say({ careUnitId, subject: NOBODY_NOW, active: uncovered > 0 });
    for (const { careUnitId, uncovered } of soon) say({ careUnitId, subject: NOBODY_SOON, active: uncovered > 0 });
    await this.troubles.tell([...news.values()]);
  }

  private start(): void {
    if (!this.once.isMine('on-call-watch')) return;
    this.running ??= this.look()
      .catch((error: unknown) => {
        this.log.warn('who is on duty could not be looked up; the next look follows', {
          code: (error as { code?: string }).code ?? 'fault',
        });
      })
      .finally(() => (this.running = null));
  }
}
