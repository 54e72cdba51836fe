import type { Gap } from '@vigil/contracts';
import type { StepResult } from '@vigil/domain';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the stream consumers count. No label holds a bed, a device or a patient. */
export class StreamMetrics {
  private readonly events: Counter;
  private readonly dropped: Counter;
  private readonly transitionCount: Counter;
  private readonly batchMs: Histogram;
  private readonly lagMs: Gauge;
  private readonly malformedCount: Counter;
  private readonly samples: Counter;
  private readonly lateSamples: Counter;
  private readonly gaps: Counter;
  private readonly gapMessages: Counter;
  private readonly leftOut: Counter;
  private readonly relayed: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.events = new Counter({
      name: 'vigil_stream_events_total',
      help: 'Events that the engine has stepped through',
      registers,
    });
    this.dropped = new Counter({
      name: 'vigil_stream_set_aside_total',
      help: 'Events that raised nothing, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.transitionCount = new Counter({ name: 'vigil_alarm_transitions_total', help: 'Alarm transitions derived', registers });
    this.batchMs = new Histogram({
      name: 'vigil_stream_batch_ms',
      help: 'Decide and commit one batch, in ms',
      buckets: [1, 2, 5, 10, 20, 50, 100, 250, 1000],
      registers,
    });
    this.lagMs = new Gauge({
      name: 'vigil_stream_lag_ms',
      help: 'Age of the newest event of the last batch when it was done, in ms',
      registers,
    });
    this.malformedCount = new Counter({
      name: 'vigil_stream_malformed_total',
      help: 'Events on the log that are none of ours',
      registers,
    });
    this.samples = new Counter({ name: 'vigil_history_samples_total', help: 'Samples written to history', registers });
    this.lateSamples = new Counter({
      name: 'vigil_history_late_samples_total',
      help: 'Samples written to history more than a minute after their gateway had them',
      registers,
    });
    this.gaps = new Counter({
      name: 'vigil_history_gaps_total',
      help: 'Gaps declared in what devices sent, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.gapMessages = new Counter({
      name: 'vigil_history_gap_messages_total',
      help: 'Messages declared as missing, by reason; some may come after all',
      labelNames: ['reason'],
      registers,
    });
    this.leftOut = new Counter({
      name: 'vigil_fleet_left_out_total',
      help: 'News of devices and gateways that are not in the site and for which there is no room',
      registers,
    });
    this.relayed = new Counter({ name: 'vigil_relay_events_total', help: 'Log events relayed from the store', registers });
  }

  batch(count: number, result: StepResult, tookMs: number, lagMs: number): void {
    this.events.inc(count);
    for (const [reason, n] of Object.entries(result.counts)) if (n > 0) this.dropped.inc({ reason }, n);
    this.transitionCount.inc(result.effects.length);
    this.batchMs.observe(tookMs);
    this.lagMs.set(lagMs);
  }

  malformed(count: number): void {
    if (count > 0) this.malformedCount.inc(count);
  }

  historySamples(count: number, late: number): void {
    this.samples.inc(count);
    this.lateSamples.inc(late);
  }

  historyGap(reason: Gap['reason'], messages: number): void {
    this.gaps.inc({ reason });
    this.gapMessages.inc({ reason }, messages);
  }

  fleetLeftOut(count: number): void {
    this.leftOut.inc(count);
  }

  relayedEvents(count: number): void {
    this.relayed.inc(count);
  }
}
