import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import type { BedId, DeviceId } from '@vigil/contracts';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { InfluxObservationStore } from '../../src/adapters/influx/influx-store.js';
import { type HistoryMove, moveHistory } from '../../src/composition/history-move.js';
import type { HistoryGap, HistorySample } from '../../src/ports/observation-store.js';
import { InfluxStub } from '../support/influx-stub.js';

const DAY_MS = 86_400_000;
const NOW_MS = 1_800_000_000_000;
const RETENTION = { rawDays: 30, minuteDays: 400, hourDays: 0 };
const bed = (n: number): BedId => `icu-${n}` as BedId;

const sample = (n: number, atMs: number, more: Partial<HistorySample> = {}): HistorySample => ({
  ...{ bedId: bed(n), metric: 'heartRate', atMs, value: 60 + (atMs % 7), deviceId: `mon-${n}`, quality: 'valid' },
  ...more,
});

const gap: HistoryGap = {
  ...{ gapId: 'g', bedId: bed(1), deviceId: 'mon-1', seqs: [10, 19], fromMs: NOW_MS - 9_000, toMs: NOW_MS - 1_000 },
  ...{ count: 10, reason: 'neverArrived' },
};

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** A file with two days of before the samples were let go, of which means are left, and an hour of two beds. */
async function filled() {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-move-'));
  const clock = new FakeClock(NOW_MS);
  const from = new SqliteObservationStore(join(folder, 'history.db'), clock);
  open.push(from);
  const old = Array.from({ length: 120 }, (_, n) =>
    sample(1, NOW_MS - 60 * DAY_MS + n * 10_000, n < 6 ? { quality: 'questionable' } : {}),
  );
  const fresh = [1, 2].flatMap((n) => Array.from({ length: 900 }, (_, second) => sample(n, NOW_MS - 900_000 + second * 1_000)));
  const spo2 = Array.from({ length: 50 }, (_, n) => sample(2, NOW_MS - 50_000 + n * 1_000, { metric: 'spo2' }));
  await from.write(0, { samples: old }, '5');
  await from.write(0, { samples: [...fresh, ...spo2], gaps: [gap], filled: [{ gapId: 'g', seqs: [12, 13] }] }, '77');
  await from.compact(RETENTION, { nowMs: NOW_MS, stepMs: 400 * DAY_MS });
  await from.compact(RETENTION, { nowMs: NOW_MS, stepMs: 400 * DAY_MS });
  await from.reassign({
    deviceId: 'mon-2' as DeviceId,
    fromBedId: bed(2),
    toBedId: null,
    fromMs: NOW_MS - 10_000,
    toMs: null,
    metrics: ['spo2'],
  });
  const stub = await InfluxStub.start();
  open.push({ close: () => stub.stop() });
  const to = new InfluxObservationStore({ url: stub.url, token: 't', org: 'o', bucket: 'vigil', retention: RETENTION, clock });
  open.push(to);
  const lines: string[] = [];
  const move: HistoryMove = {
    ...{ file: join(folder, 'history.db'), progressFile: join(folder, 'history-move.json'), destination: 'here', from, to },
    ...{ devices: ['mon-1', 'mon-2'] as DeviceId[], progress: (line) => lines.push(line) },
  };
  return { move, stub, to, lines };
}

const raw = (stub: InfluxStub): string[] => [...stub.points.get('vigil')!].map(([name, fields]) => `${name} ${fields}`).sort();

test('samples, means of what was let go, gaps and places of the log are there afterwards', async () => {
  const { move, stub, to } = await filled();
  const moved = await moveHistory(move);
  expect(moved).toMatchObject({ samples: 1_850, ofUnknownDevices: 0, fewer: [] });
  expect(stub.linesOf('vigil')).toBe(1_850);
  expect(raw(stub)).toContain(
    `observation,bed=icu-1,device=mon-1,metric=heartRate,quality=valid ${NOW_MS - 900_000} value=${60 + ((NOW_MS - 900_000) % 7)}`,
  );
  expect(raw(stub).filter((name) => name.includes('bed=device:mon-2,device=mon-2,metric=spo2'))).toHaveLength(10);
  const minutes = [...stub.points.get('vigil_1m')!];
  expect(
    minutes.filter(([name]) => name.includes('quality=questionable')).map(([, fields]) => /count=(\d+)/.exec(fields)![1]),
  ).toEqual(['6']);
  const counted = minutes.reduce((sum, [, fields]) => sum + Number(/count=(\d+)/.exec(fields)![1]), 0);
  expect(counted).toBe(120);
  expect(stub.linesOf('vigil_1h')).toBeGreaterThan(0);
  const state = [...stub.points.get('vigil_state')!.keys()];
  expect(state.filter((name) => name.startsWith('filled,'))).toEqual(['filled,gap=g,seqs=12-13 0']);
  expect(state.filter((name) => name.startsWith('gap,'))).toEqual([`gap,bed=icu-1,gap=g ${NOW_MS - 1_000}`]);
  expect(await to.readThrough(0)).toBe('77');
});

test('a move that was ended in the middle goes on where it was, and ends in the same points', async () => {
  const whole = await filled();
  await moveHistory(whole.move);
  const cut = await filled();
  let writes = 0;
  cut.stub.script = ({ path, query }) =>
    path === '/api/v2/write' && query.get('bucket') === 'vigil' && (writes += 1) === 3 ? 'cut' : undefined;
  await expect(moveHistory(cut.move)).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
  expect(await cut.to.readThrough(0)).toBeNull();
  const done = cut.lines.length;
  expect(done).toBeGreaterThan(0);
  const again = await moveHistory(cut.move);
  expect(again.samples).toBeLessThan(1_850);
  expect(again.fewer).toEqual([]);
  expect(raw(cut.stub)).toEqual(raw(whole.stub));
});

test('a move that is ended again and again within one long series gets on all the same, hour by hour', async () => {
  const { move, stub } = await filled();
  const day = Array.from({ length: 64_800 }, (_, n) => sample(9, NOW_MS - DAY_MS + n * 1_000));
  await (move.from as SqliteObservationStore).write(1, { samples: day }, '3');
  const writes = (): number => stub.writes('vigil').filter(({ body }) => body.includes('bed=icu-9')).length;
  let runs = 0;
  for (let isDone = false; !isDone; runs += 1) {
    expect(runs).toBeLessThan(10);
    const before = writes();
    stub.script = ({ path, body }) =>
      path === '/api/v2/write' && body.includes('bed=icu-9') && writes() > before + 5 ? 'cut' : undefined;
    isDone = await moveHistory(move).then(
      ({ fewer }) => fewer.length === 0,
      () => false,
    );
  }
  expect(runs).toBeGreaterThan(2);
  expect(raw(stub).filter((name) => name.includes('bed=icu-9'))).toHaveLength(64_800);
});

test('what was lost on the way comes with the next run', async () => {
  const { move, stub } = await filled();
  await moveHistory(move);
  for (const name of [...stub.points.get('vigil')!.keys()])
    if (name.includes('bed=icu-2')) stub.points.get('vigil')!.delete(name);
  expect((await moveHistory(move)).fewer).toEqual([{ bed: 'icu-2', inFile: 940, there: 0 }]);
  expect(await moveHistory(move)).toMatchObject({ samples: 940, fewer: [] });
});

test('what the destination lost is told, and a place of the log that it knows is left as it is', async () => {
  const { move, stub, to } = await filled();
  await to.write(0, { samples: [] }, '99');
  let isDropping = true;
  stub.script = ({ path, query, body }) => {
    const isLost = isDropping && path === '/api/v2/write' && query.get('bucket') === 'vigil' && body.includes('bed=icu-2');
    return isLost ? { status: 204 } : undefined;
  };
  const { fewer } = await moveHistory(move);
  expect(fewer).toEqual([{ bed: 'icu-2', inFile: 940, there: 0 }]);
  expect(await to.readThrough(0)).toBe('99');
  isDropping = false;
});

test('a device that the site does not know any more is named by its hash, and counted', async () => {
  const { move, stub } = await filled();
  const moved = await moveHistory({ ...move, devices: ['mon-2' as DeviceId] });
  expect(moved.ofUnknownDevices).toBe(900);
  expect(raw(stub).filter((name) => /device=unknown-[0-9a-f]+,/.test(name))).toHaveLength(900);
});
