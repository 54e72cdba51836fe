import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import type { CanaryState, CanaryTrip, StatusView } from '@vigil/contracts';
import { PagingHealth } from '../health/paging-health.js';
import { AppClock } from '../ports/app-clock.js';
import { Once } from '../ports/once.js';
import { type CanarySeen, OnCallTroubles, type OnCallTroubleNews } from '../ports/on-call-troubles.js';
import { ServerConfig } from '../server-config.js';

const LOOK_EVERY_MS = 10_000;
/** Intervals without a test alarm that came through after which that is an alarm: one may be lost, and the next is due. */
const LATE_INTERVALS = 2.5;
/** Wall time for which test alarms are kept: twice what the log keeps where nobody sets it otherwise, so that a replay finds them. */
export const CANARY_KEPT_MS = 14 * 86_400_000;
/** Between two turns of taking out what is older. */
const FORGET_EVERY_MS = 600_000;

/**
 * Follows the test alarms of the gateways. One that has not come through for two and a half intervals is an alarm of the care units
 * of its gateway, until one does; a gateway that is known to be away is told of already.
 */
@Injectable()
export class Canaries implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private cancels: Cancel[] = [];
  private running: Promise<void> | null = null;
  private forgetting: Promise<void> | null = null;
  private isStopping = false;
  private trips: readonly CanaryTrip[] = [];
  /** By gateway: its newest, and since when (steady time) it is known. */
  private readonly newest = new Map<string, { readonly sentMs: number | null; readonly sinceMs: number }>();

  constructor(
    private readonly troubles: OnCallTroubles,
    private readonly health: PagingHealth,
    private readonly config: ServerConfig,
    private readonly clock: AppClock,
    private readonly once: Once,
  ) {}

  onApplicationBootstrap(): void {
    // What goes wrong here is done again by the next turn. Also where none are waited for: a gateway may send them all the same.
    const forget = this.clock.every(FORGET_EVERY_MS, () => {
      this.forgetting ??= this.forget()
        .catch(() => undefined)
        .finally(() => (this.forgetting = null));
    });
    this.cancels = [forget];
    if (this.everyMs === 0) return;
    // What goes wrong here is seen by its age, and the next look follows.
    const look = this.clock.every(LOOK_EVERY_MS, () => {
      this.running ??= this.look()
        .catch(() => undefined)
        .finally(() => (this.running = null));
    });
    this.cancels = [forget, look];
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    for (const cancel of this.cancels) cancel();
    await Promise.all([this.running, this.forgetting]);
  }

  state(): CanaryState {
    if (this.everyMs === 0) return 'off';
    if (this.trips.some((trip) => trip.late)) return 'late';
    return this.trips.length > 0 && this.trips.every((trip) => trip.lastAtMs !== null) ? 'ok' : 'waiting';
  }

  async view(): Promise<StatusView['canary']> {
    if (this.everyMs > 0) this.trips = (await this.troubles.canaries()).map((seen) => this.tripOf(seen));
    return { state: this.state(), intervalMs: this.everyMs, gateways: [...this.trips] };
  }

  /** One look. @throws PlatformError 'store-unavailable' */
  async look(): Promise<void> {
    const seen = await this.troubles.canaries();
    this.trips = seen.map((each) => this.tripOf(each));
    this.health.canaries(this.trips.map(({ tookMs, ageMs }) => ({ tookMs, ageMs })));
    const news = new Map<string, OnCallTroubleNews>();
    const say = (each: Omit<OnCallTroubleNews, 'trouble'>): void => {
      news.set(`${each.careUnitId}/${each.subject}`, { ...each, trouble: 'canaryLate' });
    };
    // Of a gateway that is gone, or has moved to another care unit, unless the lines below say otherwise.
    for (const { careUnitId, trouble, subject } of await this.troubles.holding()) {
      if (trouble === 'canaryLate') say({ careUnitId, subject, active: false });
    }
    for (const [i, { gatewayId, careUnitIds }] of seen.entries()) {
      const active = this.trips[i]!.late;
      for (const careUnitId of careUnitIds) say({ careUnitId, subject: `gateway:${gatewayId}`, active });
    }
    // Everybody looks, so that whoever takes this over knows how long each has been waited for.
    if (this.once.isMine('canaries')) await this.troubles.tell([...news.values()]);
  }

  private get everyMs(): number {
    return this.config.settings.canaryMs;
  }

  /** Takes out what was kept long enough, some at a time: what alarms need comes in between. */
  private async forget(): Promise<void> {
    const beforeWallMs = this.clock.wallMs() - CANARY_KEPT_MS;
    while (!this.isStopping && this.once.isMine('canaries') && (await this.troubles.forgetCanaries(beforeWallMs))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private tripOf(seen: CanarySeen): CanaryTrip {
    const { gatewayId, sentMs, tookMs, hops } = seen;
    const late = this.waitedMs(seen) > LATE_INTERVALS * this.everyMs && this.everyMs > 0;
    const ageMs = sentMs === null ? null : Math.max(0, this.clock.wallMs() - sentMs);
    return { gatewayId, tookMs, lastAtMs: sentMs as CanaryTrip['lastAtMs'], ageMs, late, hops: [...hops] };
  }

  /**
   * Since another one came through, the gateway is known here, or it was away, of which another alarm tells: it has its time again from
   * then on. That the last one is not found any more is not that one came.
   */
  private waitedMs({ gatewayId, sentMs, isLost }: CanarySeen): number {
    const nowMs = this.clock.steady().atMs;
    const known = this.newest.get(gatewayId);
    const isNews = known === undefined || isLost || (sentMs !== null && sentMs !== known.sentMs);
    if (!isNews) return nowMs - known.sinceMs;
    this.newest.set(gatewayId, { sentMs: sentMs ?? known?.sentMs ?? null, sinceMs: nowMs });
    return 0;
  }
}
