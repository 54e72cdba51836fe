import { Gauge, type Registry } from 'prom-client';

/** Ages in milliseconds of wall time; null: never, or none. */
export interface PagingAges {
  readonly rounds: Readonly<Record<string, number | null>>;
  readonly watchdogMs: number | null;
  readonly canaryMs: number | null;
  readonly canaryTookMs: number | null;
}

/** Whether people are told of alarms, as numbers. No label holds a patient, a bed or a person. */
export function registerPagingMetrics(registry: Registry, ages: () => PagingAges): void {
  const seconds = (ms: number | null): number => (ms === null ? Number.POSITIVE_INFINITY : ms / 1_000);
  const rounds = new Gauge({
    name: 'vigil_paging_round_age_seconds',
    help: 'Since a round of the loop that moves escalations on, or of the one that sends pages, ended well',
    labelNames: ['loop'],
    registers: [registry],
    collect() {
      for (const [loop, ms] of Object.entries(ages().rounds)) this.set({ loop }, seconds(ms));
    },
  });
  const watchdog = new Gauge({
    name: 'vigil_watchdog_look_age_seconds',
    help: 'Since the watchdog asked whether people are told of alarms',
    registers: [registry],
    collect() {
      this.set(seconds(ages().watchdogMs));
    },
  });
  const canary = new Gauge({
    name: 'vigil_canary_age_seconds',
    help: 'Since a test alarm came through, of the gateway whose last one is oldest; infinite before the first',
    registers: [registry],
    collect() {
      this.set(seconds(ages().canaryMs));
    },
  });
  const took = new Gauge({
    name: 'vigil_canary_round_trip_seconds',
    help: 'From the gateway to the page, of the slowest of the last test alarms of each gateway',
    registers: [registry],
    collect() {
      this.set(seconds(ages().canaryTookMs));
    },
  });
  void [rounds, watchdog, canary, took];
}
