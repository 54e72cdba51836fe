import { readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Into which part a file of the data folder goes. */
export type Part = 'data' | 'keys' | 'database' | 'key-store' | 'none';

export interface Found {
  readonly path: string;
  readonly part: Part;
  readonly mode: number;
  readonly bytes: number;
}

/** A file that nobody has classed is taken for a secret, unless it is larger than a secret is. */
const SECRET_BYTES_MAX = 1024 * 1024;

/**
 * What is not copied, and why: the log and the spools are what gateways and hub deliver anew (a spool that is set back is taken for an
 * intrusion); the watchdog remembers by itself; the rest belongs to processes that run.
 */
const NONE: readonly RegExp[] = [
  /^hub\/[^/]+\/(log|meta\.json|retention\.json)(\/|$)/,
  /^hub\/(lock|running\.json)$/,
  /^gateway\/(spool|anchor|former[^/]*)(\/|$)/,
  /^gateway\/((config|clock-mark|time-mark)\.json|[^/]+\.sealed)$/,
  /^(watchdog|inbox|recordings)(\/|$)/,
  // But what it signs and seals with, so that back-ups go on into the same folders afterwards.
  /^backup\/(?!site-keys\.json$)/,
  /^launcher\.json$/,
  /\.(db-wal|db-shm|db-journal|tmp|lock|part)$/,
];
const KEY_STORE = /^keys\.db$/;
const DATABASE = /\.db$/;
const DATA: readonly RegExp[] = [/^(site\.yaml|clock\.json)$/, /^audit\/(anchor\.txt|public-keys\.txt)$/, /^audit-spool[^/]*$/];

export function partOf(path: string, bytes: number): Part {
  if (NONE.some((pattern) => pattern.test(path))) return 'none';
  if (KEY_STORE.test(path)) return 'key-store';
  if (DATABASE.test(path)) return 'database';
  if (DATA.some((pattern) => pattern.test(path))) return 'data';
  return bytes > SECRET_BYTES_MAX ? 'data' : 'keys';
}

/** Every file of the data folder with its part; paths with `/`, in order. What goes meanwhile is left out. */
export function filesOf(dataDir: string): readonly Found[] {
  const found: Found[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const full = join(folder, entry.name);
      const path = relative(dataDir, full).split(sep).join('/');
      if (entry.isDirectory()) {
        if (!NONE.some((pattern) => pattern.test(path))) walk(full);
        continue;
      }
      if (!entry.isFile()) continue;
      const stat = statSync(full, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      found.push({ path, part: partOf(path, stat.size), mode: stat.mode & 0o777, bytes: stat.size });
    }
  };
  walk(dataDir);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
