import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { AuditMetrics } from './audit-metrics.js';
import { EscalationMetrics } from './escalation-metrics.js';
import { SignInMetrics } from './sign-in-metrics.js';

/** The process's metrics. No label holds a patient, a bed, a person or a URL. */
export class Metrics {
  readonly registry = new Registry();
  /** How the audit trail is. */
  readonly audit = new AuditMetrics(this.registry);
  /** How the loop that moves escalations on does. */
  readonly escalation = new EscalationMetrics(this.registry);
  /** How sign-ins go. */
  readonly signIns = new SignInMetrics(this.registry);
  private readonly requestMs: Histogram<'method' | 'route' | 'status'>;
  private readonly socketsClosed: Counter<'reason'>;
  private readonly requestsRefused: Counter<'reason'>;
  private readonly cspReports: Counter<'directive'>;

  private readonly anchorAge: Gauge<'anchor'>;
  private readonly anchorWaiting: Gauge<'anchor'>;
  private readonly anchorFailures: Counter<'anchor' | 'reason'>;

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'vigil_platform_' });
    const registers = [this.registry];
    this.anchorAge = new Gauge({
      name: 'vigil_audit_anchor_age_seconds',
      help: 'Since the anchor took a checkpoint of the audit log',
      labelNames: ['anchor'],
      registers,
    });
    this.anchorWaiting = new Gauge({
      name: 'vigil_audit_anchor_waiting',
      help: 'Checkpoints that wait for the anchor',
      labelNames: ['anchor'],
      registers,
    });
    this.anchorFailures = new Counter({
      name: 'vigil_audit_anchor_failures_total',
      help: 'Checkpoints that an anchor did not take, by reason',
      labelNames: ['anchor', 'reason'],
      registers,
    });
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

  /** @param ageMs wall time since the anchor took a checkpoint; null before the first */
  auditAnchor(anchor: string, ageMs: number | null, waiting: number): void {
    this.anchorAge.set({ anchor }, ageMs === null ? Number.POSITIVE_INFINITY : ageMs / 1000);
    this.anchorWaiting.set({ anchor }, waiting);
  }

  /** Another process keeps the audit log from now on: what was known of it here grows old. */
  auditKeptElsewhere(): void {
    this.anchorAge.reset();
    this.anchorWaiting.reset();
    this.audit.keptElsewhere();
  }

  auditAnchorFailed(anchor: string, reason: 'away' | 'refused' | 'dropped'): void {
    this.anchorFailures.inc({ anchor, reason });
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

  socketClosed(
    reason:
      | 'session-ended'
      | 'too-slow'
      | 'audit-unavailable'
      | 'not-allowed-any-more'
      | 'too-many-lines'
      | 'too-many-messages'
      | 'unknown-message',
  ): void {
    this.socketsClosed.inc({ reason });
  }
}
