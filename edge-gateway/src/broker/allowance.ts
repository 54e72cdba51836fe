import type { Clock } from '@vigil/clock';
import type { BrokerLimits } from './limits.js';
import type { Gate } from './packet-guard.js';

/**
 * What one device may send: a bucket of messages and one of bytes that fill at a steady rate. It belongs to the device,
 * not to the connection, so that connecting anew refills nothing.
 *
 * A message is never refused for it. It may take the buckets below zero, and waits until they are full enough again.
 */
export class Allowance implements Gate {
  readonly inflightMax: number;
  /** Seconds without a break in which something had to wait. */
  slowedSeconds = 0;
  private messages: number;
  private bytes: number;
  private filledWallMs: number;
  private slowed = false;

  constructor(
    private readonly limits: BrokerLimits,
    private readonly clock: Clock,
  ) {
    this.inflightMax = limits.inflightMax;
    this.messages = limits.messagesBurst;
    this.bytes = limits.bytesBurst;
    this.filledWallMs = clock.wallMs();
  }

  takeMs(bytes: number): number {
    const { messagesBurst, bytesBurst } = this.limits;
    // In a replay at speed a device says more in a wall second.
    const times = Math.max(1, this.clock.rate);
    const [messagesPerSecond, bytesPerSecond] = [this.limits.messagesPerSecond * times, this.limits.bytesPerSecond * times];
    const wallMs = this.clock.wallMs();
    // A clock that was set back fills nothing for that once; one set forward fills no more than the burst.
    const seconds = Math.max(0, wallMs - this.filledWallMs) / 1_000;
    this.filledWallMs = wallMs;
    this.messages = Math.min(messagesBurst, this.messages + seconds * messagesPerSecond) - 1;
    this.bytes = Math.min(bytesBurst, this.bytes + seconds * bytesPerSecond) - bytes;
    const waitMs = Math.max(0, -this.messages / messagesPerSecond, -this.bytes / bytesPerSecond) * 1_000;
    if (waitMs > 0) this.slowed = true;
    return Math.ceil(waitMs);
  }

  /** Once a wall second. `isHeld`: the connection waits for its allowance right now. */
  endSecond(isHeld: boolean): void {
    this.slowedSeconds = this.slowed ? this.slowedSeconds + 1 : 0;
    this.slowed = isHeld && this.slowed;
  }
}
