import { DisplaySettings, METRIC_NAMES, metricRow } from '@vigil/contracts';
import fc from 'fast-check';
import { en } from '../words/en/index.js';
import { speak } from '../words/words.js';
import { display } from './display.js';
import {
  birthDateText,
  clockText,
  comparedTexts,
  durationText,
  limitRangeText,
  metricUnitText,
  numberText,
  ownNumber,
  shownNumber,
  valueText,
} from './format.js';

type Units = Partial<DisplaySettings['units']>;
const site = (units: Units, more: Partial<DisplaySettings> = {}): void => display.set(DisplaySettings.parse({ units, ...more }));
const NUMERIC = METRIC_NAMES.filter((metric) => metricRow(metric).kind === 'numeric');

beforeEach(() => {
  speak('en', en);
  site({});
});

describe('a value in the unit of the site', () => {
  test('is as it was measured where the site says nothing else', () => {
    expect([valueText('temperature', 36.6), metricUnitText('temperature')]).toEqual(['36.6', '°C']);
    expect([valueText('nibpSystolic', 118.4), metricUnitText('nibpSystolic')]).toEqual(['118', 'mmHg']);
    expect([valueText('heartRate', null), valueText('consciousness', 'V')]).toEqual(['-?-', 'V']);
  });

  test('is converted with its limits, and only what the site named is', () => {
    site({ temperature: '[degF]', bloodPressure: 'kPa' });
    expect([valueText('temperature', 36.6), metricUnitText('temperature')]).toEqual(['97.9', '°F']);
    expect(limitRangeText('temperature', 35, 39)).toBe('95–102.2');
    expect([valueText('arterialMean', 75), metricUnitText('arterialMean')]).toEqual(['10.0', 'kPa']);
    expect(limitRangeText('nibpSystolic', 90, null)).toBe('≥ 12');
    expect([valueText('etco2', 38), metricUnitText('etco2')]).toEqual(['38', 'mmHg']);
    expect([valueText('spo2', 97), metricUnitText('spo2')]).toEqual(['97', '%']);
  });

  test('of a difference has no zero to move', () => {
    site({ temperature: '[degF]' });
    expect(shownNumber('temperature', 1, true)).toBeCloseTo(1.8);
    expect(comparedTexts('temperature', 1.5, 1, true)).toEqual({ value: '2.7', limit: '1.8' });
  });

  test('has the decimal comma of the language and, everywhere, the digits that monitors show', async () => {
    speak('en', en, 'de');
    site({ bloodPressure: 'kPa' });
    expect([valueText('temperature', 36.6), limitRangeText('arterialMean', 65, 110)]).toEqual(['36,6', '8,7–14,7']);
    speak('en', en, 'ar-EG');
    expect(numberText(36.6, 1)).toMatch(/^36[.,]6$/);
  });
});

describe('a value beside its limit', () => {
  test.each([
    ['respirationRate', 7.6, 8, '7.6', '8'],
    ['respirationRate', 7.98, 8, '7.98', '8'],
    ['spo2', 84, 90, '84', '90'],
    ['temperature', 39.2, 39, '39.2', '39'],
    ['spo2', 90, 90, '90', '90'],
  ] as const)('of %s %d and %d', (metric, value, limit, valueIs, limitIs) => {
    expect(comparedTexts(metric, value, limit)).toEqual({ value: valueIs, limit: limitIs });
  });

  test('never reads the same when it is not, in any unit', () => {
    const pair = fc.tuple(fc.constantFrom(...NUMERIC), fc.integer({ min: 0, max: 3_500 }), fc.integer({ min: 0, max: 3_500 }));
    fc.assert(
      fc.property(pair, fc.boolean(), ([metric, a, b], other) => {
        site(other ? { temperature: '[degF]', bloodPressure: 'kPa', carbonDioxide: 'kPa' } : {});
        const texts = comparedTexts(metric, a / 10, b / 10);
        expect(Number(texts.value) === Number(texts.limit)).toBe(a === b);
        if (a !== b) expect(Number(texts.value) < Number(texts.limit)).toBe(a < b);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('what a person types in the unit of the site comes back as what was meant', () => {
  fc.assert(
    fc.property(fc.constantFrom(...NUMERIC), fc.integer({ min: 0, max: 3_500 }), (metric, tenths) => {
      site({ temperature: '[degF]', bloodPressure: 'kPa', carbonDioxide: 'kPa' });
      expect(ownNumber(metric, shownNumber(metric, tenths / 10))).toBeCloseTo(tenths / 10, 6);
    }),
  );
  site({ temperature: '[degF]' });
  expect(ownNumber('temperature', 102.2)).toBe(39);
});

describe('times', () => {
  test('twelve hours where the site says so', () => {
    const at = new Date(2026, 10, 21, 14, 3, 22).getTime();
    expect(clockText(at)).toBe('14:03:22');
    site({}, { clock: '12h' });
    expect(clockText(at)).toMatch(/^2:03:22\sPM$/i);
  });

  test('a month has the name of the language; what is no date stays as it came', async () => {
    expect([birthDateText('1940-09-12'), birthDateText('1958-13-04'), birthDateText('about 1940')]).toEqual([
      '12-Sep-1940',
      '1958-13-04',
      'about 1940',
    ]);
    speak('en', en, 'de');
    expect(birthDateText('1958-03-04')).toBe('04-Mär-1958');
  });

  test('durations', () => {
    expect([7_900, 727_000, 3_727_000, 90_000_000, -5].map(durationText)).toEqual([
      '0:07',
      '12:07',
      '1:02:07',
      '1 d 1 h',
      '0:00',
    ]);
  });
});
