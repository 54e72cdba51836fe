import { Injectable } from '@nestjs/common';
import { AppClock } from '../ports/app-clock.js';
import { Readiness, type ReadinessPart } from './readiness.js';

/** The two loops that tell people: one moves escalations on, the other sends pages. */
export type PagingLoop = 'escalator' | 'page-sender';

/** Wall time without a look of the watchdog after which readiness says so. */
const WATCHDOG_SILENT_MS = 30_000;

/** Ages in milliseconds of wall time; null: never, since this process began. */
export interface LoopAges {
  readonly roundMs: number | null;
  /** Since a round that ended well. */
  readonly okMs: number | null;
}

/** When the loops that tell people ran last, as they say themselves, and when the watchdog last looked at that. */
@Injectable()
export class PagingHealth {
  private readonly rounds = new Map<PagingLoop, { lastMs: number; okMs: number | null }>();
  private watchdogMs: number | null = null;
  private readonly watchdog: ReadinessPart;

  constructor(
    private readonly clock: AppClock,
    readiness: Readiness,
  ) {
    this.watchdog = readiness.expect('watchdog', { staleMs: WATCHDOG_SILENT_MS, degradesOnly: true });
  }

  /** A round of the loop has ended. */
  ran(loop: PagingLoop, ok: boolean): void {
    const nowMs = this.clock.wallMs();
    this.rounds.set(loop, { lastMs: nowMs, okMs: ok ? nowMs : (this.rounds.get(loop)?.okMs ?? null) });
  }

  ages(loop: PagingLoop): LoopAges {
    const known = this.rounds.get(loop);
    const since = (ms: number | null): number | null => (ms === null ? null : Math.max(0, this.clock.wallMs() - ms));
    return { roundMs: since(known?.lastMs ?? null), okMs: since(known?.okMs ?? null) };
  }

  /** The watchdog has asked how paging is. */
  watchdogLooked(): void {
    this.watchdogMs = this.clock.wallMs();
    this.watchdog.ok();
  }

  /** Since the watchdog looked; null: never. */
  watchdogAgeMs(): number | null {
    return this.watchdogMs === null ? null : Math.max(0, this.clock.wallMs() - this.watchdogMs);
  }
}
