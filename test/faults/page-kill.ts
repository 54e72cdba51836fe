import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PagingPolicy } from '@vigil/domain';
import { MailServer } from '../support/mail-server.js';
import { ROOT } from '../support/root.js';

/** A message as a provider got it. */
export interface Arrived {
  readonly key: string;
  readonly atMs: number;
}

const ANSWER_AFTER_MS = 30;

/** A mail server and a webhook receiver that count idempotency keys, and take a moment between having a message and saying so. */
export class Sinks {
  private readonly mail = new MailServer(ANSWER_AFTER_MS);
  private readonly hooks: Arrived[] = [];
  private readonly http: Server;
  readonly secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  smtpUrl = '';
  webhookUrl = '';

  constructor() {
    this.http = createServer((request, response) => {
      request.resume().once('end', () => {
        this.hooks.push({ key: String(request.headers['webhook-id']), atMs: performance.now() });
        void sleep(ANSWER_AFTER_MS).then(() => response.writeHead(204).end());
      });
    });
  }

  async start(): Promise<void> {
    this.smtpUrl = await this.mail.start();
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    this.webhookUrl = `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/`;
  }

  get arrived(): readonly Arrived[] {
    const mails = this.mail.mails.map(({ messageId, takenMs }) => ({ key: messageId.replace(/@vigil$/, ''), atMs: takenMs }));
    return [...mails, ...this.hooks];
  }

  async stop(): Promise<void> {
    await this.mail.stop();
    this.http.closeAllConnections();
    await new Promise<void>((resolve) => this.http.close(() => resolve()));
  }
}

/** Starts the loops that tell people in a process of their own. `frees`: it takes what a dead one had claimed at once; `env`: beside ours. */
export async function startLoops(
  sinks: Sinks,
  folder: string,
  policy: PagingPolicy,
  frees = true,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const { smtpUrl, webhookUrl, secret: webhookSecret } = sinks;
  const settings = JSON.stringify({ folder, policy, smtpUrl, webhookUrl, webhookSecret, frees });
  const child = spawn(process.execPath, [join(ROOT, 'test/faults/page-child.mjs'), settings], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the loops ended before they ran');
  });
  await Promise.race([once(child.stdout!, 'data'), ended]);
  ended.catch(() => undefined);
  return child;
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

export interface StoredPage {
  readonly page_id: string;
  readonly state: string;
  readonly key: string;
}

/** All pages, each with the key under which it left. */
export function storedPages(file: string): StoredPage[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    db.exec('PRAGMA busy_timeout = 5000');
    return db.prepare('SELECT page_id, state, coalesce(group_id, page_id) AS key FROM page').all() as unknown as StoredPage[];
  } finally {
    db.close();
  }
}

export interface Counted {
  readonly pages: number;
  readonly messages: number;
  /** Shown as sent, and in no mailbox; or never sent. */
  readonly lost: readonly string[];
  /** Messages under a key that is no page's. */
  readonly phantom: readonly string[];
  /** Messages beyond the first of their key: each after a kill that left open whether it was sent. */
  readonly sentAgain: number;
  /** Of those, the ones between which and the one before no kill lies. */
  readonly doubled: readonly string[];
}

/** A message that was in the provider's socket at the kill is taken a moment after it. */
const SLACK_MS = 250;

export function count(pages: readonly StoredPage[], arrived: readonly Arrived[], killsMs: readonly number[]): Counted {
  const doubled = [...Map.groupBy(arrived, ({ key }) => key).values()].flatMap((copies) =>
    copies.slice(1).filter(({ atMs }, i) => {
      const earlierMs = copies[i]!.atMs - SLACK_MS;
      return !killsMs.some((killMs) => killMs > earlierMs && killMs < atMs);
    }),
  );
  const keys = new Set(arrived.map(({ key }) => key));
  const known = new Set(pages.map(({ key }) => key));
  return {
    pages: pages.length,
    messages: arrived.length,
    lost: pages.filter(({ state, key }) => state !== 'sent' || !keys.has(key)).map(({ page_id: id, state }) => `${id} ${state}`),
    phantom: [...keys].filter((key) => !known.has(key)),
    sentAgain: arrived.length - keys.size,
    doubled: doubled.map(({ key }) => key),
  };
}
