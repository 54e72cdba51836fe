import { DeadLetterReason, type Gap } from '@vigil/contracts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Decided } from './decide.js';

/** Wall times of one batch, and how old its newest event was when it was done. */
export interface BatchTimes {
  readonly readWallMs: number;
  readonly steppedWallMs: number;
  readonly doneMs: number;
  readonly lagMs: number;
}

/** What the stream consumers count. No label holds a bed, a device or a patient. */
export class StreamMetrics {
  private readonly events: Counter;
  private readonly dropped: Counter;
  private readonly transitionCount: Counter;
  private readonly batchMs: Histogram;
  private readonly lagMs: Gauge;
  private readonly stepMs: Histogram;
  private readonly commitMs: Histogram;
  private readonly batchEvents: Histogram;
  private readonly deadLetterCount: Counter<'reason'>;
  private readonly checkpointBytes: Counter;
  private readonly stateBytes: Histogram;
  private readonly catchUpMs: Histogram;
  private readonly keys: Gauge<'partition'>;
  private readonly watermarkDelayMs: Gauge<'partition'>;
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
    this.stepMs = new Histogram({
      name: 'vigil_stream_step_ms',
      help: 'Decide what one batch does to alarms, in ms',
      buckets: [1, 2, 5, 10, 20, 50, 100, 250],
      registers,
    });
    this.commitMs = new Histogram({
      name: 'vigil_stream_commit_ms',
      help: 'Store what one batch did to alarms, with the checkpoints that were due, in ms',
      buckets: [1, 2, 5, 10, 20, 50, 100, 250, 1000],
      registers,
    });
    this.batchEvents = new Histogram({
      name: 'vigil_stream_batch_events',
      help: 'Events that the engine read at once',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    });
    this.deadLetterCount = new Counter({
      name: 'vigil_dead_letters_total',
      help: 'Met on the log and put aside, by reason; a replay counts what it meets again',
      labelNames: ['reason'],
      registers,
    });
    for (const reason of DeadLetterReason.options) this.deadLetterCount.inc({ reason }, 0);
    this.checkpointBytes = new Counter({
      name: 'vigil_stream_checkpoint_bytes_total',
      help: 'Engine states written, in bytes of JSON',
      registers,
    });
    this.stateBytes = new Histogram({
      name: 'vigil_stream_state_bytes',
      help: 'Engine state of one bed or gateway, in bytes of JSON',
      buckets: [1_000, 2_000, 5_000, 10_000, 20_000, 50_000],
      registers,
    });
    this.catchUpMs = new Histogram({
      name: 'vigil_stream_catch_up_ms',
      help: 'From taking a partition to having read what was missed, in ms',
      buckets: [100, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 120_000],
      registers,
    });
    this.keys = new Gauge({
      name: 'vigil_stream_keys',
      help: 'Beds and gateways that the engine keeps a state of, per partition',
      labelNames: ['partition'],
      registers,
    });
    this.watermarkDelayMs = new Gauge({
      name: 'vigil_stream_watermark_delay_ms',
      help: 'How far the watermark of the slowest bed is behind event time, in ms, per partition',
      labelNames: ['partition'],
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

  batch(count: number, { counts, effects }: Decided, times: BatchTimes): void {
    const { readWallMs, steppedWallMs, doneMs, lagMs } = times;
    this.events.inc(count);
    for (const [reason, n] of Object.entries(counts)) if (n > 0) this.dropped.inc({ reason }, n);
    this.transitionCount.inc(effects.length);
    this.batchEvents.observe(count);
    this.batchMs.observe(doneMs - readWallMs);
    this.stepMs.observe(steppedWallMs - readWallMs);
    this.commitMs.observe(doneMs - steppedWallMs);
    this.lagMs.set(lagMs);
  }

  deadLetters(reasons: readonly DeadLetterReason[]): void {
    for (const reason of reasons) this.deadLetterCount.inc({ reason });
  }

  /** States that were stored, in bytes each. */
  checkpoint(bytes: readonly number[]): void {
    for (const each of bytes) {
      this.checkpointBytes.inc(each);
      this.stateBytes.observe(each);
    }
  }

  caughtUp(tookMs: number): void {
    this.catchUpMs.observe(tookMs);
  }

  partition(
    partition: number,
    { keys, watermarkDelayMs }: { readonly keys: number; readonly watermarkDelayMs: number | null },
  ): void {
    const labels = { partition: String(partition) };
    this.keys.set(labels, keys);
    if (watermarkDelayMs === null) this.watermarkDelayMs.remove(labels);
    else this.watermarkDelayMs.set(labels, watermarkDelayMs);
  }

  /** The partition is read elsewhere from now on. */
  closed(partition: number): void {
    const labels = { partition: String(partition) };
    this.keys.remove(labels);
    this.watermarkDelayMs.remove(labels);
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
