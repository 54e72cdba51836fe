import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import type { CareUnitId, PolicyContent } from '@vigil/contracts';
import { policyFindings } from '@vigil/domain';
import { Readiness, type ReadinessPart } from '../health/readiness.js';
import { AppClock } from '../ports/app-clock.js';
import { EscalationPolicies } from '../ports/escalation-policies.js';
import { Log } from '../ports/log.js';
import { OnCallTroubles } from '../ports/on-call-troubles.js';

/** Wall time between two looks; the first is at the start. */
const LOOK_EVERY_MS = 60_000;
/** Wall time without a look after which readiness says so. */
const STALE_MS = 3 * LOOK_EVERY_MS;
/** Findings that a line of the log names. */
const SAID_MAX = 10;
/** What is silent whoever is on duty; whether somebody is, is for `OnCallWatch`. */
const SILENT: ReadonlySet<string> = new Set(['high-not-told', 'not-accepted-not-told']);
const NO_PEOPLE = { careUnitIds: [], staffIds: [], schedules: {}, roles: {} };

/**
 * Looks at the start, and each minute, whether the policies in force tell somebody of each high alarm of a patient, and can be read.
 * Two people can put no such policy into force; site.yaml holds as it is until they have put in another one. What it finds is an error on
 * the log, once, and a part of readiness that does not make the process unready: screens show every alarm.
 */
@Injectable()
export class PolicyWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly part: ReadinessPart;
  private cancel: Cancel | null = null;
  private running: Promise<void> | null = null;
  private said = '';

  constructor(
    private readonly policies: EscalationPolicies,
    private readonly troubles: OnCallTroubles,
    private readonly clock: AppClock,
    private readonly log: Log,
    readiness: Readiness,
  ) {
    this.part = readiness.expect('policy', { staleMs: STALE_MS, degradesOnly: true });
  }

  onApplicationBootstrap(): void {
    this.cancel = this.clock.every(LOOK_EVERY_MS, () => this.start());
    this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.cancel?.();
    await this.running;
  }

  /** One look. @throws PlatformError 'store-unavailable' */
  async look(): Promise<void> {
    const found: string[] = [];
    for (const scope of [null, ...(await this.troubles.careUnitIds())]) found.push(...(await this.silentIn(scope)));
    const say = found.slice(0, SAID_MAX).join(', ');
    if (say === '') this.part.ok();
    else this.part.failed(`nobody is told: ${say}`);
    if (say === this.said) return;
    this.said = say;
    if (say === '') this.log.info('the policies in force tell somebody of each high alarm again', {});
    else this.log.error('of some alarms nobody is told by the policy in force', { code: 'policy-silent', found: say });
  }

  private async silentIn(scope: CareUnitId | null): Promise<readonly string[]> {
    const { content, isFallback } = await this.policies.inForce(scope);
    const codes = [...(isFallback ? ['policy-unreadable'] : []), ...silentCodes(content)];
    return codes.map((code) => `${code} (${scope === null ? 'site' : `care unit ${scope}`})`);
  }

  private start(): void {
    this.running ??= this.look()
      .catch((error: unknown) => {
        this.log.warn('the policies in force could not be looked at; the next look follows', {
          code: (error as { code?: string }).code ?? 'fault',
        });
      })
      .finally(() => (this.running = null));
  }
}

function silentCodes(content: PolicyContent): readonly string[] {
  return [...new Set(policyFindings(content, NO_PEOPLE).flatMap(({ code }) => (SILENT.has(code) ? [code] : [])))];
}
