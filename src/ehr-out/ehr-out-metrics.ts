import { Counter, Gauge, type Registry } from 'prom-client';
import type { KeptReason } from '../ports/ehr-out.js';

/** How sending to the hospital's records goes. Labels are closed lists of words. */
export class EhrOutMetrics {
  private readonly sentTotal: Counter<'outcome'>;
  private readonly refusedTotal: Counter<'issue'>;
  private readonly evictedTotal: Counter;
  private readonly openMinutes: Gauge;
  private readonly inFlight: Gauge;
  private readonly waiting: Gauge<'reason'>;
  private readonly away: Gauge;
  private readonly lag: Gauge;
  private readonly missedTotal: Counter;
  private missedBefore = 0;

  constructor(registry: Registry) {
    const registers = [registry];
    this.sentTotal = new Counter({
      name: 'vigil_ehr_out_sent_total',
      help: 'Resources that the FHIR server has: stored now, there already, or set right',
      labelNames: ['outcome'],
      registers,
    });
    this.refusedTotal = new Counter({
      name: 'vigil_ehr_out_refused_total',
      help: 'Resources that the FHIR server did not take, by the code of its answer',
      labelNames: ['issue'],
      registers,
    });
    this.evictedTotal = new Counter({
      name: 'vigil_ehr_out_evicted_total',
      help: 'Resources that waited for a person and went to make room: they will not be sent',
      registers,
    });
    this.openMinutes = new Gauge({
      name: 'vigil_ehr_out_open_minutes',
      help: 'Minutes of a metric that are not complete yet',
      registers,
    });
    this.inFlight = new Gauge({
      name: 'vigil_ehr_out_queue',
      help: 'Resources that are made and not settled yet',
      registers,
    });
    this.waiting = new Gauge({
      name: 'vigil_ehr_out_waiting',
      help: 'What waits because its stay or patient is not known there, or was refused',
      labelNames: ['reason'],
      registers,
    });
    this.lag = new Gauge({
      name: 'vigil_ehr_out_lag_seconds',
      help: 'Age of the oldest event on the log that was not read for the FHIR server, at most',
      registers,
    });
    this.missedTotal = new Counter({
      name: 'vigil_ehr_out_missed_total',
      help: 'Events that the log had removed before they were read for the FHIR server',
      registers,
    });
    this.away = new Gauge({
      name: 'vigil_ehr_out_away_seconds',
      help: 'For how long the FHIR server has taken nothing although there is something; 0 while it does',
      registers,
    });
  }

  sent(outcome: 'stored' | 'there-already' | 'retracted' | 'reinstated', count = 1): void {
    this.sentTotal.inc({ outcome }, count);
  }

  /** @param issue code of an OperationOutcome */
  refused(issue: string): void {
    this.refusedTotal.inc({ issue });
  }

  evicted(count: number): void {
    this.evictedTotal.inc(count);
  }

  noteQueue(inFlight: number, openMinutes: number): void {
    this.inFlight.set(inFlight);
    this.openMinutes.set(openMinutes);
  }

  noteWaiting(counts: Readonly<Record<KeptReason, number>>): void {
    for (const [reason, count] of Object.entries(counts)) this.waiting.set({ reason }, count);
  }

  /** @param lagMs null: not known @param missed since the start */
  noteLog(lagMs: number | null, missed: number): void {
    this.lag.set(lagMs === null ? Number.NaN : lagMs / 1_000);
    this.missedTotal.inc(missed - this.missedBefore);
    this.missedBefore = missed;
  }

  /** Wall time. */
  noteAway(forMs: number): void {
    this.away.set(forMs / 1_000);
  }
}
