import type { Clock } from '@vigil/clock';
import { type ErrorCode, PlatformError } from '@vigil/domain';
import type { BreakerState, OutsideStore } from '../../ports/store-health.js';

/** So many outages in a row (each after its own patience) and the store counts as away. */
export const OUTAGES_MAX = 3;
/** Wall time between two tries whether it is back: short, because alarms wait for it. */
export const TRY_EVERY_MS = 1_000;

export interface BreakerOptions {
  readonly name: OutsideStore['name'];
  readonly clock: Clock;
  /** What a refused caller is told. Retryable. */
  readonly code: ErrorCode;
  /** Told when an outage begins, with the first failure, and when the store works again. Must not throw. */
  readonly onTrouble?: (isTroubled: boolean) => void;
  readonly outagesMax?: number;
}

/**
 * Stands before a store outside this process. A store that is away costs each caller its patience (a locked file blocks the whole
 * process meanwhile, a hub that is silent takes 15 s); once that is known, callers are refused at once, and one of them tries
 * again each second. Only outages count: retryable PlatformErrors. What the caller did wrong says nothing of the store.
 */
export class Breaker {
  private failures = 0;
  private current: BreakerState = 'closed';
  private triedWallMs = 0;
  private failingSinceWallMs: number | null = null;
  private refused = 0;

  constructor(private readonly options: BreakerOptions) {}

  get state(): OutsideStore {
    const { name } = this.options;
    return { name, state: this.current, failingSinceWallMs: this.failingSinceWallMs, refused: this.refused };
  }

  /** Does the work, or refuses it. @throws PlatformError(code) when refused; what the work throws */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.admit();
    try {
      const result = await work();
      this.worked();
      return result;
    } catch (error) {
      if (error instanceof PlatformError && error.retryable && error.code === this.options.code) this.failed();
      else this.worked();
      throw error;
    }
  }

  private admit(): void {
    if (this.current === 'closed') return;
    const wallMs = this.options.clock.wallMs();
    const isFree = wallMs - this.triedWallMs >= TRY_EVERY_MS;
    // A trial that never ends must not keep the store away for ever: after its time another one may try.
    if (!isFree) {
      this.refused += 1;
      throw new PlatformError(this.options.code, { waitedMs: wallMs - (this.failingSinceWallMs ?? wallMs) }, true);
    }
    this.current = 'half-open';
    this.triedWallMs = wallMs;
  }

  private worked(): void {
    if (this.failures === 0 && this.current === 'closed') return;
    this.failures = 0;
    this.current = 'closed';
    this.failingSinceWallMs = null;
    this.options.onTrouble?.(false);
  }

  private failed(): void {
    const wallMs = this.options.clock.wallMs();
    this.failures += 1;
    if (this.failures === 1) this.options.onTrouble?.(true);
    if (this.current === 'closed' && this.failures < (this.options.outagesMax ?? OUTAGES_MAX)) return;
    this.current = 'open';
    this.failingSinceWallMs ??= wallMs;
    this.triedWallMs = wallMs;
  }
}
