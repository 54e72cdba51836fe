/** The embedded history packs hours and lets go of what is beyond its time: no answer may change by it but in resolution. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BedId, DeviceId, MetricName } from '@vigil/contracts';
import fc from 'fast-check';
import { historySize } from '../../src/adapters/history-sqlite/history-size.js';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { sizeLines } from '../../src/composition/history-commands.js';
import type { HistorySample } from '../../src/ports/observation-store.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const bedId = 'icu-1' as BedId;
const metric = 'heartRate' as MetricName;
const devices = ['mon-1', 'mon-2'] as DeviceId[];
const END_MS = 6 * HOUR_MS;
const FOR_EVER = { rawDays: 0, minuteDays: 0, hourDays: 0 };
const file = (): string => join(mkdtempSync(join(tmpdir(), 'vigil-history-')), 'history.db');

type Sample = HistorySample;
const sampleOf = (atMs: number, value: number, device = 0, isDoubted = false): Sample => ({
  ...{ bedId, metric, atMs, value, deviceId: devices[device]! },
  quality: isDoubted ? 'questionable' : 'valid',
});

/** What anybody would write: all samples in a list. */
class Plain {
  readonly samples: Sample[] = [];
  /** Minutes of a device whose samples were let go: nothing comes to them any more. */
  private readonly frozen = new Set<string>();

  write(samples: readonly Sample[]): void {
    for (const sample of samples) {
      const isThere = this.samples.some(({ atMs, deviceId }) => atMs === sample.atMs && deviceId === sample.deviceId);
      if (!isThere && !this.frozen.has(minuteName(sample))) this.samples.push(sample);
    }
  }

  freeze(beforeMs: number): void {
    for (const sample of this.samples) if (sample.atMs < beforeMs) this.frozen.add(minuteName(sample));
  }

  buckets(everyMs: number, fromMs = 0, toMs = END_MS): unknown {
    const of = Map.groupBy(
      this.samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
      ({ atMs }) => fromMs + Math.floor((atMs - fromMs) / everyMs) * everyMs,
    );
    return [...of]
      .sort(([a], [b]) => a - b)
      .map(([atMs, all]) => {
        const values = all.map(({ value }) => value);
        const mean = Math.round((values.reduce((sum, value) => sum + value, 0) / all.length) * 1e6) / 1e6;
        const questionable = all.filter(({ quality }) => quality !== 'valid').length;
        const value = all.length === 1 ? values[0]! : mean;
        return { atMs, value, min: Math.min(...values), max: Math.max(...values), count: all.length, questionable };
      });
  }

  get single(): unknown {
    return this.samples.map(({ atMs, value, deviceId, quality }) => [atMs, deviceId, value, quality]).sort(byPlace);
  }

  get counts(): unknown {
    return devices.flatMap((deviceId) => {
      const own = this.samples.filter((sample) => sample.deviceId === deviceId);
      const questionable = own.filter(({ quality }) => quality !== 'valid').length;
      return own.length === 0 ? [] : [{ metric, deviceId, count: own.length, questionable }];
    });
  }
}

const minuteName = ({ atMs, deviceId }: Sample): string => `${Math.floor(atMs / MINUTE_MS)}/${deviceId}`;
const byPlace = (a: unknown, b: unknown): number => {
  const [x, y] = [a, b] as [[number, string], [number, string]];
  return x[0] - y[0] || (x[1] < y[1] ? -1 : 1);
};

const reads = (store: SqliteObservationStore) => ({
  buckets: (everyMs: number, fromMs = 0, toMs = END_MS) => store.read({ bedId, metric, fromMs, toMs, everyMs, limit: 99_999 }),
  single: async () => {
    const found = await store.samples({ bedId, fromMs: 0, toMs: END_MS, devices, limit: 99_999 });
    return found.map(({ atMs, value, deviceId, quality }) => [atMs, deviceId, value, quality]).sort(byPlace);
  },
  counts: () => store.counts({ bedId, fromMs: 0, toMs: END_MS, devices }),
});

/** Tenths, hundredths, and values that are neither, at times that meet each other and cross minutes and hours. */
const someSamples = fc.array(
  fc
    .tuple(
      fc.oneof(
        fc.integer({ min: 0, max: END_MS - 1 }),
        fc.integer({ min: 0, max: 40 }).map((n) => n * 20_000),
      ),
      fc.oneof(
        fc.integer({ min: -50, max: 400 }).map((n) => n / 10),
        fc.constantFrom(97.123456, 1 / 3, 36.65, 0),
      ),
      fc.integer({ min: 0, max: 1 }),
      fc.boolean(),
    )
    .map(([atMs, value, device, isDoubted]) => sampleOf(atMs, value, device, isDoubted)),
  { maxLength: 25 },
);
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: someSamples.map((samples) => ({ do: 'write' as const, samples })) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 9 }).map((hours) => ({ do: 'compact' as const, nowMs: hours * HOUR_MS })) },
    { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
  ),
  { minLength: 1, maxLength: 9 },
);

test('any order of writes, packing and late data gives the answers of a plain list, at every resolution', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      const path = file();
      let store = new SqliteObservationStore(path);
      const plain = new Plain();
      for (const step of run) {
        if (step.do === 'write') {
          await store.write(0, { samples: step.samples }, '1');
          plain.write(step.samples);
        } else if (step.do === 'compact') await store.compact(FOR_EVER, { nowMs: step.nowMs, stepMs: 0 });
        else {
          store.close();
          store = new SqliteObservationStore(path);
        }
        const read = reads(store);
        expect(await read.single()).toEqual(plain.single);
        expect(await read.counts()).toEqual(plain.counts);
        for (const everyMs of [MINUTE_MS, HOUR_MS]) expect(await read.buckets(everyMs)).toEqual(plain.buckets(everyMs));
        expect(await read.buckets(90_000, 7, END_MS - 1_234)).toEqual(plain.buckets(90_000, 7, END_MS - 1_234));
      }
      const [last] = await store.latest(bedId, 0);
      expect(last?.atMs).toEqual(plain.samples.length === 0 ? undefined : Math.max(...plain.samples.map(({ atMs }) => atMs)));
      store.close();
    }),
    { numRuns: 60 },
  );
}, 120_000);

test('where samples were let go, minutes say the same as before, and what comes late for a minute that is there changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(someSamples, steps, async (first, run) => {
      const store = new SqliteObservationStore(file());
      const plain = new Plain();
      // The newest decides how far the first letting go reaches.
      const newest = sampleOf(END_MS - 1, 70);
      await store.write(0, { samples: [...first, newest] }, '1');
      plain.write([...first, newest]);
      const cutMs = 2 * HOUR_MS;
      const retention = { ...FOR_EVER, rawDays: (END_MS - cutMs) / DAY_MS };
      const compact = async (): Promise<void> => {
        await store.compact(retention, { nowMs: END_MS, stepMs: 0 });
        plain.freeze(cutMs);
      };
      await compact();
      for (const step of run) {
        if (step.do === 'compact') await compact();
        else if (step.do === 'write') {
          const samples = step.samples.filter(({ atMs }) => atMs < END_MS - 1);
          await store.write(0, { samples }, '1');
          plain.write(samples);
        }
        const read = reads(store);
        for (const everyMs of [MINUTE_MS, HOUR_MS]) expect(await read.buckets(everyMs)).toEqual(plain.buckets(everyMs));
        expect(await read.counts()).toEqual(plain.counts);
      }
      store.close();
    }),
    { numRuns: 40 },
  );
}, 120_000);

describe('what was let go', () => {
  const minutes = (from: number, to: number): Sample[] =>
    Array.from({ length: to - from }, (_, n) => sampleOf((from + n) * MINUTE_MS + 500, from + n));
  const all = { bedId, metric, fromMs: 0, toMs: END_MS, everyMs: 0, limit: 9_999 };
  const raw = { ...FOR_EVER, rawDays: 3 / 24 };

  test('is a mean of a minute, then of an hour, then nothing', async () => {
    const store = new SqliteObservationStore(file());
    await store.write(0, { samples: minutes(0, 360) }, '1');
    await store.compact({ rawDays: 3 / 24, minuteDays: 4 / 24, hourDays: 5 / 24 }, { nowMs: END_MS, stepMs: 0 });
    const points = await store.read(all);
    expect(points.slice(0, 3).map(({ atMs, count }) => [atMs / HOUR_MS, count])).toEqual([
      [1, 60],
      [2, 1],
      [2 + 1 / 60, 1],
    ]);
    expect(points.find(({ atMs }) => atMs >= 3 * HOUR_MS)!.atMs).toBe(3 * HOUR_MS + 500);
    expect((await store.samples({ bedId, fromMs: 0, toMs: END_MS, devices, limit: 999 }))[0]!.atMs).toBe(3 * HOUR_MS + 500);
    store.close();
  });

  test('is shown only where the whole mean lies in what is asked for: the rest may be of another patient', async () => {
    const store = new SqliteObservationStore(file());
    await store.write(0, { samples: minutes(0, 360) }, '1');
    await store.compact(raw, { nowMs: END_MS, stepMs: 0 });
    const points = await store.read({ ...all, fromMs: 30_000, toMs: 3 * MINUTE_MS + 1 });
    expect(points.map(({ atMs }) => atMs / MINUTE_MS)).toEqual([1, 2]);
    store.close();
  });

  test('does not go faster because a clock is wrong', async () => {
    const store = new SqliteObservationStore(file());
    await store.write(0, { samples: minutes(0, 360) }, '1');
    const day = { ...FOR_EVER, rawDays: 1 };
    await store.compact(day, { nowMs: 400 * DAY_MS, stepMs: HOUR_MS });
    expect((await store.read(all)).every(({ atMs }) => atMs % MINUTE_MS === 500)).toBe(true);
    await store.compact(raw, { nowMs: 400 * DAY_MS, stepMs: HOUR_MS });
    await store.compact(raw, { nowMs: 400 * DAY_MS, stepMs: HOUR_MS });
    expect((await store.read(all)).filter(({ atMs }) => atMs % MINUTE_MS === 0)).toHaveLength(4 * 60);
    store.close();
  });

  test('follows its device to another bed, and an erasure reaches samples, minutes and hours', async () => {
    const store = new SqliteObservationStore(file());
    const other = 'icu-9' as BedId;
    await store.write(0, { samples: [...minutes(0, 360), sampleOf(800, 9, 1)] }, '1');
    await store.compact({ ...raw, minuteDays: 4 / 24 }, { nowMs: END_MS, stepMs: 0 });
    const stretch = { deviceId: devices[0]!, fromBedId: bedId, toBedId: other, fromMs: HOUR_MS, toMs: 2.5 * HOUR_MS };
    expect(await store.reassign(stretch)).toBe(90);
    expect(await store.reassign(stretch)).toBe(0);
    const of = async (bed: BedId): Promise<number> =>
      (await store.counts({ bedId: bed, fromMs: 0, toMs: END_MS, devices })).reduce((sum, { count }) => sum + count, 0);
    expect([await of(bedId), await of(other)]).toEqual([271, 90]);
    await store.reassign({ ...stretch, toBedId: null, toMs: 3.5 * HOUR_MS });
    expect([await of(bedId), await store.detached()]).toEqual([211, [devices[0]]]);
    expect(await store.erase({ bedId: other, fromMs: HOUR_MS + 1, toMs: 5 * HOUR_MS })).toBe(90);
    expect(await of(other)).toBe(0);
    expect(await store.erase({ bedId, fromMs: 0, toMs: END_MS })).toBe(211);
    expect(await of(bedId)).toBe(0);
    store.close();
  });
});

test('how much there is of each class is told without changing anything, and nothing of what was measured', async () => {
  const path = file();
  expect(() => historySize(path)).toThrow('there is no history');
  const store = new SqliteObservationStore(path);
  expect(sizeLines(historySize(path)).join('\n')).toContain('0 beds, 0 series, from - until -');
  const samples = Array.from({ length: 6 * 3_600 }, (_, s) => sampleOf(s * 1_000, 80));
  await store.write(0, { samples }, '1');
  await store.compact({ ...FOR_EVER, rawDays: 3 / 24 }, { nowMs: END_MS, stepMs: 0 });
  const size = historySize(path);
  expect(size).toMatchObject({
    ...{ beds: 1, series: 1, fromMs: 0, toMs: END_MS, bedDays: 3 / 24 },
    ...{ open: { rows: 120, samples: 7_200 }, packed: { rows: 1, samples: 3_600 } },
    ...{ minutes: { rows: 4, samples: 14_400 }, hours: { rows: 4, samples: 14_400 } },
  });
  expect(size.open.bytes).toBe(7_200 * 14);
  expect(size.packed.bytes).toBeLessThan(3_600);
  expect(sizeLines(size).at(-1)).toMatch(/bytes of the file for each single sample/);
  store.close();
});
