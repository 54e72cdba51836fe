import type { BrokerLimits } from './limits.js';

/** A connection that has not proved who it is. */
export interface Stranger {
  /** Its address; null on this machine, where everybody shares one. */
  readonly address: string | null;
  readonly sinceSecond: number;
  /** Ends the connection. */
  turnOut(reason: 'strangers' | 'connect-timeout'): void;
}

/**
 * The connections that have not logged in, oldest first. When there are too many, of one address or in all, the oldest has
 * to go, never the newest: whoever is honest needs milliseconds, and whoever opens connections to hold them only turns out
 * its own.
 */
export class Strangers {
  private readonly all = new Set<Stranger>();
  private readonly byAddress = new Map<string, Set<Stranger>>();

  constructor(private readonly limits: Pick<BrokerLimits, 'strangersMax' | 'strangersPerAddressMax' | 'strangerSeconds'>) {}

  get size(): number {
    return this.all.size;
  }

  add(stranger: Stranger): void {
    const { strangersMax, strangersPerAddressMax } = this.limits;
    const { address } = stranger;
    if (address !== null) {
      const neighbours = this.byAddress.get(address) ?? new Set();
      if (neighbours.size >= strangersPerAddressMax) this.turnOutFirst(neighbours);
      this.byAddress.set(address, neighbours.add(stranger));
    }
    if (this.all.size >= strangersMax) this.turnOutFirst(this.all);
    this.all.add(stranger);
  }

  /** It logged in, or is gone. */
  remove(stranger: Stranger): void {
    this.all.delete(stranger);
    const { address } = stranger;
    if (address === null) return;
    const neighbours = this.byAddress.get(address);
    neighbours?.delete(stranger);
    if (neighbours?.size === 0) this.byAddress.delete(address);
  }

  /** Turns out who has been here too long. */
  endSecond(second: number): void {
    for (const stranger of this.all) {
      if (second - stranger.sinceSecond < this.limits.strangerSeconds) return;
      this.remove(stranger);
      stranger.turnOut('connect-timeout');
    }
  }

  private turnOutFirst(some: ReadonlySet<Stranger>): void {
    const [oldest] = some;
    if (oldest === undefined) return;
    this.remove(oldest);
    oldest.turnOut('strangers');
  }
}
