import type { ToFixToday } from '@vigil/contracts';
import { PlatformError, toFixToday } from '@vigil/domain';
import type { AppClock } from '../ports/app-clock.js';
import type { Fleet } from '../ports/fleet.js';
import type { HeldMessages } from '../ports/held-messages.js';

/** Devices that one list looks at: what STRANGERS_MAX and the largest site allow together. */
const DEVICES_MAX = 11_000;
const PAGE = 500;

/** Looks at every device, for the list of what to put right today. */
export class FleetRound {
  constructor(
    private readonly fleet: Fleet,
    private readonly held: HeldMessages,
    private readonly clock: AppClock,
  ) {}

  async toFix(): Promise<ToFixToday> {
    const { nowMs, rate, wallMs } = { nowMs: this.clock.nowMs(), rate: this.clock.rate, wallMs: this.clock.wallMs() };
    const devices = [];
    for (let cursor: string | undefined; devices.length < DEVICES_MAX;) {
      const page = await this.fleet.devices({ limit: PAGE, cursor, nowMs, rate });
      devices.push(...page.items);
      if (page.next === null) break;
      cursor = page.next;
    }
    const held = await this.tray();
    const { items, leftOut } = toFixToday({ devices, held, nowMs, wallMs, rate });
    return { items: [...items], leftOut, trayKnown: held !== null };
  }

  /** A tray that is away costs its own lines and no others. */
  private async tray() {
    try {
      return await this.held.devices(DEVICES_MAX);
    } catch (error) {
      if (error instanceof PlatformError && error.retryable) return null;
      throw error;
    }
  }
}
