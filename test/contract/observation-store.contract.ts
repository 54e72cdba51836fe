import type { BedId, DeviceId, MetricName } from '@vigil/contracts';
import type { HistoryGap, HistorySample, ObservationStore } from '../../src/ports/observation-store.js';

const bedId = 'icu-3' as BedId;
const all = { bedId, metric: 'heartRate' as MetricName, fromMs: 0, toMs: 600_000, everyMs: 0, limit: 1_000 };
const sample = (atMs: number, value = 72, deviceId = 'mon-1'): HistorySample => ({
  bedId,
  metric: 'heartRate',
  atMs,
  value,
  deviceId,
  quality: 'valid',
});

/** Run by one file per adapter, so every store is held to the same promises. */
export function observationStoreContract(open: () => Promise<ObservationStore>): void {
  let store: ObservationStore;
  beforeEach(async () => {
    store = await open();
  });

  const other = 'icu-9' as BedId;
  const mon1 = 'mon-1' as DeviceId;
  const at = async (bed: BedId): Promise<readonly (readonly [number, number])[]> =>
    (await store.read({ ...all, bedId: bed })).map((p) => [p.atMs, p.value] as const);

  const gap = (gapId: string, fromMs: number, toMs: number, more: Partial<HistoryGap> = {}): HistoryGap => ({
    gapId,
    bedId,
    deviceId: 'mon-1',
    seqs: [10, 19],
    fromMs,
    toMs,
    count: 10,
    reason: 'neverArrived',
    ...more,
  });

  test('a reading written twice, in one batch or in two, is one point', async () => {
    await store.write(0, { samples: [sample(1_000), sample(1_000)] }, '1');
    await store.write(0, { samples: [sample(1_000)] }, '2');
    expect(await store.read(all)).toEqual([{ atMs: 1_000, value: 72, min: 72, max: 72, count: 1, questionable: 0 }]);
  });

  test('two devices at the same moment are two points', async () => {
    await store.write(0, { samples: [sample(1_000, 70), sample(1_000, 90, 'mon-2')] }, '1');
    expect((await store.read(all)).map((p) => p.value).sort()).toEqual([70, 90]);
  });

  test('points come back in order of event time, whatever the order of writing', async () => {
    await store.write(0, { samples: [sample(61_000, 3), sample(2_000, 2)] }, '1');
    await store.write(0, { samples: [sample(1_000, 1)] }, '2');
    expect((await store.read(all)).map((p) => p.value)).toEqual([1, 2, 3]);
  });

  test('readings that go over the minute and back again, in one batch and after it, are all there', async () => {
    await store.write(0, { samples: [sample(1_000, 1)] }, '1');
    await store.write(0, { samples: [sample(2_000, 2), sample(61_000, 5), sample(3_000, 3), sample(121_000, 7)] }, '2');
    await store.write(0, { samples: [sample(4_000, 4), sample(62_000, 6), sample(5_000, 9), sample(122_000, 8)] }, '3');
    expect((await store.read(all)).map((p) => p.value)).toEqual([1, 2, 3, 4, 9, 5, 6, 7, 8]);
  });

  test('the end of the range is left out, its start is in', async () => {
    await store.write(0, { samples: [sample(1_000), sample(5_000)] }, '1');
    expect((await store.read({ ...all, fromMs: 1_000, toMs: 5_000 })).map((p) => p.atMs)).toEqual([1_000]);
  });

  test('buckets carry mean, least, most and count', async () => {
    await store.write(0, { samples: [sample(1_000, 60), sample(2_000, 80), sample(61_000, 100)] }, '1');
    expect(await store.read({ ...all, everyMs: 60_000 })).toEqual([
      { atMs: 0, value: 70, min: 60, max: 80, count: 2, questionable: 0 },
      { atMs: 60_000, value: 100, min: 100, max: 100, count: 1, questionable: 0 },
    ]);
  });

  test('the newest sample of each metric, and none that is too old', async () => {
    const spo2 = { bedId, metric: 'spo2' as MetricName, atMs: 65_000, value: 97, deviceId: 'mon-1' };
    const doubted = { ...spo2, quality: 'questionable' as const };
    await store.write(0, { samples: [sample(1_000, 1), sample(61_000, 2), sample(60_500, 3), doubted] }, '1');
    expect(await store.latest(bedId, 0)).toEqual([
      { metric: 'heartRate', atMs: 61_000, value: 2, quality: 'valid' },
      { metric: 'spo2', atMs: 65_000, value: 97, quality: 'questionable' },
    ]);
    expect((await store.latest(bedId, 61_001)).map((s) => s.metric)).toEqual(['spo2']);
  });

  test('single samples of all metrics come by metric and time, with the device that brought them where it is asked for', async () => {
    const spo2 = { ...sample(2_000, 97), metric: 'spo2' as MetricName };
    await store.write(0, { samples: [sample(61_000, 80), sample(2_000, 72, 'mon-2'), spo2, sample(90_000)] }, '1');
    const range = { bedId, fromMs: 2_000, toMs: 90_000, devices: ['mon-1' as DeviceId], limit: 9 };
    const rows = (await store.samples(range)).map(({ metric, atMs, value, deviceId }) => [metric, atMs, value, deviceId]);
    expect(rows.filter(([metric]) => metric === 'heartRate')).toEqual([
      ['heartRate', 2_000, 72, null],
      ['heartRate', 61_000, 80, 'mon-1'],
    ]);
    expect(rows.filter(([metric]) => metric === 'spo2')).toEqual([['spo2', 2_000, 97, 'mon-1']]);
    expect((await store.samples({ ...range, limit: 1 })).map(({ atMs }) => atMs)).toEqual([2_000, 2_000]);
  });

  test('a value that its sender doubts is never read back as one that it does not, in whatever order they come', async () => {
    const doubted = (atMs: number): HistorySample => ({ ...sample(atMs), quality: 'questionable' });
    await store.write(0, { samples: [sample(1_000), doubted(3_000), sample(61_000)] }, '1');
    await store.write(0, { samples: [sample(500), sample(2_000), doubted(2_500), doubted(62_000), sample(3_500)] }, '2');
    const doubt = (await store.read(all)).map(({ atMs, questionable }) => [atMs, questionable]);
    expect(doubt).toEqual(
      [500, 1_000, 2_000, 2_500, 3_000, 3_500, 61_000, 62_000].map((ms) => [
        ms,
        ms % 5_000 === 2_500 || ms === 3_000 || ms === 62_000 ? 1 : 0,
      ]),
    );
    const minutes = (await store.read({ ...all, everyMs: 60_000 })).map(({ count, questionable }) => [count, questionable]);
    expect(minutes).toEqual([
      [6, 2],
      [2, 1],
    ]);
    const single = await store.samples({ bedId, fromMs: 0, toMs: 600_000, devices: [], limit: 99 });
    expect(single.filter(({ quality }) => quality === 'questionable').map(({ atMs }) => atMs)).toEqual([2_500, 3_000, 62_000]);
    await store.reassign({ deviceId: mon1, fromBedId: bedId, toBedId: other, fromMs: 2_500, toMs: 61_500 });
    expect((await store.read({ ...all, bedId: other })).map((p) => [p.atMs, p.questionable])).toEqual([
      [2_500, 1],
      [3_000, 1],
      [3_500, 0],
      [61_000, 0],
    ]);
    expect((await store.read(all)).map((p) => p.questionable)).toEqual([0, 0, 0, 1]);
  });

  test('samples are counted by metric and device, within the range', async () => {
    const spo2 = { ...sample(2_000, 97), metric: 'spo2' as MetricName, quality: 'questionable' as const };
    const samples = [
      sample(999),
      sample(1_000),
      sample(61_000),
      sample(5_000, 1, 'mon-2'),
      sample(6_000, 1, 'gone'),
      spo2,
      sample(90_000),
    ];
    await store.write(0, { samples }, '1');
    const devices = ['mon-2', 'mon-1'] as DeviceId[];
    expect(await store.counts({ bedId, fromMs: 1_000, toMs: 90_000, devices })).toEqual([
      { metric: 'heartRate', deviceId: 'mon-1', count: 2, questionable: 0 },
      { metric: 'heartRate', deviceId: 'mon-2', count: 1, questionable: 0 },
      { metric: 'heartRate', deviceId: null, count: 1, questionable: 0 },
      { metric: 'spo2', deviceId: 'mon-1', count: 1, questionable: 1 },
    ]);
  });

  test('what is erased is gone from every answer, and nothing else is', async () => {
    const spo2 = { ...sample(61_000, 97), metric: 'spo2' as MetricName };
    const elsewhere = { ...sample(61_000, 5), bedId: other };
    await store.write(0, { samples: [sample(999), sample(1_000), sample(61_000), sample(120_000), spo2, elsewhere] }, '1');
    await store.write(0, { samples: [], gaps: [gap('in', 50_000, 60_000), gap('out', 120_000, 130_000)] }, '2');
    expect(await store.erase({ bedId, fromMs: 1_000, toMs: 120_000 })).toBe(3);
    expect(await store.erase({ bedId, fromMs: 1_000, toMs: 120_000 })).toBe(0);
    expect((await at(bedId)).map(([atMs]) => atMs)).toEqual([999, 120_000]);
    expect((await at(other)).map(([atMs]) => atMs)).toEqual([61_000]);
    expect(await store.read({ ...all, metric: 'spo2' })).toEqual([]);
    expect((await store.gaps({ bedId, fromMs: 0, toMs: 600_000, limit: 9 })).map((g) => g.gapId)).toEqual(['out']);
    await store.write(0, { samples: [sample(2_000)] }, '3');
    expect((await at(bedId)).map(([atMs]) => atMs)).toEqual([999, 2_000, 120_000]);
  });

  test('the offset moves with the samples, per partition', async () => {
    expect(await store.readThrough(3)).toBeNull();
    await store.write(3, { samples: [sample(1_000)] }, '17');
    await store.write(4, { samples: [] }, '5');
    expect([await store.readThrough(3), await store.readThrough(4)]).toEqual(['17', '5']);
  });

  test('what a device brought in a time goes to another bed, of all metrics, and nothing else does', async () => {
    const spo2 = { ...sample(61_000, 97), metric: 'spo2' as MetricName };
    const samples = [999, 1_000, 59_999, 60_000, 119_999, 120_000].map((atMs) => sample(atMs, atMs));
    await store.write(0, { samples: [...samples, sample(1_000, 5, 'mon-2'), spo2] }, '1');
    const stretch = { deviceId: mon1, fromBedId: bedId, toBedId: other, fromMs: 1_000, toMs: 120_000 };
    expect(await store.reassign(stretch)).toBe(5);
    expect(await at(other)).toEqual([1_000, 59_999, 60_000, 119_999].map((atMs) => [atMs, atMs]));
    expect(await at(bedId)).toEqual([
      [999, 999],
      [1_000, 5],
      [120_000, 120_000],
    ]);
    expect((await store.latest(other, 0)).map(({ metric, value }) => [metric, value])).toContainEqual(['spo2', 97]);
    expect(await store.reassign(stretch)).toBe(0);
  });

  test('what is written after it goes on where it belongs, at both beds, and joins what is there', async () => {
    await store.write(0, { samples: [sample(1_000, 1), sample(2_000, 2), { ...sample(1_500, 9, 'mon-2'), bedId: other }] }, '1');
    await store.reassign({ deviceId: mon1, fromBedId: bedId, toBedId: other, fromMs: 2_000, toMs: null });
    await store.write(
      0,
      { samples: [sample(3_000, 3), { ...sample(4_000, 4), bedId: other }, { ...sample(2_000, 2), bedId: other }] },
      '2',
    );
    expect(await at(bedId)).toEqual([
      [1_000, 1],
      [3_000, 3],
    ]);
    expect(await at(other)).toEqual([
      [1_500, 9],
      [2_000, 2],
      [4_000, 4],
    ]);
  });

  test("what is nobody's is at no bed, is kept, and goes to a bed when somebody says so", async () => {
    await store.write(0, { samples: [sample(1_000, 1), sample(2_000, 2)] }, '1');
    expect(await store.detached()).toEqual([]);
    expect(await store.reassign({ deviceId: mon1, fromBedId: bedId, toBedId: null, fromMs: 0, toMs: null })).toBe(2);
    expect([await at(bedId), await at(other), await store.detached()]).toEqual([[], [], ['mon-1']]);
    expect(await store.reassign({ deviceId: mon1, fromBedId: null, toBedId: other, fromMs: 0, toMs: 2_000 })).toBe(1);
    expect([await at(other), await store.detached()]).toEqual([[[1_000, 1]], ['mon-1']]);
    await store.reassign({ deviceId: mon1, fromBedId: null, toBedId: other, fromMs: 0, toMs: null });
    expect([await at(other), await store.detached()]).toEqual([
      [
        [1_000, 1],
        [2_000, 2],
      ],
      [],
    ]);
  });

  test('hours of samples are moved whole, and only of the metrics that are named', async () => {
    const hours = Array.from({ length: 200 }, (_, n) => sample(n * 60_000, n));
    await store.write(0, { samples: [...hours, ...hours.map((s) => ({ ...s, metric: 'spo2' as MetricName }))] }, '1');
    const stretch = { deviceId: mon1, fromBedId: bedId, toBedId: other, fromMs: 0, toMs: null };
    expect(await store.reassign({ ...stretch, metrics: ['heartRate'] })).toBe(200);
    const day = { ...all, toMs: 86_400_000 };
    expect(await store.read({ ...day, bedId: other })).toHaveLength(200);
    expect(await store.read({ ...day, metric: 'spo2' })).toHaveLength(200);
  });

  const samples: readonly HistorySample[] = [];
  const within = { bedId, fromMs: 1_000, toMs: 5_000, limit: 100 };

  test('a gap is kept once with its reason, and told where it touches the range', async () => {
    const gaps = [
      gap('before', 0, 999),
      gap('edge', 500, 1_000),
      gap('within', 2_000, 3_000, { reason: 'evicted', seqs: null, deviceId: null, count: 7 }),
      gap('end', 4_999, 9_000),
      gap('after', 5_000, 9_000),
      gap('elsewhere', 2_000, 3_000, { bedId: 'icu-9' as BedId }),
    ];
    await store.write(0, { samples, gaps }, '1');
    await store.write(0, { samples, gaps }, '2');
    expect((await store.gaps(within)).map((g) => g.gapId)).toEqual(['edge', 'within', 'end']);
    expect((await store.gaps(within))[1]).toEqual(gaps[2]);
    expect((await store.gaps({ ...within, limit: 2 })).map((g) => g.gapId)).toEqual(['within', 'end']);
  });

  test('what came after all is taken off once, in whatever order it is told, and a filled gap is none', async () => {
    const filled = (gapId: string, ...seqs: [number, number]) => ({ gapId, seqs });
    await store.write(0, { samples, filled: [filled('g', 12, 13)] }, '1');
    await store.write(0, { samples, gaps: [gap('g', 2_000, 3_000)], filled: [filled('g', 12, 13), filled('g', 13, 15)] }, '2');
    expect((await store.gaps(within)).map((g) => g.count)).toEqual([6]);
    await store.write(0, { samples, filled: [filled('g', 0, 30)] }, '3');
    expect(await store.gaps(within)).toEqual([]);
    await store.write(0, { samples, gaps: [gap('g', 2_000, 3_000)] }, '4');
    expect(await store.gaps(within)).toEqual([]);
  });
}
