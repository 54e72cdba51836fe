import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Mail } from './mail-store.js';

/** Larger mails are refused with SMTP 552. */
export const MAIL_BYTES_MAX = 256 * 1024;
const CLIENTS_MAX = 50;
const RECIPIENTS_MAX = 50;
const SUBJECT_CHARS_MAX = 300;

export type ReceivedMail = Omit<Mail, 'id' | 'receivedAtMs'>;

/**
 * An SMTP server that takes every mail and sends none on. No authentication and no TLS: it is reachable on loopback
 * only, and everything in it is a demo.
 *
 * @param keep is called before the client is told "250 OK"; when it throws, the client is told to try again (451)
 */
export function smtpServer(keep: (mail: ReceivedMail) => void): SMTPServer {
  return new SMTPServer({
    banner: 'Vigil DEMO inbox',
    disabledCommands: ['AUTH', 'STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    size: MAIL_BYTES_MAX,
    maxClients: CLIENTS_MAX,
    socketTimeout: 60_000,
    closeTimeout: 1_000,
    onRcptTo(_address, session, done) {
      if (session.envelope.rcptTo.length >= RECIPIENTS_MAX) done(smtpError('too many recipients', 452));
      else done();
    },
    onData(stream, session, done) {
      receive(stream, session).then(
        (mail) => {
          if (mail === null) return done(smtpError(`larger than ${MAIL_BYTES_MAX} bytes`, 552));
          try {
            keep(mail);
          } catch {
            return done(smtpError('cannot be stored just now', 451));
          }
          done();
        },
        () => done(smtpError('cannot be read', 554)),
      );
    },
  });
}

/** Null when the mail is too large; what is over the limit is read and thrown away. */
async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<ReceivedMail | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAIL_BYTES_MAX) chunks.push(chunk);
  }
  if (bytes > MAIL_BYTES_MAX || stream.sizeExceeded) return null;
  const email = await PostalMime.parse(Buffer.concat(chunks));
  const { mailFrom, rcptTo } = session.envelope;
  return {
    from: email.from?.address ?? (mailFrom === false ? '' : mailFrom.address),
    to: rcptTo.map((recipient) => recipient.address),
    subject: (email.subject ?? '').slice(0, SUBJECT_CHARS_MAX),
    text: email.text?.trimEnd() ?? textOfHtml(email.html ?? ''),
  };
}

/** Good enough for a mail that carries no text part: the words, without the markup. */
function textOfHtml(html: string): string {
  return html
    .replace(/<(style|script)[\s\S]*?<\/\1>/gi, '')
    .replace(/<(br|\/p|\/div|\/h\d|\/li)[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .trim();
}

function smtpError(message: string, responseCode: number): Error {
  return Object.assign(new Error(message), { responseCode });
}
