import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import type { CanaryState, CanaryTrip, StatusView } from '@vigil/contracts';
import { PagingHealth } from '../health/paging-health.js';
import { AppClock } from '../ports/app-clock.js';
import { type CanarySeen, OnCallTroubles, type OnCallTroubleNews } from '../ports/on-call-troubles.js';
import { ServerConfig } from '../server-config.js';

const LOOK_EVERY_MS = 10_000;
/** Intervals without a test alarm that came through after which that is an alarm: one may be lost, and the next is due. */
const LATE_INTERVALS = 2.5;

/**
 * Follows the test alarms of the gateways. One that has not come through for two and a half intervals is an alarm of the care units
 * of its gateway, until one does; a gateway that is known to be away is told of already.
 */
@Injectable()
export class Canaries implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private cancel: Cancel = () => undefined;
  private running: Promise<void> | null = null;
  private trips: readonly CanaryTrip[] = [];
  private startedMs: number;
  /** By gateway: its newest, and since when (steady time) it is known. */
  private readonly newest = new Map<string, { readonly sentMs: number | null; readonly sinceMs: number }>();

  constructor(
    private readonly troubles: OnCallTroubles,
    private readonly health: PagingHealth,
    private readonly config: ServerConfig,
    private readonly clock: AppClock,
  ) {
    this.startedMs = clock.steady().atMs;
  }

  onApplicationBootstrap(): void {
    if (this.everyMs === 0) return;
    this.startedMs = this.clock.steady().atMs;
    // What goes wrong here is seen by its age, and the next look follows.
    this.cancel = this.clock.every(LOOK_EVERY_MS, () => {
      this.running ??= this.look()
        .catch(() => undefined)
        .finally(() => (this.running = null));
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.cancel();
    await this.running;
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
    for (const [i, { gatewayId, careUnitIds, isLost }] of seen.entries()) {
      const active = this.trips[i]!.late && !isLost;
      for (const careUnitId of careUnitIds) say({ careUnitId, subject: `gateway:${gatewayId}`, active });
    }
    await this.troubles.tell([...news.values()]);
  }

  private get everyMs(): number {
    return this.config.settings.canaryMs;
  }

  private tripOf({ gatewayId, sentMs, tookMs, hops }: CanarySeen): CanaryTrip {
    const late = this.everyMs > 0 && this.waitedMs(gatewayId, sentMs) > LATE_INTERVALS * this.everyMs;
    const ageMs = sentMs === null ? null : Math.max(0, this.clock.wallMs() - sentMs);
    return { gatewayId, tookMs, lastAtMs: sentMs as CanaryTrip['lastAtMs'], ageMs, late, hops: [...hops] };
  }

  /** Since another one came through, or this process began, whatever is done to the wall clock meanwhile. */
  private waitedMs(gatewayId: string, sentMs: number | null): number {
    const nowMs = this.clock.steady().atMs;
    const known = this.newest.get(gatewayId);
    if (known?.sentMs === sentMs) return nowMs - known.sinceMs;
    this.newest.set(gatewayId, { sentMs, sinceMs: known === undefined ? this.startedMs : nowMs });
    return nowMs - this.newest.get(gatewayId)!.sinceMs;
  }
}
