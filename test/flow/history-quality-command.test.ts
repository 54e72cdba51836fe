/** How much of what was to be measured is there, told at the terminal: by device, bed and day, and nothing of a patient. */
import { join } from 'node:path';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { historyQualityCommand } from '../../src/composition/history-quality-command.js';
import { openTestStores, type TestStores } from '../contract/sql-fixture.js';

let stores: TestStores;
let startMs: number;
beforeEach(async () => {
  stores = await openTestStores();
  startMs = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;
  const history = new SqliteObservationStore(join(stores.folder, 'history.db'));
  const of = { bedId: 'icu-1', metric: 'heartRate', deviceId: 'sim-icu-1', value: 80 };
  const samples = Array.from({ length: 900 }, (_, s) => ({
    ...of,
    atMs: startMs + s * 2_000,
    quality: s < 9 ? 'questionable' : 'valid',
  }));
  await history.write(0, { samples } as never, '1');
  history.close();
});
afterEach(() => stores.end());

const lines = async (more: { device?: string; json?: boolean } = {}): Promise<string[]> => {
  const found: string[] = [];
  const out = (line: string): void => void found.push(line);
  const range = { fromMs: startMs, toMs: startMs + 1_800_000 };
  await historyQualityCommand({
    dataDir: stores.folder,
    env: { VIGIL_SOURCE: 'simulator' },
    ...range,
    json: false,
    out,
    ...more,
  });
  return found;
};

test('a line for each device, with shares, and one that brought nothing says so', async () => {
  const all = await lines();
  expect(all.find((line) => line.includes('  sim-icu-1  '))).toMatch(/ icu-1 .*heartRate \d+\.\d% \(\d+\.\d% questionable\)/);
  expect(all.some((line) => line.endsWith(': nothing'))).toBe(true);
  expect(all.join('\n')).not.toMatch(/pat-|enc-/);
});

test('one device, as JSON', async () => {
  const rows = (await lines({ device: 'sim-icu-1', json: true })).map((line) => JSON.parse(line));
  const received = rows.flatMap((row) => row.metrics).reduce((sum: number, each: { received: number }) => sum + each.received, 0);
  const expected = rows.flatMap((row) => row.metrics).reduce((sum: number, each: { expected: number }) => sum + each.expected, 0);
  expect([received, expected]).toEqual([900, 1_800]);
  expect(new Set(rows.map(({ deviceId }) => deviceId))).toEqual(new Set(['sim-icu-1']));
});
