import { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

export interface TestMail {
  readonly messageId: string;
  readonly to: string;
  readonly text: string;
  /** `performance.now()` of when it was taken, before the sender was told. */
  readonly takenMs: number;
}

/**
 * A real SMTP server that keeps each mail as it came, with its Message-ID. It takes `answerAfterMs` between having a mail
 * and saying so: the moment in which a sender that dies cannot know.
 */
export class MailServer {
  readonly mails: TestMail[] = [];
  private readonly server: SMTPServer;

  constructor(answerAfterMs = 0) {
    this.server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      authOptional: true,
      disableReverseLookup: true,
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const messageId = /^Message-ID: <(.+)>\r?$/im.exec(text)?.[1] ?? '';
          this.mails.push({ messageId, to: session.envelope.rcptTo[0]?.address ?? '', text, takenMs: performance.now() });
          void sleep(answerAfterMs).then(() => done());
        });
      },
    });
    // A client that is killed leaves a broken connection, which is the point of the test.
    this.server.on('error', () => undefined);
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }
}
