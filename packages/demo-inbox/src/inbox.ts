import type { Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { type Clock, SystemClock } from '@vigil/clock';
import type { SMTPServer } from 'smtp-server';
import { MailStore } from './mail-store.js';
import { smtpServer } from './smtp.js';
import { webServer } from './web.js';

const LOOPBACK = '127.0.0.1';

export interface DemoInboxOptions {
  /** 0 takes any free port. */
  readonly smtpPort: number;
  readonly httpPort: number;
  /** Where the mails are kept; created when it is absent. */
  readonly dataDir: string;
  readonly clock?: Clock;
  /** Told after each mail that was stored. */
  readonly onMail?: (mail: { readonly id: string; readonly recipients: number }) => void;
}

export interface DemoInbox {
  readonly smtpPort: number;
  readonly httpPort: number;
  /** Where the page is. */
  readonly url: string;
  /** Stops both servers; the mails stay in the data folder. */
  close(): Promise<void>;
}

/**
 * Starts the demo's mailbox: a real SMTP server and a page that shows what it got. Both listen on loopback only.
 *
 * @throws Error with the system's code (`EADDRINUSE`, `EACCES` …) when a port or the folder cannot be had
 */
export async function startDemoInbox(options: DemoInboxOptions): Promise<DemoInbox> {
  const clock = options.clock ?? new SystemClock();
  const store = new MailStore(options.dataDir);
  const smtp = smtpServer((received) => {
    const mail = store.add({ receivedAtMs: clock.wallMs(), ...received });
    options.onMail?.({ id: mail.id, recipients: mail.to.length });
  });
  const web = webServer(() => store.list());
  try {
    await listen(smtp, options.smtpPort);
    await listen(web, options.httpPort);
  } catch (error) {
    await Promise.allSettled([stopSmtp(smtp), stopWeb(web)]);
    store.close();
    throw error;
  }
  const httpPort = portOf(web);
  return {
    smtpPort: portOf(smtp.server),
    httpPort,
    url: `http://${LOOPBACK}:${httpPort}/`,
    async close() {
      await Promise.all([stopSmtp(smtp), stopWeb(web)]);
      store.close();
    },
  };
}

interface Listener {
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  listen(port: number, host: string, listening: () => void): unknown;
}

function listen(server: Listener, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.removeListener('error', reject);
      // A client that vanishes in the middle of a mail is no reason to stop.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function portOf(server: Server | NetServer): number {
  return (server.address() as AddressInfo).port;
}

function stopSmtp(smtp: SMTPServer): Promise<void> {
  return new Promise((resolve) => smtp.close(() => resolve()));
}

function stopWeb(web: Server): Promise<void> {
  return new Promise((resolve) => {
    web.close(() => resolve());
    web.closeAllConnections();
  });
}
