import type { BedId, DataQualityRow, DeviceId } from '@vigil/contracts';
import type { CountRange, HistoryGap, SampleCount } from '../ports/observation-store.js';
import { byDay, dataQuality, DAY_MS, type QualityWanted } from './data-quality.js';

const bedId = 'icu-1' as BedId;
const [mon, other] = ['mon-1', 'mon-2'] as [DeviceId, DeviceId];
const HOUR_MS = 3_600_000;
const slot = (fromMs: number, toMs: number, deviceId = mon) => ({ deviceId, bedId, fromMs, toMs });

class Store {
  readonly asked: (readonly [number, number])[] = [];
  constructor(
    private readonly found: readonly SampleCount[],
    private readonly lost: readonly Partial<HistoryGap>[] = [],
  ) {}
  counts = ({ fromMs, toMs }: CountRange): Promise<readonly SampleCount[]> => {
    this.asked.push([fromMs, toMs]);
    return Promise.resolve(this.found);
  };
  gaps = () => Promise.resolve(this.lost as HistoryGap[]);
}

const rowsOf = async (store: Store, wanted: Partial<QualityWanted>): Promise<readonly DataQualityRow[]> => {
  const rows: DataQualityRow[] = [];
  for await (const row of dataQuality(store, { slots: [], away: [], intervals: new Map(), ...wanted })) rows.push(row);
  return rows;
};

test('a time is cut where a day begins', () => {
  expect(byDay(slot(DAY_MS - 5, 2 * DAY_MS + 7)).map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
    [DAY_MS - 5, DAY_MS],
    [DAY_MS, 2 * DAY_MS],
    [2 * DAY_MS, 2 * DAY_MS + 7],
  ]);
  expect(byDay(slot(DAY_MS, 2 * DAY_MS))).toEqual([slot(DAY_MS, 2 * DAY_MS)]);
});

test('what is there is held against what the device should have brought while it was at the bed and the patient not away', async () => {
  const store = new Store(
    [
      { metric: 'heartRate', deviceId: mon, count: 3_000, questionable: 40 },
      { metric: 'nibpSystolic', deviceId: mon, count: 7, questionable: 0 },
      { metric: 'spo2', deviceId: other, count: 9, questionable: 9 },
      { metric: 'spo2', deviceId: null, count: 9, questionable: 9 },
    ],
    [
      { deviceId: mon, reason: 'evicted', count: 5 },
      { deviceId: mon, reason: 'evicted', count: 2 },
      { deviceId: mon, reason: 'damaged', count: 1 },
      { deviceId: other, reason: 'evicted', count: 99 },
    ],
  );
  const away = [
    { bedId, fromMs: -HOUR_MS, toMs: HOUR_MS / 2 },
    { bedId: 'icu-2' as BedId, fromMs: 0, toMs: HOUR_MS },
  ];
  expect(await rowsOf(store, { slots: [slot(0, 2 * HOUR_MS)], away })).toEqual([
    {
      ...{ deviceId: mon, bedId, fromMs: 0, toMs: 2 * HOUR_MS, awayMs: HOUR_MS / 2 },
      metrics: [
        { metric: 'heartRate', expected: 5_400, received: 3_000, questionable: 40 },
        { metric: 'nibpSystolic', expected: 6, received: 7, questionable: 0 },
      ],
      missing: [
        { reason: 'damaged', messages: 1 },
        { reason: 'evicted', messages: 7 },
      ],
    },
  ]);
});

test('a device that brought nothing has a row all the same, and rows come by day and device', async () => {
  const slots = [slot(DAY_MS, DAY_MS + 1, other), slot(DAY_MS - 1, DAY_MS + 1)];
  const rows = await rowsOf(new Store([]), { slots });
  expect(rows.map(({ deviceId, fromMs, metrics }) => [deviceId, fromMs, metrics])).toEqual([
    [mon, DAY_MS - 1, []],
    [mon, DAY_MS, []],
    [other, DAY_MS, []],
  ]);
});

test('a device is held against what its profile says that it sends, and against the usual where that says nothing', async () => {
  const store = new Store([
    { metric: 'heartRate', deviceId: mon, count: 60, questionable: 0 },
    { metric: 'spo2', deviceId: mon, count: 3_600, questionable: 0 },
  ]);
  const intervals = new Map([[mon, { heartRate: 60_000 }]]);
  const [row] = await rowsOf(store, { slots: [slot(0, HOUR_MS)], intervals });
  expect(row!.metrics.map(({ metric, expected, received }) => [metric, expected, received])).toEqual([
    ['heartRate', 60, 60],
    ['spo2', 3_600, 3_600],
  ]);
  const [unknown] = await rowsOf(store, { slots: [slot(0, HOUR_MS)], intervals: new Map([[other, { heartRate: 60_000 }]]) });
  expect(unknown!.metrics[0]).toMatchObject({ metric: 'heartRate', expected: 3_600 });
});
