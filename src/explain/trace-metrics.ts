import { Counter, Gauge, type Registry } from 'prom-client';

/** How traces of alarms leave. No label holds an alarm. */
export class TraceMetrics {
  private readonly sentTotal: Counter;
  private readonly droppedTotal: Counter<'reason'>;
  private readonly waiting: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.sentTotal = new Counter({
      name: 'vigil_traces_sent_total',
      help: 'Traces of alarms that the collector took',
      registers,
    });
    this.droppedTotal = new Counter({
      name: 'vigil_traces_dropped_total',
      help: 'Traces of alarms that were given up: more than may wait, or a collector that is away or refuses',
      labelNames: ['reason'],
      registers,
    });
    this.waiting = new Gauge({ name: 'vigil_traces_waiting', help: 'Alarms whose trace is not sent yet', registers });
  }

  sent(traces: number): void {
    this.sentTotal.inc(traces);
  }

  dropped(reason: 'too-many' | 'away' | 'refused', traces: number): void {
    this.droppedTotal.inc({ reason }, traces);
  }

  wait(count: number): void {
    this.waiting.set(count);
  }
}
