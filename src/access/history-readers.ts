import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { CareUnitId } from '@vigil/contracts';
import { z } from 'zod';
import { writeSecret } from '../site/secret-file.js';
import { type Caller, historyReaderCaller } from './caller.js';
import { tokenHash } from './tokens.js';

export const HISTORY_READERS_FILE = 'history-readers.json';
export const READERS_MAX = 50;
export const READER_DAYS_MAX = 365;
const DAY_MS = 86_400_000;
const TOKEN_BYTES = 32;
/** So soon one that was revoked or added is noticed, wall time. */
const LOOK_EVERY_MS = 1_000;

/** A program that may read history. Its token is nowhere but with whoever made it: this is its SHA-256. */
export const HistoryReader = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'small letters, digits and -, 32 at most'),
  tokenHash: z.string().min(32),
  careUnitIds: z.array(CareUnitId).min(1).max(100),
  madeWallMs: z.number().int(),
  untilWallMs: z.number().int(),
});
export type HistoryReader = z.infer<typeof HistoryReader>;

/** @throws Error with one line where the file is there and not in its form */
export function readHistoryReaders(dataDir: string): readonly HistoryReader[] {
  let text: string;
  try {
    text = readFileSync(join(dataDir, HISTORY_READERS_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    return z.array(HistoryReader).max(READERS_MAX).parse(JSON.parse(text));
  } catch {
    throw new Error(`${HISTORY_READERS_FILE} is not in its form; remove it, and all programs lose their right to read history`);
  }
}

export interface NewReader {
  readonly name: string;
  readonly careUnitIds: readonly string[];
  readonly days: number;
  readonly wallMs: number;
}

/** Gives a program the right. @returns its token, which is shown once and kept nowhere. @throws Error with one line */
export function addHistoryReader(dataDir: string, { name, careUnitIds, days, wallMs }: NewReader): string {
  const readers = readHistoryReaders(dataDir);
  if (readers.some((each) => each.name === name)) throw new Error(`there is a reader ${name}: revoke it first`);
  if (readers.length >= READERS_MAX) throw new Error(`there are ${READERS_MAX} readers already: revoke one`);
  if (!Number.isInteger(days) || days < 1 || days > READER_DAYS_MAX) throw new Error(`--days is 1 to ${READER_DAYS_MAX}`);
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const times = { madeWallMs: wallMs, untilWallMs: wallMs + days * DAY_MS };
  const parsed = HistoryReader.safeParse({ name, tokenHash: tokenHash(token), careUnitIds: [...new Set(careUnitIds)], ...times });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new Error(`${issue.path.join('.')}: ${issue.message}`);
  }
  writeSecret(join(dataDir, HISTORY_READERS_FILE), [...readers, parsed.data]);
  return token;
}

/** Takes the right away; noticed within a second. @throws Error with one line where there is none of that name */
export function revokeHistoryReader(dataDir: string, name: string): void {
  const readers = readHistoryReaders(dataDir);
  if (!readers.some((each) => each.name === name)) throw new Error(`there is no reader ${name}`);
  writeSecret(
    join(dataDir, HISTORY_READERS_FILE),
    readers.filter((each) => each.name !== name),
  );
}

/** Programs that may read history, as the file of the data folder says while the platform runs. A file that can't be read lets nobody in. */
export class HistoryReaders {
  private known: readonly HistoryReader[] = [];
  private seen = '';
  private lookedMs = -Infinity;

  constructor(private readonly dataDir: string) {}

  /** The reader that has this token, until its time is over. Looks at every row, as with services. */
  caller(hash: string, wallMs: number): Caller | null {
    this.look(wallMs);
    const given = Buffer.from(hash);
    let found: HistoryReader | null = null;
    for (const reader of this.known) {
      const known = Buffer.from(reader.tokenHash);
      if (known.length === given.length && timingSafeEqual(known, given)) found = reader;
    }
    if (found === null || wallMs >= found.untilWallMs) return null;
    return historyReaderCaller(found.name, found.careUnitIds, found.untilWallMs);
  }

  private look(wallMs: number): void {
    if (Math.abs(wallMs - this.lookedMs) < LOOK_EVERY_MS) return;
    this.lookedMs = wallMs;
    try {
      const stat = statSync(join(this.dataDir, HISTORY_READERS_FILE), { bigint: true, throwIfNoEntry: false });
      const seen = stat === undefined ? '' : `${stat.ino}/${stat.mtimeNs}/${stat.size}`;
      if (seen === this.seen) return;
      this.known = stat === undefined ? [] : readHistoryReaders(this.dataDir);
      this.seen = seen;
    } catch {
      // Asked again with the next look.
      this.known = [];
      this.seen = '';
    }
  }
}
