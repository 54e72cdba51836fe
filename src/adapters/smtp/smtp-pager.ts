import { PlatformError } from '@vigil/domain';
import { createTransport } from 'nodemailer';
import { type OutgoingPage, Pager } from '../../ports/pager.js';

const TIMEOUT_MS = 10_000;
const RECEIPT_CHARS_MAX = 120;
/** SMTP answers from here on are final; below, the server asks to try again later. */
const PERMANENT_FROM = 500;

export interface SmtpPagerOptions {
  /** `smtp://` or `smtps://`, with user and password where the server wants them (`SMTP_URL`). */
  readonly url: string;
  /** Sender address. */
  readonly from: string;
  /** Left out: ten seconds. */
  readonly timeoutMs?: number;
}

/**
 * Pages as plain-text e-mail. A resolved `send` means that the server took the mail. The Message-ID is made of the
 * idempotency key, so a mail that is sent twice can be told by whoever receives it. Ten seconds for all of it.
 *
 * Not supported: delivery reports, and anything but plain text.
 */
export class SmtpPager extends Pager {
  readonly channel = 'smtp';
  private readonly transport: ReturnType<typeof createTransport>;

  constructor(private readonly options: SmtpPagerOptions) {
    super();
    const { timeoutMs = TIMEOUT_MS } = options;
    this.transport = createTransport({
      url: options.url,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send(page: OutgoingPage): Promise<{ readonly receipt: string }> {
    try {
      const info = await this.transport.sendMail({
        from: this.options.from,
        to: { name: oneLine(page.staffName), address: page.address },
        subject: oneLine(page.subject),
        text: page.text,
        messageId: `<${page.idempotencyKey.replace(/[^A-Za-z0-9.-]/g, '-')}@vigil>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Priority': '1' },
        signal: AbortSignal.timeout(this.options.timeoutMs ?? TIMEOUT_MS),
      });
      return { receipt: oneLine(String(info.response)).slice(0, RECEIPT_CHARS_MAX) };
    } catch (error) {
      throw translate(page, error);
    }
  }
}

/** A header cannot be broken out of: there is no line end left in it. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/** The cause is left out on purpose: an SMTP error repeats the address, and sometimes the mail. */
function translate(page: OutgoingPage, error: unknown): PlatformError {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  const permanent = (responseCode !== undefined && responseCode >= PERMANENT_FROM) || code === 'EAUTH' || code === 'EENVELOPE';
  const greylisted = responseCode !== undefined && responseCode < PERMANENT_FROM;
  const facts = { ids: [`page:${page.pageId}`], attempt: page.attempts } as const;
  return new PlatformError('pager-unavailable', facts, greylisted || !permanent);
}
