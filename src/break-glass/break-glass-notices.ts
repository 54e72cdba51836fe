import { Logger } from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import type { BreakGlassGrant } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Once } from '../ports/once.js';
import type { AppClock } from '../ports/app-clock.js';
import { type BreakGlass, type DueNotice, REVIEW_WITHIN_MS } from '../ports/break-glass.js';
import type { PrivacyMail } from '../ports/privacy-mail.js';
import type { BreakGlassMetrics } from './break-glass-metrics.js';

export const LOOK_EVERY_MS = 5_000;
const BATCH = 10;
const RETRY_FIRST_MS = 30_000;
const RETRY_MAX_MS = 15 * 60_000;
/** About four hours of trying; the review queue has it all the same. */
const ATTEMPTS_MAX = 20;

/** Mails the notice of each grant to the security officers, and keeps the figures of the review queue true. */
export class BreakGlassNotices {
  private readonly logger = new Logger('break-glass');
  private cancel: Cancel = () => undefined;
  private running: Promise<void> | null = null;

  constructor(
    private readonly options: {
      readonly grants: BreakGlass;
      readonly mail: PrivacyMail;
      readonly metrics: BreakGlassMetrics;
      readonly clock: AppClock;
      /** Where people reach the platform; asked late, because the port may be taken late. */
      readonly publicUrl: () => string;
      /** Left out: nobody else mails them. */
      readonly once?: Once;
    },
  ) {}

  start(): void {
    this.cancel = this.options.clock.every(LOOK_EVERY_MS, () => void this.round());
    void this.round();
  }

  async stop(): Promise<void> {
    this.cancel();
    await this.running;
  }

  /** A grant was opened just now: its notice does not wait for the next look. */
  opened(grant: BreakGlassGrant): void {
    this.options.metrics.grantOpened(grant.loud);
    const facts = { grantId: grant.grantId, staffId: grant.staffId, loud: grant.loud };
    this.logger.warn(facts, grant.loud ? 'emergency access opened, unusually many by one person' : 'emergency access opened');
    void this.round();
  }

  /** One look at a time; never throws. What could not be done now is due again. */
  round(): Promise<void> {
    this.running ??= this.look()
      .catch((error: unknown) => {
        const code = error instanceof PlatformError ? error.code : 'internal';
        this.logger.warn({ code }, 'notices of emergency access held back');
      })
      .finally(() => (this.running = null));
    return this.running;
  }

  private async look(): Promise<void> {
    const { grants, mail, metrics, clock } = this.options;
    metrics.counted(await grants.counts(clock.wallMs()));
    if (!mail.isConfigured || this.options.once?.isMine('break-glass-notices') === false) return;
    for (const notice of await grants.dueNotices(clock.wallMs(), BATCH)) await this.send(notice);
  }

  private async send(notice: DueNotice): Promise<void> {
    const { grants, mail, metrics, clock, publicUrl } = this.options;
    const { noticeId, grant, attempts } = notice;
    if (clock.wallMs() - grant.openedMs > REVIEW_WITHIN_MS) return grants.noticed(noticeId, 'given-up', null);
    try {
      await mail.send({ id: noticeId, ...noticeText(grant, publicUrl()) });
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      metrics.mailFailed();
      const isLast = attempts + 1 >= ATTEMPTS_MAX;
      if (isLast) this.logger.error({ grantId: grant.grantId }, 'the mail about an emergency access is given up');
      const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempts);
      return grants.noticed(noticeId, isLast ? 'given-up' : 'failed', isLast ? null : clock.wallMs() + waitMs);
    }
    return grants.noticed(noticeId, 'sent', null);
  }
}

/** Nothing in it tells who the patient is, or where: mail is read on phones and forwarded. */
export function noticeText(grant: BreakGlassGrant, publicUrl: string): { readonly subject: string; readonly text: string } {
  const at = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return {
    subject: grant.loud ? 'Vigil: one person has opened unusually many emergency accesses' : 'Vigil: emergency access opened',
    text: [
      `${grant.staffName} (${grant.staffId}) opened the record of a patient in an emergency at ${at(grant.openedMs)}.`,
      `Reason given: ${grant.reason.replaceAll('-', ' ')}. It ends by ${at(grant.endsMs)}.`,
      '',
      `Review it by ${at(grant.reviewDueMs)}: sign in at ${publicUrl} and open the review queue.`,
      `Grant: ${grant.grantId}`,
    ].join('\n'),
  };
}
