import { DisplaySettings, METRICS, type ReadingView, type ScoreView } from '@vigil/contracts';
import fc from 'fast-check';
import '../words/english-for-tests.js';
import { display } from './display.js';
import { valueText } from './format.js';
import {
  chartedAs,
  chartedSets,
  draftProblems,
  EMPTY_DRAFT,
  itemsOf,
  numberOf,
  offersOf,
  ownOf,
  previewOf,
  responseOf,
  rowOf,
  totalBefore,
  type Draft,
} from './news2.js';

const whole: Draft = {
  numbers: { respirationRate: '22', spo2: '90', systolic: '118', pulse: '96', temperature: '38,06' },
  oxygen: 'oxygen',
  flow: '2',
  consciousness: 'A',
};

test('an empty form names every part that is missing, and has no score', () => {
  expect(Object.keys(draftProblems(EMPTY_DRAFT)).sort()).toEqual([
    'consciousness',
    'oxygen',
    'pulse',
    'respirationRate',
    'spo2',
    'systolic',
    'temperature',
  ]);
  expect(previewOf(EMPTY_DRAFT, 1)).toBeNull();
});

test('a whole set is sent with the flow, and previewed as the engine scores it', () => {
  expect(draftProblems(whole)).toEqual({});
  // 2 for breathing, 3 for the saturation on scale 1, 2 for oxygen, 1 for the pulse, 1 for 38.06 that shows as 38.1.
  expect(previewOf(whole, 1)).toEqual({ total: 9, single: true });
  expect(previewOf(whole, 2)).toEqual({ total: 6, single: false });
  expect(itemsOf(whole)).toContainEqual({ item: 'number', metric: 'temperature', value: 38.06 });
  expect(itemsOf(whole)).toContainEqual({ item: 'number', metric: 'oxygenFlow', value: 2 });
  expect(itemsOf({ ...whole, oxygen: 'air' })).not.toContainEqual(expect.objectContaining({ metric: 'oxygenFlow' }));
});

test('a correction to air takes back the flow that was charted at that moment', () => {
  expect(itemsOf({ ...whole, oxygen: 'air', flow: '' }, true)).toContainEqual({ item: 'number', metric: 'oxygenFlow', value: 0 });
});

test.each([
  ['pulse', '0', 'zero'],
  ['spo2', '101', 'range'],
  ['temperature', '384.5', 'range'],
  ['respirationRate', '1e2', 'number'],
  ['respirationRate', '-4', 'number'],
  ['systolic', '12O', 'number'],
] as const)('%s %s is refused: %s', (part, text, problem) => {
  const draft = { ...whole, numbers: { ...whole.numbers, [part]: text } };
  expect(draftProblems(draft)).toEqual({ [part]: problem });
  expect(previewOf(draft, 1)).toBeNull();
});

test('numbers are read with a comma or a point, and nothing else is one', () => {
  expect(['36,6', ' 36.6 ', '36', '', 'x', '3 6', '1,2,3'].map(numberOf)).toEqual([36.6, 36.6, 36, null, null, null, null]);
});

test.each([
  [0, false, 'routine'],
  [1, false, 'low'],
  [4, false, 'low'],
  [3, true, 'single'],
  [5, false, 'urgent'],
  [6, true, 'urgent'],
  [7, false, 'emergency'],
  [20, true, 'emergency'],
] as const)('a score of %d, 3 in one: %s, calls for %s', (total, single, response) => {
  expect(responseOf(total, single)).toBe(response);
});

test('a device offers what it measured just now, and nothing old, doubtful or missing', () => {
  const of = (metric: string, value: number | null, atMs: number, quality = 'valid') =>
    ({ metric, value, atMs, quality }) as unknown as ReadingView;
  const nowMs = 3_600_000;
  const readings = [
    of('heartRate', 91.6, nowMs - 1_000),
    of('pulseRate', 90, nowMs - 500, 'questionable'),
    of('spo2', null, nowMs),
  ];
  readings.push(of('temperature', 37.04, nowMs - 6 * 60_000), of('nibpSystolic', 118, nowMs - 14 * 60_000));
  expect(offersOf(readings, nowMs)).toEqual({
    pulse: { value: 92, atMs: nowMs - 1_000, metric: 'heartRate' },
    systolic: { value: 118, atMs: nowMs - 14 * 60_000, metric: 'nibpSystolic' },
  });
});

test('only charted sets are on the chart, by time', () => {
  const set = (atMs: number, basis: string) => ({ atMs, basis, score: 'news2' }) as unknown as ScoreView;
  const sets = chartedSets([set(3, 'charted'), set(2, 'estimate'), set(1, 'charted'), set(2, 'charted')], 2);
  expect(sets.map(({ atMs }) => atMs)).toEqual([2, 3]);
});

test('a set that was charted anew stands before what took its place, and no trend is made from it', () => {
  const set = (atMs: number, total: number, replaced?: true) =>
    ({ atMs, total, by: 'amy', basis: 'charted', score: 'news2', parts: [], replaced }) as unknown as ScoreView;
  const sets = chartedSets([set(2, 1), set(2, 9, true), set(1, 3), set(3, 4)], 24);
  expect(sets.map(({ total }) => total)).toEqual([3, 9, 1, 4]);
  expect(sets.map((_, i) => totalBefore(sets, i))).toEqual([null, 3, 3, 1]);
  expect(chartedAs(sets, 2)).toBe(chartedAs([set(2, 1)], 2));
  expect(chartedAs([set(2, 9, true)], 2)).toBe('');
});

test('93 % on scale 2 is in one row on air and in another on oxygen', () => {
  expect(rowOf('spo2', 93, 2, 'air')?.points).toBe(0);
  expect(rowOf('spo2', 93, 2, 'oxygen')?.points).toBe(1);
  expect(rowOf('shoes', 93, 2, 'oxygen')).toBeNull();
});

describe('a set that is written in the units of the site', () => {
  beforeEach(() => display.set(DisplaySettings.parse({ units: { temperature: '[degF]', bloodPressure: 'kPa' } })));
  afterEach(() => display.set(DisplaySettings.parse({})));
  const site: Draft = { ...whole, numbers: { ...whole.numbers, temperature: '100,5', systolic: '15.7' } };

  test('is converted once, to the units of the table', () => {
    expect(draftProblems(site)).toEqual({});
    expect(itemsOf(site).slice(2, 5)).toEqual([
      { item: 'number', metric: 'nibpSystolic', value: 118 },
      { item: 'number', metric: 'heartRate', value: 96 },
      { item: 'number', metric: 'temperature', value: 38.1 },
    ]);
    expect(previewOf(site, 1)).toEqual({ total: 9, single: true });
  });

  test('in the unit of another site is no value that a patient can have: it is refused, not scored', () => {
    const habit = { ...site, numbers: { ...site.numbers, temperature: '38.1', systolic: '118' } };
    expect(draftProblems(habit)).toEqual({ temperature: 'range', systolic: 'range' });
    display.set(DisplaySettings.parse({}));
    expect(draftProblems(site)).toEqual({ temperature: 'range', systolic: 'range' });
  });

  test.each([
    ['95.0', 3],
    ['95.1', 1],
    ['96.8', 1],
    ['97.0', 0],
    ['100.4', 0],
    ['100.5', 1],
    ['102.2', 1],
    ['102.4', 2],
  ])('%s °F is in the band of the chart with %d points', (typed, points) => {
    expect(rowOf('temperature', ownOf('temperature', typed)!, 1, 'air')?.points).toBe(points);
  });

  test('what a monitor offers comes back as that value, over all that a sensor can report', () => {
    const [coldest, hottest] = METRICS.temperature.plausible;
    const [least, most] = METRICS.nibpSystolic.plausible;
    fc.assert(
      fc.property(
        fc.integer({ min: coldest * 10, max: hottest * 10 }),
        fc.integer({ min: least, max: most }),
        (tenths, pressure) => {
          expect(ownOf('temperature', valueText('temperature', tenths / 10))).toBe(tenths / 10);
          expect(ownOf('nibpSystolic', valueText('nibpSystolic', pressure))).toBe(pressure);
        },
      ),
    );
  });

  test('what is typed is off by no more than its last digit, and a higher one is never the lower value', () => {
    const tenths = fc.integer({ min: 770, max: 1_130 });
    fc.assert(
      fc.property(tenths, tenths, (a, b) => {
        const [one, two] = [a, b].map((each) => ownOf('temperature', String(each / 10))!) as [number, number];
        expect(Math.abs(one - (a / 10 - 32) / 1.8)).toBeLessThan(0.0501);
        if (a <= b) expect(one).toBeLessThanOrEqual(two);
        // No more digits than a chart has.
        expect(Number.isInteger(Math.round(one * 1e6) / 1e5)).toBe(true);
      }),
    );
  });
});
