import { Counter, Gauge, type Registry } from 'prom-client';

/** How far the keeping of readings with their alarms has come. */
export class SnapshotMetrics {
  private readonly taken: Counter;
  private readonly failed: Counter;
  private readonly waiting: Gauge;
  private readonly oldestS: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.taken = new Counter({ name: 'vigil_alarm_snapshots_total', help: 'Snapshots that were kept', registers });
    this.failed = new Counter({
      name: 'vigil_alarm_snapshot_failures_total',
      help: 'Turns that a store or the keys kept from their end; they are done again',
      registers,
    });
    this.waiting = new Gauge({
      name: 'vigil_alarm_snapshots_waiting',
      help: 'Alarms whose readings are not kept yet',
      registers,
    });
    this.oldestS = new Gauge({
      name: 'vigil_alarm_snapshot_oldest_seconds',
      help: 'For how long (wall time) the oldest of them waits; 30 s and more at any alarm, 5 minutes where readings are missing',
      registers,
    });
  }

  turned(taken: number): void {
    if (taken > 0) this.taken.inc(taken);
  }

  troubled(): void {
    this.failed.inc();
  }

  note(count: number, oldestMs: number): void {
    this.waiting.set(count);
    this.oldestS.set(Math.max(0, oldestMs) / 1_000);
  }
}
