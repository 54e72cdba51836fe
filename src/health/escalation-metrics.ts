import { Counter, Gauge, type Registry } from 'prom-client';

/** How the loop that moves escalations on does. */
export class EscalationMetrics {
  private readonly due: Gauge;
  private readonly oldest: Gauge;
  private readonly rounds: Counter;
  private readonly failures: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.due = new Gauge({ name: 'vigil_escalations_due', help: 'Escalations that were due at the last look', registers });
    this.oldest = new Gauge({
      name: 'vigil_escalation_oldest_due_seconds',
      help: 'How long the escalation that waits longest had been due at the last look',
      registers,
    });
    this.rounds = new Counter({ name: 'vigil_escalation_rounds_total', help: 'Looks for what is due', registers });
    this.failures = new Counter({
      name: 'vigil_escalation_failures_total',
      help: 'Escalations that could not be moved on and are tried again',
      registers,
    });
  }

  /** @param oldestMs wall time */
  looked({ due, oldestMs, failed }: { readonly due: number; readonly oldestMs: number; readonly failed: number }): void {
    this.rounds.inc();
    this.failures.inc(failed);
    this.due.set(due);
    this.oldest.set(oldestMs / 1_000);
  }
}
