import { PlatformError } from '@vigil/domain';
import { createTransport } from 'nodemailer';
import { PrivacyMail } from '../../ports/privacy-mail.js';

const TIMEOUT_MS = 10_000;

/** Plain-text mail to the security officers. Ten seconds for all of it. */
export class SmtpPrivacyMail extends PrivacyMail {
  override readonly isConfigured = true;
  private readonly transport: ReturnType<typeof createTransport>;

  constructor(private readonly options: { readonly url: string; readonly from: string; readonly to: readonly string[] }) {
    super();
    const timeouts = {
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      dnsTimeout: TIMEOUT_MS,
    };
    this.transport = createTransport({ url: options.url, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
  }

  override async send({
    id,
    subject,
    text,
  }: {
    readonly id: string;
    readonly subject: string;
    readonly text: string;
  }): Promise<void> {
    const { from, to } = this.options;
    const messageId = `<${id.replace(/[^A-Za-z0-9.-]/g, '-')}@vigil>`;
    const headers = { 'Auto-Submitted': 'auto-generated', 'X-Priority': '1' };
    try {
      await this.transport.sendMail({ from, to: [...to], subject, text, messageId, headers });
    } catch {
      // The cause is left out on purpose: an SMTP error repeats addresses, and sometimes the mail.
      throw new PlatformError('pager-unavailable', {}, true);
    }
  }
}

/** A site that names no addressee: the review queue is the only notice. */
export class NoPrivacyMail extends PrivacyMail {
  override readonly isConfigured = false;

  override send(): Promise<void> {
    return Promise.reject(new PlatformError('pager-unavailable'));
  }
}
