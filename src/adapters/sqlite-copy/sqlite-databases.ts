import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { BackupError, fileTrouble } from '../../backup/backup-error.js';
import type { CopyFacts, Databases, Erased, KeyStoreCopy } from '../../backup/databases.js';
import { bytesOf, closeSnapshots, copySnapshot, faultOf, openSnapshots } from './snapshots.js';
import { type Dump, dump } from './small-dump.js';

const STORE = 'vigil.db';
/** Stays free beside the copies: they are made on the disk that the platform writes to. */
const RESERVE_BYTES = 512 * 1024 * 1024;

/** The SQLite files of a data folder. */
export class SqliteDatabases implements Databases {
  constructor(private readonly dataDir: string) {}

  /**
   * The relational store last: what history has read of the log is in its own file, and what it wrote beside that (held messages, gaps) is
   * in the relational store, which may not be older.
   *
   * @param beside called once the files stand as they are: what else there is may be looked at from then on; answers its bytes
   */
  async copy(
    paths: readonly string[],
    toFolder: string,
    took: (bytes: number) => void,
    beside: () => Promise<number> = () => Promise.resolve(0),
  ): Promise<CopyFacts> {
    const ordered = [...paths].sort((a, b) => Number(a === STORE) - Number(b === STORE));
    const snapshots = openSnapshots(ordered.map((path) => join(this.dataDir, path)));
    try {
      requireRoom(toFolder, snapshots.reduce((sum, snapshot) => sum + bytesOf(snapshot), 0) + (await beside()));
      for (const [i, snapshot] of snapshots.entries()) {
        const to = join(toFolder, ordered[i]!);
        mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
        await copySnapshot(snapshot, to, took);
      }
      const store = snapshots[ordered.indexOf(STORE)];
      const facts = store === undefined ? { schema: null, log: null, auditSeq: 0 } : factsOf(store.db);
      return { ...facts, files: ordered, store: 'sqlite', dump: null };
    } catch (error) {
      throw fileTrouble(toFolder, error);
    } finally {
      closeSnapshots(snapshots);
    }
  }

  keyStore(): KeyStoreCopy | null {
    const file = join(this.dataDir, 'keys.db');
    if (!existsSync(file)) return null;
    const content = dump(file);
    return {
      text: JSON.stringify(content),
      kekIds: [...new Set(columnOf(content, 'shard_key', 'kek_id'))],
      erased: erasedIn(content),
    };
  }

  faultOf(file: string): string | null {
    return faultOf(file);
  }
}

function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes - bytes >= RESERVE_BYTES) return;
  const mib = (n: number): number => Math.ceil(n / 1024 ** 2);
  throw new BackupError(
    'disk-full',
    `the data folder's disk has ${mib(freeBytes)} MiB free, and a copy takes ${mib(bytes)} MiB with ${mib(RESERVE_BYTES)} MiB to spare: make room there`,
  );
}

function factsOf(db: DatabaseSync): Pick<CopyFacts, 'schema' | 'log' | 'auditSeq'> {
  const value = (sql: string): unknown => Object.values(db.prepare(sql).get() ?? {})[0] ?? null;
  return {
    schema: value('SELECT max(name) FROM kysely_migration') as string | null,
    log: value("SELECT content FROM meta WHERE name = 'event-log'") as string | null,
    auditSeq: Number(value('SELECT max(seq) FROM audit')),
  };
}

function columnOf({ tables }: Dump, table: string, column: string): readonly string[] {
  const found = tables.find(({ name }) => name === table);
  const at = found?.columns.indexOf(column) ?? -1;
  return at === -1 ? [] : found!.rows.map((row) => String(row[at]));
}

/** Whose keys were destroyed, by the list that the store of keys holds. */
export function erasedIn({ tables }: Dump): readonly Erased[] {
  const found = tables.find(({ name }) => name === 'key_subject');
  if (found === undefined) return [];
  const [subject, at] = [found.columns.indexOf('subject'), found.columns.indexOf('erased_wall_ms')];
  return found.rows.flatMap((row) => (row[at] === null ? [] : [{ subject: String(row[subject]), atMs: Number(row[at]) }]));
}
