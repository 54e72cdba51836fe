import { NEWS2_CHART, news2Row, type News2Section } from '@vigil/contracts';
import { NEWS2_BANDS } from '../../packages/domain/src/scores/news2.js';
import { pointsIn } from '../../packages/domain/src/scores/bands.js';

const points = (section: News2Section, value: number | string, on?: 'air' | 'oxygen') =>
  NEWS2_CHART[section][news2Row(section, value, on)]?.points;

/** The chart that people see and the bands by which the engine scores are two tables of one source. */
test.each(['respirationRate', 'spo2Scale1', 'systolic', 'pulse'] as const)(
  'every %s has the points that the engine gives',
  (part) => {
    for (let value = 0; value <= 320; value += 1)
      expect([value, points(part, value)]).toEqual([value, pointsIn(NEWS2_BANDS[part], value)]);
  },
);

test('every temperature in tenths has the points that the engine gives', () => {
  for (let tenths = 250; tenths <= 450; tenths += 1)
    expect([tenths, points('temperature', tenths / 10)]).toEqual([tenths, pointsIn(NEWS2_BANDS.temperature, tenths)]);
});

test('every saturation on scale 2 has the points that the engine gives, on air and on oxygen', () => {
  for (let value = 50; value <= 100; value += 1) {
    expect([value, points('spo2Scale2', value, 'air')]).toEqual([value, pointsIn(NEWS2_BANDS.spo2Scale2Air, value)]);
    expect([value, points('spo2Scale2', value, 'oxygen')]).toEqual([value, pointsIn(NEWS2_BANDS.spo2Scale2Oxygen, value)]);
  }
});

test('oxygen is 2, not alert is 3, and what is no value is in no row', () => {
  expect(['air', 'oxygen'].map((value) => points('supplementalOxygen', value))).toEqual([0, 2]);
  expect(['A', 'C', 'V', 'P', 'U'].map((value) => points('consciousness', value))).toEqual([0, 3, 3, 3, 3]);
  expect([news2Row('pulse', Number.NaN), news2Row('consciousness', 'X'), news2Row('pulse', 'A')]).toEqual([-1, -1, -1]);
});
