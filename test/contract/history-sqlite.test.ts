import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BedId } from '@vigil/contracts';
import fc from 'fast-check';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { observationStoreContract } from './observation-store.contract.js';

const file = (): string => join(mkdtempSync(join(tmpdir(), 'vigil-history-')), 'history.db');

describe('SqliteObservationStore', () => {
  observationStoreContract(() => Promise.resolve(new SqliteObservationStore(file())));

  test('what was written is there when the file is opened again', async () => {
    const path = file();
    const first = new SqliteObservationStore(path);
    await first.write(0, { samples: [{ bedId: 'icu-1' as BedId, metric: 'spo2', atMs: 5, value: 97.3, deviceId: 'm' }] }, '9');
    first.close();
    const second = new SqliteObservationStore(path);
    const points = await second.read({ bedId: 'icu-1' as BedId, metric: 'spo2', fromMs: 0, toMs: 10, everyMs: 0, limit: 10 });
    expect([points.map((p) => p.value), await second.readThrough(0)]).toEqual([[97.3], '9']);
  });

  test('the file and its side files are for their owner only', async () => {
    const path = file();
    const store = new SqliteObservationStore(path);
    await store.write(0, { samples: [{ bedId: 'icu-1' as BedId, metric: 'spo2', atMs: 5, value: 97.3, deviceId: 'm' }] }, '9');
    expect(['', '-wal', '-shm'].map((suffix) => statSync(`${path}${suffix}`).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
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
