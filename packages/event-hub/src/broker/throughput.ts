import type { Clock } from '@vigil/clock';
import type { BrokerLimits } from '../limits.js';
import { TokenBucket } from './token-bucket.js';

const MEGABYTE = 1_000_000;
/** One throughput unit, as the service's documentation has it. */
const PER_UNIT = { in: { bytes: MEGABYTE, events: 1000 }, out: { bytes: 2 * MEGABYTE, events: 4096 } };
/** Clients ask in bursts when they start; the rate holds over this many seconds. */
const MANAGEMENT_BURST_SECONDS = 10;

/** One direction: so many bytes and so many events a second, whichever is reached first. */
class Direction {
  private readonly bytes: TokenBucket;
  private readonly events: TokenBucket;

  constructor(rate: { readonly bytes: number; readonly events: number }, units: number, nowMs: number) {
    this.bytes = new TokenBucket(rate.bytes * units, rate.bytes * units, nowMs);
    this.events = new TokenBucket(rate.events * units, rate.events * units, nowMs);
  }

  waitMs(nowMs: number): number {
    return Math.max(this.bytes.waitMs(nowMs), this.events.waitMs(nowMs));
  }

  eventsAvailable(nowMs: number): number {
    return Math.ceil(this.events.available(nowMs));
  }

  take(bytes: number, events: number, nowMs: number): void {
    this.bytes.take(bytes, nowMs);
    this.events.take(events, nowMs);
  }
}

/** The throttle of a namespace: what may come in and go out each second, and how often properties may be asked for. */
export class Throughput {
  private readonly in: Direction | null;
  private readonly out: Direction | null;
  private readonly reads: TokenBucket;

  constructor(
    private readonly clock: Clock,
    { throughputUnits: units, managementReadsPerSecond: reads }: BrokerLimits,
  ) {
    const nowMs = clock.wallMs();
    this.in = units === null ? null : new Direction(PER_UNIT.in, units, nowMs);
    this.out = units === null ? null : new Direction(PER_UNIT.out, units, nowMs);
    this.reads = new TokenBucket(reads, reads * MANAGEMENT_BURST_SECONDS, nowMs);
  }

  /** Takes a send in: 0, or the milliseconds after which it may come again; then nothing is counted. */
  ingressWaitMs(bytes: number, events: number): number {
    if (this.in === null) return 0;
    const nowMs = this.clock.wallMs();
    const waitMs = this.in.waitMs(nowMs);
    if (waitMs === 0) this.in.take(bytes, events, nowMs);
    return waitMs;
  }

  /** How many events may go out now, or after how many milliseconds to ask again. */
  egress(): { readonly events: number; readonly waitMs: number } {
    if (this.out === null) return { events: Infinity, waitMs: 0 };
    const nowMs = this.clock.wallMs();
    return { events: this.out.eventsAvailable(nowMs), waitMs: this.out.waitMs(nowMs) };
  }

  /** Counts what went out. */
  sent(bytes: number, events: number): void {
    this.out?.take(bytes, events, this.clock.wallMs());
  }

  /** May properties be read once more now? */
  mayRead(): boolean {
    const nowMs = this.clock.wallMs();
    if (this.reads.waitMs(nowMs) > 0) return false;
    this.reads.take(1, nowMs);
    return true;
  }
}
