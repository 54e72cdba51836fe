export interface OutMessage {
  readonly seq: number;
  /** Wall time at which the device measured; what decides when it is too old to keep. */
  readonly measuredWallMs: number;
  readonly payload: string;
}

export interface OutboxLimits {
  /** A message older than this is dropped, as a real monitor does. */
  readonly ageMsMax: number;
  readonly countMax: number;
  /** Messages sent and not yet acknowledged. */
  readonly inFlightMax: number;
}

interface Entry {
  readonly message: OutMessage;
  inFlight: boolean;
}

/**
 * What a device holds until the gateway has acknowledged it: in order of `seq`, bounded by age and by count.
 *
 * `take` gives each message once per connection; `reconnected` makes everything that was not acknowledged due again, in
 * order, because the gateway tells duplicates by a high-water mark. Pure: no clock and no I/O.
 */
export class Outbox {
  private entries: Entry[] = [];
  private inFlight = 0;
  dropped = 0;

  constructor(private readonly limits: OutboxLimits) {}

  get size(): number {
    return this.entries.length;
  }

  /** Returns how many old messages had to go. */
  put(message: OutMessage): number {
    this.entries.push({ message, inFlight: false });
    return this.expire(message.measuredWallMs);
  }

  /** The next message that may go out now, marked as sent; null when there is none or the window is full. */
  take(): OutMessage | null {
    if (this.inFlight >= this.limits.inFlightMax) return null;
    const next = this.entries.find((entry) => !entry.inFlight);
    if (next === undefined) return null;
    next.inFlight = true;
    this.inFlight += 1;
    return next.message;
  }

  acknowledged(seq: number): void {
    const at = this.entries.findIndex((entry) => entry.message.seq === seq);
    if (at < 0) return;
    if (this.entries[at]?.inFlight === true) this.inFlight -= 1;
    this.entries.splice(at, 1);
  }

  reconnected(): void {
    for (const entry of this.entries) entry.inFlight = false;
    this.inFlight = 0;
  }

  private expire(nowWallMs: number): number {
    const before = this.entries.length;
    while (
      this.entries.length > this.limits.countMax ||
      nowWallMs - (this.entries[0]?.message.measuredWallMs ?? nowWallMs) > this.limits.ageMsMax
    ) {
      if (this.entries.shift()?.inFlight === true) this.inFlight -= 1;
    }
    const gone = before - this.entries.length;
    this.dropped += gone;
    return gone;
  }
}
