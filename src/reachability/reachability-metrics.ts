import { Counter, Gauge, type Registry } from 'prom-client';
import type { DutyRound } from '../ports/duty-checks.js';

/** How those who have a duty can be reached. Counts, never who. */
export class ReachabilityMetrics {
  private readonly people: Gauge<'reachability'>;
  private readonly tests: Counter<'channel' | 'outcome'>;

  constructor(registry: Registry) {
    this.people = new Gauge({
      name: 'vigil_duty_people',
      help: 'People with a duty now or within half an hour, by whether they can be reached',
      labelNames: ['reachability'],
      registers: [registry],
    });
    this.tests = new Counter({
      name: 'vigil_duty_tests_total',
      help: 'Tests of a way before a duty, by channel and outcome',
      labelNames: ['channel', 'outcome'],
      registers: [registry],
    });
  }

  round({ people }: DutyRound): void {
    for (const [reachability, count] of Object.entries(people)) this.people.set({ reachability }, count);
  }

  test(channel: string, outcome: 'sent' | 'failed'): void {
    this.tests.inc({ channel, outcome });
  }
}
