import { Injectable } from '@nestjs/common';
import { SiteProcesses } from '../health/site-processes.js';
import { EhrOut } from '../ports/ehr-out.js';

/** The way from a person to who sends, in this process or in another. Nobody sends in a site without a FHIR server. */
@Injectable()
export class RetryRequests {
  private answer: (() => Promise<number>) | null = null;

  constructor(
    private readonly processes: SiteProcesses,
    private readonly store: EhrOut,
  ) {}

  /** @param answer must not be lost where it fails: whoever asked in another process does not hear of it */
  answeredBy(answer: () => Promise<number>): void {
    this.answer = answer;
    this.processes.onAsked('ehr-retry', () => void answer().catch(() => undefined));
  }

  /** @returns how many are sent again @throws PlatformError 'store-unavailable' */
  async ask(): Promise<number> {
    if (this.answer !== null) return this.answer();
    const isSent = this.processes.others().some(({ word }) => word.integrations.some(({ name }) => name === 'fhir-out'));
    if (!isSent) return 0;
    this.processes.ask('ehr-retry');
    return (await this.store.counts()).refused;
  }
}
