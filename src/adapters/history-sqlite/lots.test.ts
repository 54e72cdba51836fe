import type { HistorySample } from '../../ports/observation-store.js';
import { inLots } from './lots.js';

const sample = (bed: number, atMs: number): HistorySample =>
  ({ bedId: `b-${bed}`, metric: 'heartRate', atMs, value: 80, deviceId: 'd' }) as HistorySample;

test('few samples are stored at once', () => {
  const samples = [sample(1, 1), sample(2, 1)];
  expect(inLots(samples)).toEqual([samples]);
  expect(inLots([])).toEqual([[]]);
});

test('many samples are stored in lots, each once, those of a bed together and in their order', () => {
  const samples = [1, 2, 3].flatMap((atMs) => [1, 2, 3, 4, 5].map((bed) => sample(bed, atMs)));
  const lots = inLots(samples, 5);
  expect(lots.map((lot) => lot.map(({ bedId, atMs }) => `${bedId}/${atMs}`).join(' '))).toEqual([
    'b-1/1 b-1/2 b-1/3 b-2/1 b-2/2 b-2/3',
    'b-3/1 b-3/2 b-3/3 b-4/1 b-4/2 b-4/3',
    'b-5/1 b-5/2 b-5/3',
  ]);
  expect(inLots(samples, 3)).toHaveLength(5);
});
