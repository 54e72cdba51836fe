import { PlatformError } from '@vigil/domain';
import { createTransport } from 'nodemailer';
import { AuditAnchor, type AnchorNote } from '../../ports/audit-anchor.js';

const TIMEOUT_MS = 10_000;
const HOUR_MS = 3_600_000;

export interface MailAnchorOptions {
  /** `smtp://` or `smtps://`, with user and password where the server wants them (`SMTP_URL`). */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** Mails one note an hour to somebody who keeps mails: a mailbox is out of reach of the database's owner. */
export class MailAnchor extends AuditAnchor {
  readonly name = 'mail';
  readonly everyMs = HOUR_MS;
  private readonly transport: ReturnType<typeof createTransport>;

  constructor(private readonly options: MailAnchorOptions) {
    super();
    const timeouts = {
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      dnsTimeout: TIMEOUT_MS,
    };
    this.transport = createTransport({ url: options.url, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
  }

  async publish({ note }: AnchorNote): Promise<void> {
    const [origin = '', size = ''] = note.split('\n');
    try {
      await this.transport.sendMail({
        from: this.options.from,
        to: [...this.options.to],
        subject: `Vigil: checkpoint of the audit log at ${size} entries`,
        text:
          `Keep this mail. It shows later whether the audit log ${origin} was changed:\n` +
          'save its text to a file, then run  vigil verify-audit --anchor <file>\n\n' +
          `${note}\n`,
        // Base64 keeps the lines of the note as they are; quoted-printable would leave that to the mail program.
        textEncoding: 'base64',
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch {
      // The cause is left out on purpose: an SMTP error repeats the address.
      throw new PlatformError('anchor-unavailable', {}, true);
    }
  }

  async close(): Promise<void> {
    this.transport.close();
  }
}
