import { createTransport } from 'nodemailer';

export interface OutageMailer {
  send(mail: { readonly subject: string; readonly text: string }): Promise<void>;
  close(): void;
}

const TIMEOUT_MS = 10_000;

/** The watchdog's own way out: mail straight to an SMTP server, with no part of the platform or the hub in between. */
export function openOutageMailer(options: {
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
}): OutageMailer {
  const { smtpUrl, from, to } = options;
  const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
  const transport = createTransport({ url: smtpUrl, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
  return {
    send: async ({ subject, text }) => {
      await transport.sendMail({ from, to: [...to], subject, text });
    },
    close: () => transport.close(),
  };
}
