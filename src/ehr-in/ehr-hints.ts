import { Injectable } from '@nestjs/common';
import { SiteProcesses } from '../health/site-processes.js';
import { SiteSecrets } from '../ports/site-secrets.js';
import { EhrMetrics } from './ehr-metrics.js';

/** Between the address where the FHIR server says "look now" and whoever looks; without one, a hint is taken and nothing happens. */
@Injectable()
export class EhrHints {
  private listener: () => void = () => undefined;

  constructor(
    private readonly secrets: SiteSecrets,
    private readonly metrics: EhrMetrics,
    private readonly processes: SiteProcesses,
  ) {}

  /** What the FHIR server shows when it says so: the same for ever, and no other secret. @throws what the stores throw */
  async bearer(): Promise<string> {
    return (await this.secrets.secret('ehr-notify')).toString('base64url');
  }

  onHint(listener: () => void): void {
    this.listener = listener;
    this.processes.onAsked('ehr-hint', listener);
  }

  taken(isRight: boolean): void {
    this.metrics.hint(isRight ? 'taken' : 'refused');
    if (!isRight) return;
    this.listener();
    // Whoever reads may be another process.
    this.processes.ask('ehr-hint');
  }
}
