import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * `readdressed`: came under another bed than its own, and was appended under its own. `held`: was nobody's. `released`: was held, and
 * is on the log again. `evicted`: was held for too long, or there were too many. `asStamped`: older than assignments reach.
 */
const OUTCOMES = ['readdressed', 'held', 'released', 'evicted', 'asStamped'] as const;
export type AttributionOutcome = (typeof OUTCOMES)[number];

/** What became of messages that were not simply their bed's. No label holds a bed, a device or a patient. */
export class AttributionMetrics {
  private readonly messages: Counter<'outcome'>;
  private readonly leftOut: Counter;
  private readonly movedSamples: Counter;
  private readonly devices: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.messages = new Counter({
      name: 'vigil_attribution_messages_total',
      help: 'Messages that were not for the bed under which they came, by what became of them',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of OUTCOMES) this.messages.inc({ outcome }, 0);
    this.leftOut = new Counter({
      name: 'vigil_attribution_left_out_readings_total',
      help: 'Readings of metrics that another device brings to the bed',
      registers,
    });
    this.movedSamples = new Counter({
      name: 'vigil_attribution_moved_samples_total',
      help: 'Samples of history that went to another bed because somebody put right where a device was',
      registers,
    });
    this.devices = new Gauge({
      name: 'vigil_tray_devices',
      help: 'Devices whose messages are held until somebody says at which bed they were',
      registers,
    });
  }

  count(outcome: AttributionOutcome, messages: number): void {
    if (messages > 0) this.messages.inc({ outcome }, messages);
  }

  leftOutReadings(readings: number): void {
    if (readings > 0) this.leftOut.inc(readings);
  }

  moved(samples: number): void {
    if (samples > 0) this.movedSamples.inc(samples);
  }

  inTray(devices: number): void {
    this.devices.set(devices);
  }
}
