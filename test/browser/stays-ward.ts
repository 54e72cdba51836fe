import { type AlarmTransition, LogEvent } from '@vigil/contracts';
import { emptyPartition, type PartitionState, step } from '@vigil/domain';
import type { Page } from 'playwright-core';
import { LiveVitals } from '../../src/live/live-vitals.js';
import { batch } from '../contract/alarm-fixtures.js';
import { type Api, PASSWORD } from '../flow/api-fixture.js';

/** The bedside of a ward on the real platform: monitors that measure, and the real engine behind the store. */
export class Bedside {
  private engine: PartitionState = emptyPartition();
  private readonly taken = new Set<string>();
  private readonly sending = new Map<string, { bedId: string | null; heartRate: number }>();
  private seq = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly api: Api) {}

  /** From now on this monitor measures that, once a second. */
  measures(deviceId: string, bedId: string | null, heartRate: number): void {
    this.sending.set(deviceId, { bedId, heartRate });
  }

  stopsMeasuring(deviceId: string): void {
    this.sending.delete(deviceId);
  }

  start(): void {
    this.timer = setInterval(() => this.tell(), 1_000);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** What the store sent to the log, and what the monitors said: the engine reads it, and what it derives is stored. */
  async alarms(): Promise<readonly AlarmTransition[]> {
    const fresh = (await this.api.stores.logRelay.next(1_000)).map(({ event }) => event).filter(({ id }) => !this.taken.has(id));
    for (const { id } of fresh) this.taken.add(id);
    const derived: AlarmTransition[] = [];
    let events: readonly LogEvent[] = [...fresh, ...this.tell()];
    while (events.length > 0) {
      const { state, effects, appends } = step(this.engine, structuredClone([...events]));
      this.engine = state;
      derived.push(...effects.map(({ transition }) => transition));
      events = appends;
    }
    if (derived.length > 0) await this.api.stores.alarmState.commit(batch(derived));
    return derived;
  }

  private tell(): readonly LogEvent[] {
    const atMs = Math.round(this.api.clock.nowMs());
    return [...this.sending].map(([deviceId, { bedId, heartRate }]) => {
      const [n, key] = [this.seq++, bedId === null ? `device:${deviceId}` : `bed:${bedId}`];
      const event = LogEvent.parse({
        ...{ v: 1, id: `${deviceId}/b/${n}`, key, origin: 'simulated', atMs, kind: 'deviceMessage', bedId, deviceId },
        ...{ gatewayId: 'gw-1', bootId: 'b', seq: n, deviceAtMs: atMs, gatewayAtMs: atMs },
        readings: [{ metric: 'heartRate', value: heartRate, unit: '/min', quality: 'valid' }],
      });
      this.api.app.get(LiveVitals, { strict: false }).apply(event, this.api.clock.wallMs());
      return event;
    });
  }
}

/** Fills the sign-in that the page shows. */
export async function signIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('.button.user').waitFor();
}

/** Writes that the page sends; what is refused on the page itself is none. */
export function writesOf(page: Page): string[] {
  const writes: string[] = [];
  page.on('request', (request) => {
    const path = new URL(request.url()).pathname;
    const isRead =
      request.method() === 'GET' || path.endsWith('/search') || path.includes('/session') || path.includes('socket.io');
    if (!isRead) writes.push(`${request.method()} ${path}`);
  });
  return writes;
}
