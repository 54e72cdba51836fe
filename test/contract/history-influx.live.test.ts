import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '@vigil/clock';
import type { BedId } from '@vigil/contracts';
import { InfluxServer } from '../../src/adapters/influx/influx-server.js';
import { InfluxObservationStore } from '../../src/adapters/influx/influx-store.js';
import { levelsOf } from '../../src/adapters/influx/levels.js';
import { InfluxReads } from '../../src/adapters/influx/reads.js';
import type { Refused } from '../../src/adapters/influx/refusals.js';
import { tasksOf } from '../../src/adapters/influx/tasks.js';
import type { HistorySample } from '../../src/ports/observation-store.js';
import { Influxd, influxOfTests, type InfluxOfTests } from '../support/influxd.js';
import { observationStoreContract } from './observation-store.contract.js';

const there = influxOfTests();
const START_MS = 120_000;
let count = 0;

if ('missing' in there) {
  process.stdout.write(`skipped: history in a real InfluxDB (${there.missing})\n`);
  test.skip(`history in a real InfluxDB: ${there.missing}`, () => undefined);
} else {
  describe('InfluxObservationStore with a real InfluxDB 2.7', () => {
    let influx: InfluxOfTests;
    let started: Influxd | null = null;
    const opened: InfluxObservationStore[] = [];

    beforeAll(async () => {
      if ('folder' in there) started = await Influxd.start(there.folder, mkdtempSync(join(tmpdir(), 'vigil-influx-')));
      influx = started ?? (there as InfluxOfTests);
    }, START_MS);

    afterAll(async () => {
      for (const store of opened) store.close();
      await started?.stop();
    }, START_MS);

    const open = (
      bucket = `test-${process.pid}-${(count += 1)}`,
      onRefused: (refused: Refused) => void = () => undefined,
    ): InfluxObservationStore => {
      const retention = { rawDays: 0, minuteDays: 0, hourDays: 0 };
      const { url, token } = influx;
      const store = new InfluxObservationStore({
        url,
        token,
        org: 'vigil',
        bucket,
        retention,
        clock: new SystemClock(),
        onRefused,
      });
      opened.push(store);
      return store;
    };

    observationStoreContract(() => Promise.resolve(open()));

    const serverOf = (bucket: string): InfluxServer =>
      new InfluxServer({ url: influx.url, token: influx.token, org: 'vigil', bucket, clock: new SystemClock() });
    const HOUR_MS = 3_600_000;
    const sample = (atMs: number, quality: HistorySample['quality'] = 'valid'): HistorySample => ({
      ...{ bedId: 'icu-1' as BedId, metric: 'heartRate', atMs, value: 60 + (atMs % 40), deviceId: 'mon-1', quality },
    });

    test('what the tasks make of samples is found where the samples are gone, as the samples said it', async () => {
      const bucket = `tasks-${process.pid}`;
      const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS;
      const store = open(bucket);
      const samples = Array.from({ length: 720 }, (_, n) => sample(startMs + n * 5_000, n % 10 === 0 ? 'questionable' : 'valid'));
      await store.write(0, { samples }, '1');
      const range = {
        bedId: 'icu-1' as BedId,
        metric: 'heartRate' as const,
        fromMs: startMs,
        toMs: startMs + HOUR_MS,
        limit: 999,
      };
      const [minutes, hour] = [await store.read({ ...range, everyMs: 60_000 }), await store.read({ ...range, everyMs: HOUR_MS })];
      const server = serverOf(bucket);
      const levels = levelsOf({ bucket }, { rawDays: 30, minuteDays: 0, hourDays: 0 });
      for (const { flux } of tasksOf('vigil', levels)) await server.rows(flux);
      await server.remove(bucket, '_measurement="observation"', { fromMs: 0, toMs: 2 ** 43 });
      // For a store that keeps samples for no time, the minutes answer; for one that keeps neither, the hours.
      const [raw, minute] = [
        { ...levels.raw, keptMs: 0 },
        { ...levels.minute, keptMs: 0 },
      ];
      const later = Date.now() + 24 * HOUR_MS;
      const ofMinutes = new InfluxReads(server, { ...levels, raw });
      expect(minutes).toHaveLength(60);
      expect(await ofMinutes.read({ ...range, everyMs: 60_000 }, later)).toEqual(minutes);
      expect(await new InfluxReads(server, { ...levels, raw, minute }).read({ ...range, everyMs: HOUR_MS }, later)).toEqual(hour);
      expect(hour[0]).toMatchObject({ count: 720, questionable: 72 });
      server.close();
    });

    test('a field of another type refuses readings there: they are named and kept aside, and the others are stored', async () => {
      const bucket = `conflict-${process.pid}`;
      const server = serverOf(bucket);
      await open(bucket).readThrough(0);
      const atMs = Date.now();
      await server.write(bucket, `observation,bed=theirs value="text" ${atMs}`);
      const refused: Refused[] = [];
      const store = open(bucket, (some) => refused.push(some));
      const elsewhere = sample(atMs - 60 * 24 * HOUR_MS);
      await store.write(0, { samples: [sample(atMs), elsewhere] }, '1');
      expect(refused.map(({ reason, samples }) => [reason, samples])).toEqual([['type-conflict', [sample(atMs)]]]);
      const all = { bedId: 'icu-1' as BedId, metric: 'heartRate' as const, fromMs: 0, toMs: atMs + 1, everyMs: 0, limit: 9 };
      expect((await store.read(all)).map((point) => point.atMs)).toEqual([elsewhere.atMs]);
      // The server keeps the type of a field for its shard, also when what had it is deleted: nothing is lost by trying again.
      await server.remove(bucket, '_measurement="observation" AND bed="theirs"', { fromMs: 0, toMs: atMs });
      expect(await open(bucket).readThrough(0)).toBe('1');
      const kept = `from(bucket: "${bucket}_state") |> range(start: 0) |> filter(fn: (r) => r._measurement == "refused")`;
      expect((await server.rows(kept)).map((row) => [row['bed'], row['_time'], row['_value']])).toEqual([
        ['icu-1', atMs, sample(atMs).value],
      ]);
      server.close();
    });

    test('a token that is refused is said to be', async () => {
      const troubles: unknown[] = [];
      const retention = { rawDays: 0, minuteDays: 0, hourDays: 0 };
      const store = new InfluxObservationStore({
        ...{ url: influx.url, token: 'wrong', org: 'vigil', bucket: 'vigil', retention, clock: new SystemClock() },
        onTrouble: (trouble) => troubles.push(trouble),
      });
      await expect(store.write(0, { samples: [] }, '1')).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
      expect(troubles).toEqual(['influx-token-refused']);
      store.close();
    });
  });
}
