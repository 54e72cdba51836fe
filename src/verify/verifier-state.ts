import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder, writeWhole } from '@vigil/audit-chain';
import { z } from 'zod';

const SeenLog = z.object({
  origin: z.string(),
  /** The newest checkpoint that the log agreed with. */
  note: z.string(),
  /** Public keys that its checkpoints are believed of. */
  keys: z.array(z.string()),
  /** Database files in which it was seen. */
  files: z.array(z.string()),
});
export type SeenLog = z.infer<typeof SeenLog>;

const State = z.object({ format: z.literal(1), logs: z.array(SeenLog) });
const FILES_MAX = 20;

/** What a verifier remembers is worth something only where the owner of the database can't write. */
export function defaultStateFile(env: Readonly<Record<string, string | undefined>>): string {
  const folder = env.XDG_STATE_HOME ? join(env.XDG_STATE_HOME, 'vigil') : join(homedir(), '.vigil');
  return join(folder, 'audit-last-seen.json');
}

/** @throws Error with one line when the file is there and is not what a verifier wrote */
export function readState(path: string): readonly SeenLog[] {
  if (!existsSync(path)) return [];
  const parsed = State.safeParse(readJson(path));
  if (!parsed.success)
    throw new Error(`${path} is not what verify-audit wrote; move it away to begin anew, which forgets what was seen`);
  return parsed.data.logs;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What was seen of this log; failing that, of the log that was in this file before. */
export function seenBefore(logs: readonly SeenLog[], origin: string | null, file: string): SeenLog | null {
  return logs.find((log) => log.origin === origin) ?? logs.find(({ files }) => files.includes(file)) ?? null;
}

export function writeState(path: string, logs: readonly SeenLog[], seen: SeenLog): void {
  const files = [...new Set(seen.files)].slice(-FILES_MAX);
  const others = logs
    .filter(({ origin }) => origin !== seen.origin)
    .map((log) => ({ ...log, files: log.files.filter((file) => !files.includes(file)) }));
  makeFolder(dirname(path));
  const state: z.infer<typeof State> = { format: 1, logs: [...others, { ...seen, files }] };
  writeWhole(path, `${JSON.stringify(state, null, 2)}\n`, 0o600);
}
