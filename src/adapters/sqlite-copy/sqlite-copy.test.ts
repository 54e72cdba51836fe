import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { closeSnapshots, copySnapshot, faultOf, openSnapshots } from './snapshots.js';
import { dump, loadDump, parseDump } from './small-dump.js';

const folder = mkdtempSync(join(tmpdir(), 'vigil-sqlite-copy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

function made(name: string, rows: number): DatabaseSync {
  const db = new DatabaseSync(at(name));
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE row (n INTEGER PRIMARY KEY, text TEXT); BEGIN');
  const insert = db.prepare('INSERT INTO row (text) VALUES (?)');
  for (let n = 0; n < rows; n++) insert.run(`row ${n} ${'x'.repeat(300)}`);
  db.exec('COMMIT');
  return db;
}

const countIn = (name: string): number => {
  const db = new DatabaseSync(at(name), { readOnly: true });
  try {
    return Number(db.prepare('SELECT count(*) AS n FROM row').get()!['n']);
  } finally {
    db.close();
  }
};

test('a copy is what was there at one moment, although rows are added and the write-ahead log is moved between its pages', async () => {
  const [one, other] = [made('one.db', 20_000), made('other.db', 10)];
  const snapshots = openSnapshots([at('one.db'), at('other.db')]);
  let written = 0;
  const write = (): void => {
    for (const db of [one, other]) db.exec("INSERT INTO row (text) VALUES ('later')");
    one.exec('PRAGMA wal_checkpoint(PASSIVE)');
    written += 1;
  };
  let copied = 0;
  for (const [i, snapshot] of snapshots.entries()) {
    await copySnapshot(snapshot, at(`copy-${i}.db`), (bytes) => {
      copied += bytes;
      write();
    });
  }
  closeSnapshots(snapshots);
  write();
  expect(written).toBeGreaterThan(5);
  expect([countIn('copy-0.db'), countIn('copy-1.db')]).toEqual([20_000, 10]);
  expect([countIn('one.db'), countIn('other.db')]).toEqual([20_000 + written, 10 + written]);
  expect(copied).toBeGreaterThan(20_000 * 300);
  expect(faultOf(at('copy-0.db'))).toBeNull();
  one.close();
  other.close();
});

test('a copy with a page that was overwritten is told', () => {
  const db = made('broken.db', 2_000);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const bytes = readFileSync(at('broken.db'));
  bytes.fill(0x55, 8_192, 12_288);
  writeFileSync(at('broken.db'), bytes);
  expect(faultOf(at('broken.db'))).not.toBeNull();
});

test('a dump has every row and index, and nothing that was deleted', () => {
  const db = new DatabaseSync(at('keys.db'));
  db.exec(
    'CREATE TABLE parent (id TEXT PRIMARY KEY); CREATE TABLE key (id TEXT PRIMARY KEY, of TEXT REFERENCES parent (id), n INTEGER)',
  );
  db.exec("CREATE UNIQUE INDEX key_ux ON key (of, n); INSERT INTO parent VALUES ('p'), ('q')");
  db.exec(
    "INSERT INTO key VALUES ('kept', 'p', 1), ('destroyed-key', 'q', 2), ('none', NULL, NULL); DELETE FROM key WHERE id = 'destroyed-key'",
  );
  db.close();
  const text = JSON.stringify(dump(at('keys.db')));
  expect(text).not.toContain('destroyed-key');
  loadDump(at('back.db'), parseDump(JSON.parse(text)));
  const back = new DatabaseSync(at('back.db'));
  expect(
    back
      .prepare('SELECT id, of, n FROM key ORDER BY id')
      .all()
      .map((row) => ({ ...row })),
  ).toEqual([
    { id: 'kept', of: 'p', n: 1 },
    { id: 'none', of: null, n: null },
  ]);
  expect(() => back.exec("INSERT INTO key VALUES ('twice', 'p', 1)")).toThrow(/UNIQUE/);
  back.close();
  expect(readFileSync(at('back.db')).includes('destroyed-key')).toBe(false);
});
