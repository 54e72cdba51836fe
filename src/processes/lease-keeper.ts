import type { Cancel, Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { LeaseClaim, Leases } from '../ports/leases.js';
import { Once, type SingleWork } from '../ports/once.js';

/** Between two renewals. Steady time, as all here. */
export const RENEW_EVERY_MS = 2_000;
/** So long after a renewal a holder takes the work for its own; then it stops, whether or not it knows why. */
export const HELD_MS = 6_000;
/** A lease that has stood still for so long is taken: its holder has stopped by then, with room for two clocks that run apart. */
export const LAPSED_MS = 10_000;

export interface LeaseKeeperParts {
  readonly leases: Leases;
  readonly holder: string;
  readonly clock: Clock;
  /** True where no other process of the site lives: whatever is held is held by the dead. */
  readonly isAlone: () => boolean;
  /** The store was away, or is back. */
  readonly onTrouble?: (code: string | null) => void;
}

interface Seen {
  readonly beat: number;
  readonly atMs: number;
}

/** Keeps the leases of the work that this process would do, in the store. */
export class LeaseKeeper extends Once {
  private readonly wanted = new Set<SingleWork>();
  /** Beat of the last renewal and when it was asked for. */
  private readonly held = new Map<string, Seen>();
  private readonly seen = new Map<string, Seen>();
  private cancel: Cancel = () => undefined;
  private running: Promise<void> | null = null;
  /** Something is wanted that the look under way does not know of. */
  private again = false;
  private isStopped = false;
  private trouble: string | null = null;

  constructor(private readonly parts: LeaseKeeperParts) {
    super();
  }

  start(): void {
    this.cancel = this.parts.clock.every(RENEW_EVERY_MS, () => void this.look());
    void this.look();
  }

  /** Gives everything up, so that others need not wait. Called once the work has stopped. */
  async stop(): Promise<void> {
    this.cancel();
    this.isStopped = true;
    await this.running;
    this.held.clear();
    await this.parts.leases.release(this.parts.holder).catch(() => undefined);
  }

  override isMine(work: SingleWork): boolean {
    if (this.isStopped) return false;
    if (!this.wanted.has(work)) {
      this.wanted.add(work);
      this.again = true;
      void this.look();
    }
    const held = this.held.get(work);
    return held !== undefined && this.nowMs() - held.atMs <= HELD_MS;
  }

  /** Work that is this process's now, by name. */
  holding(): readonly SingleWork[] {
    const nowMs = this.nowMs();
    return [...this.wanted].filter((work) => nowMs - (this.held.get(work)?.atMs ?? -Infinity) <= HELD_MS).sort();
  }

  /** One look at a time; never throws. */
  look(): Promise<void> {
    this.running ??= this.lookNow()
      .then(
        () => this.say(null),
        (error: unknown) => this.say(error instanceof PlatformError ? error.code : 'internal'),
      )
      .finally(() => {
        this.running = null;
        if (this.again && !this.isStopped) void this.look();
      });
    return this.running;
  }

  private async lookNow(): Promise<void> {
    this.again = false;
    if (this.isStopped || this.wanted.size === 0) return;
    const { leases, holder } = this.parts;
    // Before the question: what is answered late is not held longer for it.
    const askedMs = this.nowMs();
    const rows = new Map((await leases.all()).map((row) => [row.name, row]));
    const claims = [...this.wanted].flatMap((name): LeaseClaim[] => {
      const row = rows.get(name);
      if (row === undefined) return [{ name, seenBeat: null }];
      return this.mayTake(row, askedMs) ? [{ name, seenBeat: row.beat }] : [];
    });
    const won = claims.length === 0 ? new Map<string, number>() : await leases.take(holder, claims);
    for (const name of this.wanted) {
      const beat = won.get(name);
      if (beat === undefined) this.held.delete(name);
      else this.held.set(name, { beat, atMs: askedMs });
    }
  }

  private mayTake(row: { readonly name: string; readonly holder: string; readonly beat: number }, nowMs: number): boolean {
    if (row.holder === '' || row.holder === this.parts.holder || this.parts.isAlone()) return true;
    const seen = this.seen.get(row.name);
    if (seen?.beat === row.beat) return nowMs - seen.atMs > LAPSED_MS;
    this.seen.set(row.name, { beat: row.beat, atMs: nowMs });
    return false;
  }

  private say(code: string | null): void {
    if (code === this.trouble) return;
    this.trouble = code;
    this.parts.onTrouble?.(code);
  }

  private nowMs(): number {
    return this.parts.clock.steady().atMs;
  }
}
