import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The inbox keeps the newest mails only. */
export const MAILS_MAX = 500;

/** The file is written anew when it holds this many mails, so that it stays within a bound. */
const LINES_MAX = MAILS_MAX * 2;
const FILE = 'mails.jsonl';

/** One mail as the page and `/api/mails` show it. `to` is the envelope's: whom the sender really told. */
export const Mail = z.object({
  id: z.string(),
  /** Wall time. */
  receivedAtMs: z.number().int(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
});
export type Mail = z.infer<typeof Mail>;

/**
 * The mails of the demo in one file of the data folder, mode 0600, one JSON line each.
 *
 * `add` returns after the fsync, so an SMTP "250 OK" means stored. A line that a crash cut short is left out by the
 * next start.
 */
export class MailStore {
  private kept: Mail[];
  private lines: number;
  private fd: number;
  private nextNumber: number;
  private readonly file: string;

  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    this.file = join(dataDir, FILE);
    this.kept = readMails(this.file).slice(-MAILS_MAX);
    this.nextNumber = Math.max(0, ...this.kept.map((mail) => Number(mail.id.slice(2)) || 0)) + 1;
    this.fd = rewrite(this.file, this.kept);
    this.lines = this.kept.length;
  }

  /** Newest first. */
  list(): readonly Mail[] {
    return this.kept.toReversed();
  }

  add(mail: Omit<Mail, 'id'>): Mail {
    const stored: Mail = { id: `m-${this.nextNumber++}`, ...mail };
    writeSync(this.fd, `${JSON.stringify(stored)}\n`);
    fsyncSync(this.fd);
    this.kept.push(stored);
    if (this.kept.length > MAILS_MAX) this.kept.shift();
    if (++this.lines >= LINES_MAX) this.compact();
    return stored;
  }

  close(): void {
    closeSync(this.fd);
  }

  private compact(): void {
    closeSync(this.fd);
    this.fd = rewrite(this.file, this.kept);
    this.lines = this.kept.length;
  }
}

function readMails(file: string): Mail[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const mail = Mail.safeParse(parseJson(line));
      return mail.success ? [mail.data] : [];
    });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Replaces the file in one step and leaves it open for appending. */
function rewrite(file: string, mails: readonly Mail[]): number {
  const next = `${file}.tmp`;
  const fd = openSync(next, 'w', 0o600);
  chmodSync(next, 0o600);
  writeSync(fd, mails.map((mail) => `${JSON.stringify(mail)}\n`).join(''));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(next, file);
  return openSync(file, 'a', 0o600);
}
