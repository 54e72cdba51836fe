import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const LastRun = z.object({
  /** Wall time that the newest good back-up shows; null before the first. */
  goodMs: z.number().nullable(),
  runId: z.string().nullable(),
  isFull: z.boolean(),
  /** Of the data folder, and what of it was new. */
  readBytes: z.number(),
  writtenBytes: z.number(),
  tookMs: z.number(),
  /** When the newest attempt went wrong, if it did, and how. */
  failedMs: z.number().nullable(),
  failure: z.string().nullable(),
});
export type LastRun = z.infer<typeof LastRun>;

export const BACKUP_FOLDER = 'backup';
const FILE = 'last-run.json';

export const lastRunPath = (dataDir: string): string => join(dataDir, BACKUP_FOLDER, FILE);

/** Null where no back-up was ever tried, or what says so can't be read. */
export function readLastRun(dataDir: string): LastRun | null {
  const path = lastRunPath(dataDir);
  if (!existsSync(path)) return null;
  try {
    return LastRun.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}
