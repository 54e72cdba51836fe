import { Counter, Gauge, type Registry } from 'prom-client';

/** How the audit trail is. No label holds a patient, a bed or a person. */
export class AuditMetrics {
  private readonly failures: Counter<'outcome'>;
  private readonly entries: Gauge;
  private readonly checkpointAge: Gauge;
  private readonly broken: Gauge;
  private readonly waiting: Gauge;
  private readonly lost: Gauge;
  private readonly gone: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
    this.failures = new Counter({
      name: 'vigil_audit_write_failures_total',
      help: 'Audit entries that the trail did not take, by what they say of the request',
      labelNames: ['outcome'],
      registers,
    });
    this.entries = gauge('vigil_audit_entries', 'Number of the newest entry under a checkpoint');
    this.checkpointAge = gauge('vigil_audit_checkpoint_age_seconds', 'Since the newest checkpoint was signed');
    this.broken = gauge('vigil_audit_broken', '1 when the log is not what it was, or cannot be signed');
    this.waiting = gauge('vigil_audit_spool_rows', 'Entries that wait on the disk for the audit trail');
    this.lost = gauge('vigil_audit_spool_lost', 'Entries since the last merge for which the disk had no room');
    this.gone = new Counter({
      name: 'vigil_audit_disposed_total',
      help: 'Entries that were disposed of when their time was over',
      registers,
    });
  }

  notWritten(outcome: 'allowed' | 'refused' | 'failed'): void {
    this.failures.inc({ outcome });
  }

  /** @param checkpointAgeMs wall time since the newest checkpoint; null before the first */
  log(state: { readonly entries: number; readonly checkpointAgeMs: number | null; readonly isBroken: boolean }): void {
    this.entries.set(state.entries);
    this.checkpointAge.set(state.checkpointAgeMs === null ? Number.POSITIVE_INFINITY : state.checkpointAgeMs / 1000);
    this.broken.set(state.isBroken ? 1 : 0);
  }

  /** What another process says now is not said here, too: an age that stands still would look young for ever. */
  keptElsewhere(): void {
    for (const gauge of [this.entries, this.checkpointAge, this.broken]) gauge.reset();
  }

  /** What waits in this process, whoever keeps the log. */
  spool(waiting: number, lost: number): void {
    this.waiting.set(waiting);
    this.lost.set(lost);
  }

  disposed(entries: number): void {
    this.gone.inc(entries);
  }
}
