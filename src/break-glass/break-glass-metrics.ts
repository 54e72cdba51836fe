import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../health/metrics.js';
import type { GrantCounts } from '../ports/break-glass.js';

/** How much emergency access there is, and whether somebody looks at it. No label holds a person or a patient. */
export class BreakGlassMetrics {
  private readonly opened: Counter<'loud'>;
  private readonly mailsFailed: Counter;
  private readonly grants: Gauge<'state'>;

  constructor({ registry }: Pick<Metrics, 'registry'>) {
    const registers = [registry];
    this.opened = new Counter({
      name: 'vigil_break_glass_opened_total',
      help: 'Emergency accesses opened here; loud: unusually many by one person',
      labelNames: ['loud'],
      registers,
    });
    this.mailsFailed = new Counter({
      name: 'vigil_break_glass_mails_failed_total',
      help: 'Mails about emergency access that a mail server did not take',
      registers,
    });
    this.grants = new Gauge({
      name: 'vigil_break_glass_grants',
      help: 'Emergency accesses that are open, not reviewed, or not reviewed in time',
      labelNames: ['state'],
      registers,
    });
  }

  grantOpened(loud: boolean): void {
    this.opened.inc({ loud: String(loud) });
  }

  mailFailed(): void {
    this.mailsFailed.inc();
  }

  counted({ open, unreviewed, overdue }: GrantCounts): void {
    this.grants.set({ state: 'open' }, open);
    this.grants.set({ state: 'unreviewed' }, unreviewed);
    this.grants.set({ state: 'overdue' }, overdue);
  }
}
