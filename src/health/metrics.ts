import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** The process's metrics. No label holds a patient, a bed, a person or a URL. */
export class Metrics {
  readonly registry = new Registry();
  private readonly requestMs: Histogram<'method' | 'route' | 'status'>;
  private readonly socketsClosed: Counter<'reason'>;

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'vigil_platform_' });
    this.requestMs = new Histogram({
      name: 'vigil_http_request_duration_ms',
      help: 'Time to answer a request, in ms, by route template',
      labelNames: ['method', 'route', 'status'],
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000],
      registers: [this.registry],
    });
    this.socketsClosed = new Counter({
      name: 'vigil_live_sockets_closed_total',
      help: 'Live sockets that the platform closed, by reason',
      labelNames: ['reason'],
      registers: [this.registry],
    });
  }

  /** @param route the template, e.g. `/api/v1/alarms/:alarmId`; never the URL */
  request(method: string, route: string, status: number, tookMs: number): void {
    this.requestMs.observe({ method, route, status: String(status) }, tookMs);
  }

  socketClosed(reason: 'session-ended' | 'too-slow' | 'audit-unavailable' | 'not-allowed-any-more'): void {
    this.socketsClosed.inc({ reason });
  }
}
