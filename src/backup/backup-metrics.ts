import { Gauge, type Registry } from 'prom-client';
import type { LastRun } from './last-run.js';

/** How old the newest good back-up is, and what it took. No label. */
export class BackupMetrics {
  private readonly age: Gauge;
  private readonly written: Gauge;
  private readonly took: Gauge;
  private readonly failed: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
    this.age = gauge(
      'vigil_backup_age_seconds',
      'Since the moment that the newest good back-up shows; +Inf: one is wanted and there is none; NaN: none is wanted',
    );
    this.written = gauge('vigil_backup_written_bytes', 'What the newest good back-up added to its folder');
    this.took = gauge('vigil_backup_took_seconds', 'How long the newest good back-up took');
    this.failed = gauge('vigil_backup_failed', '1 when the newest attempt to make a back-up failed');
  }

  /** @param ageMs null where there is none */
  looked(last: LastRun | null, ageMs: number | null, isWanted: boolean): void {
    this.age.set(ageMs === null ? (isWanted ? Number.POSITIVE_INFINITY : Number.NaN) : ageMs / 1_000);
    this.written.set(last?.writtenBytes ?? 0);
    this.took.set((last?.tookMs ?? 0) / 1_000);
    this.failed.set(last === null || last.failure === null ? 0 : 1);
  }
}
