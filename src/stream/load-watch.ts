import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Cancel, Clock } from '@vigil/clock';
import type { Readiness } from '../health/readiness.js';
import type { Subscription } from '../ports/event-log.js';
import type { OutsideStore, StoreHealth } from '../ports/store-health.js';
import type { LoadGovernor, Shed } from './load-governor.js';
import type { LoadMetrics } from './load-metrics.js';

const LOOK_EVERY_MS = 1_000;
/** A look that is missed by the event loop itself is no failure yet. */
const STALE_MS = 15_000;
const DELAY_RESOLUTION_MS = 20;

export interface LoadWatchOptions {
  readonly governor: LoadGovernor;
  /** The engine's. */
  readonly alarms: Pick<Subscription, 'health'>;
  readonly stores: StoreHealth;
  readonly readiness: Readiness;
  readonly metrics: LoadMetrics;
  readonly clock: Clock;
  /** Beds and gateways in whose every event the engine fails. */
  readonly blindKeys: () => number;
  /** Partitions whose states a newer version has written. */
  readonly tooNew: () => number;
  /** What a timer was late by since the last call; see `loopDelay`. */
  readonly loopDelayMs: () => number;
  /** What yields has changed, for the log. */
  readonly onShed: (shed: Shed) => void;
}

/**
 * Looks each second (wall time) at how far the engine is behind and at the stores outside; decides what yields, and declares both.
 * While the relational store is away nothing that the engine finds can be kept, so nothing is told: screens and the watchdog say
 * that nobody is watched (docs/adr/0044).
 */
export function watchLoad(options: LoadWatchOptions): Cancel {
  const { governor, alarms, stores, readiness, metrics, clock, loopDelayMs, onShed } = options;
  const shedding = readiness.expect('shedding', { staleMs: STALE_MS, degradesOnly: true });
  const sql = readiness.expect('store', { staleMs: STALE_MS, processing: true });
  const engine = readiness.expect('engine', { staleMs: STALE_MS, processing: true });
  for (const part of [shedding, sql, engine]) part.ok();
  return clock.every(LOOK_EVERY_MS, () => {
    const delayMs = loopDelayMs();
    const alarmLagMs = Math.max(0, ...[...alarms.health().partitions.values()].map((p) => p.lagMs ?? 0));
    if (governor.look({ alarmLagMs, loopDelayMs: delayMs }, clock.wallMs())) onShed(governor.shed);
    metrics.load(governor.shedLevel, delayMs);
    if (governor.shed === 'nothing') shedding.ok();
    else shedding.failed(governor.shed === 'live' ? 'history waits, screens get less often' : 'history waits');
    const all = stores.stores();
    metrics.stores(all);
    if (isAway(all.find((store) => store.name === 'sql'))) sql.failed('store-unavailable');
    else sql.ok();
    const blind = options.blindKeys();
    const tooNew = options.tooNew();
    metrics.engine({ blind, tooNew });
    if (tooNew > 0) engine.failed(`state-too-new: start the newer version again, ${tooNew} partitions stand still`);
    else if (blind > 0) engine.failed(`${blind} beds or gateways are not watched: the engine fails in their events`);
    else engine.ok();
  });
}

function isAway(store: OutsideStore | undefined): boolean {
  return store !== undefined && store.state !== 'closed';
}

/** Measures what timers are late by; each call answers for the time since the one before, in ms (99th percentile). */
export function loopDelay(): { readonly readMs: () => number; readonly stop: () => void } {
  const histogram = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  histogram.enable();
  return {
    readMs: () => {
      const delayMs = Math.max(0, histogram.percentile(99) / 1e6 - DELAY_RESOLUTION_MS);
      histogram.reset();
      return delayMs;
    },
    stop: () => void histogram.disable(),
  };
}
