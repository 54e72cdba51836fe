import { Injectable } from '@nestjs/common';
import { AppClock } from '../ports/app-clock.js';
import { Metrics } from './metrics.js';
import { type PagingAges, registerPagingMetrics } from './paging-metrics.js';
import { Readiness, type ReadinessPart } from './readiness.js';
import { SiteProcesses } from './site-processes.js';

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

/** Of the newest test alarm of a gateway; null: none came through. */
export interface CanaryAges {
  readonly tookMs: number | null;
  readonly ageMs: number | null;
}

/** When the loops that tell people ran last, as they say themselves, and when the watchdog last looked at that. */
@Injectable()
export class PagingHealth {
  private readonly rounds = new Map<PagingLoop, { lastMs: number; okMs: number | null }>();
  private watchdogMs: number | null = null;
  private trips: readonly CanaryAges[] = [];
  private readonly watchdog: ReadinessPart;

  constructor(
    private readonly clock: AppClock,
    readiness: Readiness,
    metrics: Metrics,
    private readonly processes: SiteProcesses,
  ) {
    registerPagingMetrics(metrics.registry, () => this.agesNow());
    processes.tells('loops', () => Object.fromEntries([...this.rounds.keys()].map((loop) => [loop, this.agesHere(loop)])));
    processes.tells('watchdogMs', () => this.watchdogAgeHere());
    this.watchdog = readiness.expect('watchdog', { staleMs: WATCHDOG_SILENT_MS, degradesOnly: true });
  }

  /** A round of the loop has ended. */
  ran(loop: PagingLoop, ok: boolean): void {
    const nowMs = this.nowMs();
    this.rounds.set(loop, { lastMs: nowMs, okMs: ok ? nowMs : (this.rounds.get(loop)?.okMs ?? null) });
  }

  /** Of whoever ran it last, in this process or in another. */
  ages(loop: PagingLoop): LoopAges {
    const all = this.processes.others().flatMap(({ word, agoMs }) => {
      const said = word.loops[loop];
      return said === undefined ? [] : [{ roundMs: plus(said.roundMs, agoMs), okMs: plus(said.okMs, agoMs) }];
    });
    return [this.agesHere(loop), ...all].reduce((a, b) => ({
      roundMs: least(a.roundMs, b.roundMs),
      okMs: least(a.okMs, b.okMs),
    }));
  }

  /** The watchdog has asked how paging is. */
  watchdogLooked(): void {
    this.watchdogMs = this.nowMs();
    this.watchdog.ok();
  }

  /** It asks one of the processes that answer: the others hear of it from that one. */
  followWatchdog(): void {
    const ageMs = this.watchdogAgeMs();
    if (ageMs !== null && ageMs <= WATCHDOG_SILENT_MS) this.watchdog.ok();
  }

  /** Since the watchdog looked, here or in another process; null: never. */
  watchdogAgeMs(): number | null {
    const elsewhere = this.processes.others().map(({ word, agoMs }) => plus(word.watchdogMs, agoMs));
    return [this.watchdogAgeHere(), ...elsewhere].reduce(least);
  }

  private watchdogAgeHere(): number | null {
    return this.watchdogMs === null ? null : Math.max(0, this.nowMs() - this.watchdogMs);
  }

  private agesHere(loop: PagingLoop): LoopAges {
    const known = this.rounds.get(loop);
    const since = (ms: number | null): number | null => (ms === null ? null : Math.max(0, this.nowMs() - ms));
    return { roundMs: since(known?.lastMs ?? null), okMs: since(known?.okMs ?? null) };
  }

  /** Test alarms as they were seen last. */
  canaries(trips: readonly CanaryAges[]): void {
    this.trips = trips;
  }

  /** Nobody sets this clock, so no age jumps. */
  private nowMs(): number {
    return this.clock.steady().atMs;
  }

  private agesNow(): PagingAges {
    const most = (of: (trip: CanaryAges) => number | null): number | null => {
      const all = this.trips.map(of);
      return all.length === 0 || all.includes(null) ? null : Math.max(...all.map((each) => each ?? 0));
    };
    const loops = ['escalator', 'page-sender'] as const;
    return {
      rounds: Object.fromEntries(loops.map((loop) => [loop, this.ages(loop).okMs])),
      watchdogMs: this.watchdogAgeMs(),
      canaryMs: most((trip) => trip.ageMs),
      canaryTookMs: most((trip) => trip.tookMs),
    };
  }
}

const plus = (ms: number | null, more: number): number | null => (ms === null ? null : ms + more);
const least = (a: number | null, b: number | null): number | null => (a === null || b === null ? (a ?? b) : Math.min(a, b));
