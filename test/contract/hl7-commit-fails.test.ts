/** A commit of SQLite that really fails: the sender is told nothing, and what it sends again is kept once. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Hl7Server } from '../../src/adapters/hl7/hl7-server.js';
import { RawSender } from '../support/hl7-clients.js';
import { openTestStores, type TestStores } from './sql-fixture.js';

const DISK_MIB = 8;
const settings = { encoding: 'utf-8' as const, mrnAuthority: 'HOSP', timeZone: 'UTC', processingIds: ['P'] };
/** Larger than what SQLite has left in the pages of its files. */
const MESSAGE = [
  'MSH|^~\\&|HIS|H|VIGIL|H|20260102080000||ADT^A08|c-1|P|2.5.1',
  'EVN||202601020800',
  'PID|1||M2^^^HOSP^MR||PROBE^Paula',
  'PV1|1|I|ICU^2',
  `NTE|1||${'x'.repeat(300_000)}`,
].join('\r');

/** A disk of its own, in memory; null where this process may not mount one. */
function mountDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-hl7-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'vigil-hl7-disk', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}

const disk = mountDisk();
if (disk === null) process.stderr.write('skipped: an HL7 message on a full disk (no file system can be mounted here)\n');
afterAll(() => {
  if (disk === null) return;
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

type Fail = (stores: TestStores) => () => void;

/** Another process that holds the lock for writing. */
const locked: Fail = ({ file }) => {
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  return () => {
    other.exec('ROLLBACK');
    other.close();
  };
};

/** A disk without a byte left, and no room in the files that are there. */
const full: Fail = ({ file }) => {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const { bavail, bsize } = statfsSync(disk!);
  writeFileSync(join(disk!, 'ballast'), Buffer.alloc(bavail * bsize));
  return () => rmSync(join(disk!, 'ballast'));
};

/** Sends, and lets time go by until the platform has answered or given up. @returns the answer; null: it ended the connection */
async function sendUntilOver(port: number, { clock }: TestStores): Promise<string | null> {
  const sender = await RawSender.to(port);
  sender.send(MESSAGE);
  let isOver = false;
  const answer = sender.answer().finally(() => (isOver = true));
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);
  }
  sender.end();
  return answer;
}

function keptRows(file: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return (db.prepare('SELECT count(*) AS n FROM inbound_message').get() as { n: number }).n;
  } finally {
    db.close();
  }
}

const CASES: readonly [string, Fail, string][] = [
  ['a file that another process has locked', locked, tmpdir()],
  ...(disk === null ? [] : [['a disk that is full', full, disk] as [string, Fail, string]]),
];

test.each(CASES)(
  '%s: nobody is told anything; what comes again is acknowledged, and there once',
  async (_what, fail, where) => {
    const stores = await openTestStores({ within: where });
    const news: string[] = [];
    const told = (word: string): void => void news.push(word);
    const server = new Hl7Server({
      ...{ inbound: stores.inbound, clock: stores.clock, settings, host: '127.0.0.1', port: 0, tls: null },
      news: { answered: told, closed: told, refused: told },
    });
    const port = await server.start();
    try {
      const mend = fail(stores);
      expect(await sendUntilOver(port, stores)).toBeNull();
      expect(news).toEqual(['store-unavailable']);
      mend();
      expect(keptRows(stores.file)).toBe(0);
      for (let times = 0; times < 2; times++) expect(await sendUntilOver(port, stores)).toContain('MSA|AA|c-1');
      expect(keptRows(stores.file)).toBe(1);
      expect(await stores.feedRecords.next(10)).toHaveLength(1);
    } finally {
      await server.stop();
      await stores.end();
    }
  },
  30_000,
);
