import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BedId } from '@vigil/contracts';
import fc from 'fast-check';
import { Chunk, deviceHash } from '../../src/adapters/history-sqlite/chunk.js';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { observationStoreContract } from './observation-store.contract.js';

const file = (): string => join(mkdtempSync(join(tmpdir(), 'vigil-history-')), 'history.db');

const OLD_SCHEMA = `CREATE TABLE chunk (bed_id TEXT NOT NULL, metric TEXT NOT NULL, minute INTEGER NOT NULL,
  count INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL, mean REAL NOT NULL, samples BLOB NOT NULL,
  PRIMARY KEY (bed_id, metric, minute)) WITHOUT ROWID`;

describe('SqliteObservationStore', () => {
  observationStoreContract(() => Promise.resolve(new SqliteObservationStore(file())));

  test('what was written is there when the file is opened again', async () => {
    const path = file();
    const first = new SqliteObservationStore(path);
    await first.write(
      0,
      { samples: [{ bedId: 'icu-1' as BedId, metric: 'spo2', atMs: 5, value: 97.3, deviceId: 'm', quality: 'valid' }] },
      '9',
    );
    first.close();
    const second = new SqliteObservationStore(path);
    const points = await second.read({ bedId: 'icu-1' as BedId, metric: 'spo2', fromMs: 0, toMs: 10, everyMs: 0, limit: 10 });
    expect([points.map((p) => p.value), await second.readThrough(0)]).toEqual([[97.3], '9']);
  });

  test('the file and its side files are for their owner only', async () => {
    const path = file();
    const store = new SqliteObservationStore(path);
    await store.write(
      0,
      { samples: [{ bedId: 'icu-1' as BedId, metric: 'spo2', atMs: 5, value: 97.3, deviceId: 'm', quality: 'valid' }] },
      '9',
    );
    expect(['', '-wal', '-shm'].map((suffix) => statSync(`${path}${suffix}`).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    store.close();
  });

  test('a file of before quality was kept is read as valid, and takes qualities from then on', async () => {
    const path = file();
    const before = new DatabaseSync(path);
    before.exec(OLD_SCHEMA);
    const [at5, at9] = [new Chunk(), new Chunk()];
    for (const chunk of [at5, at9]) chunk.add({ offsetMs: 5, value: 80, device: deviceHash('m'), quality: 'valid' });
    const row = (minute: number) =>
      before.prepare('INSERT INTO chunk VALUES (?, ?, ?, 1, 80, 80, 80, ?)').run('icu-1', 'spo2', minute, at5.encoded);
    row(0);
    row(1);
    before.close();
    const store = new SqliteObservationStore(path);
    const sample = {
      bedId: 'icu-1' as BedId,
      metric: 'spo2' as const,
      value: 81,
      deviceId: 'm',
      quality: 'questionable' as const,
    };
    await store.write(
      0,
      {
        samples: [
          { ...sample, atMs: 3 },
          { ...sample, atMs: 5 },
          { ...sample, atMs: 60_009 },
        ],
      },
      '1',
    );
    const range = { bedId: sample.bedId, metric: sample.metric, fromMs: 0, toMs: 120_000, everyMs: 0, limit: 9 };
    const read = async () => (await store.read(range)).map(({ atMs, value, questionable }) => [atMs, value, questionable]);
    expect(await read()).toEqual([
      [3, 81, 1],
      [5, 80, 0],
      [60_005, 80, 0],
      [60_009, 81, 1],
    ]);
    // A Vigil of before, which a site has gone back to, adds samples and knows no qualities.
    const back = new DatabaseSync(path);
    at9.add({ offsetMs: 2, value: 79, device: 1, quality: 'valid' });
    at9.add({ offsetMs: 9, value: 81, device: deviceHash('m'), quality: 'valid' });
    back.prepare('UPDATE chunk SET samples = ? WHERE minute = 1').run(at9.encoded);
    back.close();
    expect((await read()).slice(2).map(([, , questionable]) => questionable)).toEqual([1, 1, 1]);
    store.close();
  });

  test('any cut of the same readings into writes, with repeats, ends in the same points', async () => {
    const readings = fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(readings, fc.array(fc.integer({ min: 0, max: 39 }), { maxLength: 60 }), async (seconds, repeats) => {
        const store = new SqliteObservationStore(file());
        const sampleAt = (s: number) => ({
          bedId: 'icu-1' as BedId,
          metric: 'heartRate' as const,
          atMs: s * 1_000,
          value: s,
          deviceId: 'm',
          quality: 'valid' as const,
        });
        const writes = [...seconds, ...repeats.map((i) => seconds[i % seconds.length]!)];
        for (const s of writes) await store.write(0, { samples: [sampleAt(s)] }, String(s));
        const points = await store.read({
          bedId: 'icu-1' as BedId,
          metric: 'heartRate',
          fromMs: 0,
          toMs: 300_000,
          everyMs: 0,
          limit: 1_000,
        });
        expect(points.map((p) => p.atMs / 1_000)).toEqual([...seconds].sort((a, b) => a - b));
        store.close();
      }),
      { numRuns: 15 },
    );
  });
});
