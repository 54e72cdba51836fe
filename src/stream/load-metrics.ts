import { Counter, Gauge, type Registry } from 'prom-client';
import type { BreakerState, OutsideStore } from '../ports/store-health.js';

const BREAKER_VALUE: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** How much the process has to do, what yields to that, and how the stores outside it are. */
export class LoadMetrics {
  private readonly level: Gauge;
  private readonly loopDelayMs: Gauge;
  private readonly leftOut: Counter;
  private readonly breaker: Gauge<'store'>;
  private readonly refused: Counter<'store'>;
  private readonly blind: Gauge;
  private readonly tooNew: Gauge;
  private readonly counted = new Map<OutsideStore['name'], number>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.level = new Gauge({
      name: 'vigil_shedding_level',
      help: 'What yields to alarms: 0 nothing, 1 history waits, 2 live screens get less as well',
      registers,
    });
    this.loopDelayMs = new Gauge({
      name: 'vigil_event_loop_delay_ms',
      help: 'What a timer was late by in the last second, 99th percentile, in ms',
      registers,
    });
    this.leftOut = new Counter({
      name: 'vigil_live_events_thinned_total',
      help: 'Events that live screens were not shown, because newer ones of the same device were there',
      registers,
    });
    this.blind = new Gauge({
      name: 'vigil_engine_blind_keys',
      help: 'Beds and gateways in whose every event the engine fails: they are not watched',
      registers,
    });
    this.tooNew = new Gauge({
      name: 'vigil_engine_states_too_new_partitions',
      help: 'Partitions that stand still because a newer version wrote their states',
      registers,
    });
    this.breaker = new Gauge({
      name: 'vigil_store_breaker_state',
      help: 'Stores outside the process: 0 works, 1 is tried, 2 is away',
      labelNames: ['store'],
      registers,
    });
    this.refused = new Counter({
      name: 'vigil_store_refused_total',
      help: 'Calls that were refused without asking, because the store is away',
      labelNames: ['store'],
      registers,
    });
  }

  load(level: number, loopDelayMs: number): void {
    this.level.set(level);
    this.loopDelayMs.set(loopDelayMs);
  }

  engine({ blind, tooNew }: { readonly blind: number; readonly tooNew: number }): void {
    this.blind.set(blind);
    this.tooNew.set(tooNew);
  }

  thinned(count: number): void {
    if (count > 0) this.leftOut.inc(count);
  }

  stores(stores: readonly OutsideStore[]): void {
    for (const { name, state, refused } of stores) {
      this.breaker.set({ store: name }, BREAKER_VALUE[state]);
      this.refused.inc({ store: name }, refused - (this.counted.get(name) ?? 0));
      this.counted.set(name, refused);
    }
  }
}
