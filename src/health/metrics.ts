import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** The process's metrics. No label holds a patient, a bed, a person or a URL. */
export class Metrics {
  readonly registry = new Registry();
  private readonly requestMs: Histogram<'method' | 'route' | 'status'>;
  private readonly socketsClosed: Counter<'reason'>;
  private readonly requestsRefused: Counter<'reason'>;
  private readonly cspReports: Counter<'directive'>;

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
    this.requestsRefused = new Counter({
      name: 'vigil_http_requests_refused_total',
      help: 'Requests refused before a handler saw them, by reason',
      labelNames: ['reason'],
      registers: [this.registry],
    });
    this.cspReports = new Counter({
      name: 'vigil_csp_reports_total',
      help: 'What browsers say that the content policy stopped, by directive',
      labelNames: ['directive'],
      registers: [this.registry],
    });
  }

  /** @param route the template, e.g. `/api/v1/alarms/:alarmId`; never the URL */
  request(method: string, route: string, status: number, tookMs: number): void {
    this.requestMs.observe({ method, route, status: String(status) }, tookMs);
  }

  requestRefused(reason: 'path' | 'address-rate' | 'caller-rate'): void {
    this.requestsRefused.inc({ reason });
  }

  /** @param directive one of a closed list */
  cspReport(directive: string): void {
    this.cspReports.inc({ directive });
  }

  socketClosed(reason: 'session-ended' | 'too-slow' | 'audit-unavailable' | 'not-allowed-any-more'): void {
    this.socketsClosed.inc({ reason });
  }
}
