import { METRIC_NAMES, METRICS, metricCodes, NO_VALUE_CODES, type NumericRow, Quality, unitOfCode } from '@vigil/contracts';
import fc from 'fast-check';
import { decode } from './decode.js';

const BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';
const one = (reading: object): ReturnType<typeof decode> => many([reading]);
const many = (observations: readonly object[]): ReturnType<typeof decode> =>
  decode(Buffer.from(JSON.stringify({ bootId: BOOT, seq: 7, atMs: 1_767_225_600_000, observations })));
const said = (metric: string | number, value: unknown, unit: string | number, quality = 'valid') => ({
  metric,
  value,
  unit,
  quality,
});

test.each([
  [147842, 72, 264864, 'heartRate', 72],
  ['147842', 72, 'MDC_DIM_BEAT_PER_MIN', 'heartRate', 72],
  ['MDC_ECG_HEART_RATE', 72, 'bpm', 'heartRate', 72],
  ['8867-4', 72, '{beats}/min', 'heartRate', 72],
  [149530, 71, '/min', 'pulseRate', 71],
  ['MDC_PULS_OXIM_SAT_O2', 97, 262688, 'spo2', 97],
  ['2708-6', 97, '%', 'spo2', 97],
  ['59408-5', 97, '%', 'spo2', 97],
  [151562, 14, 264928, 'respirationRate', 14],
  [151594, 14, 'breaths/min', 'respirationRate', 14],
  ['MDC_TEMP', 37.1, '°C', 'temperature', 37.1],
  [188496, 37.1, 268192, 'temperature', 37.1],
  ['MDC_PRESS_CUFF_SYS', 120, 'mmHg', 'nibpSystolic', 120],
  [150021, 120, 266016, 'nibpSystolic', 120],
  ['8462-4', 80, 'mm[Hg]', 'nibpDiastolic', 80],
  [150033, 118, 'mmHg', 'arterialSystolic', 118],
  ['76214-6', 90, 'mmHg', 'arterialMean', 90],
  ['19891-1', 38, 'mmHg', 'etco2', 38],
  ['3151-8', 4, 'l/min', 'oxygenFlow', 4],
])('%s of %s %s is %s %s', (code, value, unit, metric, expected) => {
  const { message, faults } = one(said(code, value, unit));
  expect(faults).toEqual([]);
  const row = METRICS[metric as 'heartRate'];
  expect(message?.readings).toEqual([{ metric, value: expected, unit: row.unit, quality: 'valid' }]);
});

test.each([
  ['etco2', 5, 'kPa', 37.5, 'kPa'],
  ['nibpSystolic', 16, 265987, 120, 'kPa'],
  ['arterialMean', 12, 'MDC_DIM_KILO_PASCAL', 90, 'kPa'],
  ['temperature', 98.6, '[degF]', 37, '[degF]'],
  ['temperature', 101.3, '°F', 38.5, '[degF]'],
])('%s %s %s is converted to %s, and what was said is kept', (metric, value, unit, expected, ucum) => {
  const { message, faults } = one(said(metric, value, unit));
  expect(faults).toEqual([]);
  expect(message?.readings[0]).toMatchObject({ metric, value: expected, said: { value, unit: ucum } });
});

test.each([
  ['a fraction for per cent', said('spo2', 0.97, '1'), 'wrong-unit'],
  ['no unit at all', said('spo2', 97, ''), 'wrong-unit'],
  ['farad for Fahrenheit', said('temperature', 98.6, 'F'), 'wrong-unit'],
  ['coulomb for Celsius', said('temperature', 37, 'C'), 'wrong-unit'],
  ['carbon dioxide in per cent', said('etco2', 5, '%'), 'wrong-unit'],
  ['breaths of a heart', said('heartRate', 72, 264928), 'wrong-unit'],
  ['beats of a breath', said('respirationRate', 14, 'MDC_DIM_BEAT_PER_MIN'), 'wrong-unit'],
  ['a unit of another metric', said('heartRate', 72, 'kPa'), 'wrong-unit'],
  ['a name of objects', said('heartRate', 72, 'constructor'), 'wrong-unit'],
  ['a pressure without a site', said(150017, 120, 'mmHg'), 'unknown-metric'],
  ['a code that nobody knows', said(1, 120, 'mmHg'), 'unknown-metric'],
  ['a member of objects', said('toString', 1, '/min'), 'unknown-metric'],
  ['Celsius that were Fahrenheit', said('temperature', 98.6, 'Cel'), 'implausible-value'],
  ['Fahrenheit that were Celsius', said('temperature', 37, '[degF]'), 'implausible-value'],
])('%s is refused', (_what, reading, reason) => {
  const { message, faults } = one(reading);
  expect(message?.readings).toEqual([]);
  expect(faults).toMatchObject([{ reason }]);
});

test('a metric that comes twice under two names is taken once, and the second is named', () => {
  const { message, faults } = many([said(149530, 70, '/min'), said('pulseRate', 90, '/min')]);
  expect(message?.readings).toMatchObject([{ metric: 'pulseRate', value: 70 }]);
  expect(faults).toMatchObject([{ reason: 'invalid-message', path: 'observations.1.metric' }]);
});

describe('a code for "no value" is never a value', () => {
  const named = [-100, -8189, 32_767, -32_768, 65_535, 8_388_607, 999];
  const codes = [...new Set([...named, ...NO_VALUE_CODES]), '---', '--', '-?-', '?', '???', 'N/A', 'NaN', ''];
  test.each(codes)('%j', (code) => {
    for (const metric of METRIC_NAMES) {
      const { message, faults } = one(said(metric, code, METRICS[metric].unit));
      expect(message?.readings).toEqual([{ metric, value: null, unit: METRICS[metric].unit, quality: 'notMeasured' }]);
      expect(message?.noValues).toEqual([metric]);
      expect(faults).toMatchObject([{ reason: 'no-value-code', path: 'observations.0.value', metric }]);
      expect(faults[0]!.expected).not.toContain(code === '' ? '"' : String(code));
    }
  });

  test('whatever more the device says of it is kept', () => {
    expect(one(said('spo2', -100, '%', 'leadsOff')).message?.readings[0]).toMatchObject({ value: null, quality: 'leadsOff' });
  });

  test('none of them is plausible for any metric in any unit', () => {
    for (const [metric, row] of Object.entries(METRICS) as [keyof typeof METRICS, NumericRow][]) {
      if (row.kind !== 'numeric') continue;
      for (const unit of [row.unit, 'kPa', '[degF]']) {
        const read = unitOfCode(metric, unit);
        for (const code of read === null ? [] : NO_VALUE_CODES) {
          const value = read!.convert === null ? code : read!.convert(code);
          expect(value >= row.plausible[0] && value <= row.plausible[1]).toBe(false);
        }
      }
    }
  });
});

test('every quality comes through as it was said', () => {
  for (const quality of Quality.options) {
    expect(one(said(147842, 72, 'bpm', quality)).message?.readings[0]).toMatchObject({ value: 72, quality });
  }
});

test('every code gives the same reading as the name of its metric', () => {
  const value = fc.double({ min: -50, max: 400, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...metricCodes()), value, ([code, metric], v) => {
      const { unit } = METRICS[metric];
      const [a, b] = [one(said(code, v, unit)), one(said(metric, v, unit))];
      expect(a.message?.readings).toEqual(b.message?.readings);
      expect(a.faults.map((f) => f.reason)).toEqual(b.faults.map((f) => f.reason));
    }),
  );
});

test('what is converted is plausible, of the resolution of its metric, and close to what was said', () => {
  fc.assert(
    fc.property(fc.double({ min: 2.7, max: 39, noNaN: true }), (kPa) => {
      const { message } = one(said('nibpSystolic', kPa, 'kPa'));
      const [reading] = message!.readings;
      expect(Math.abs((reading!.value as number) - kPa * 7.50062)).toBeLessThan(0.06);
      expect(Math.abs((reading!.value as number) * 10 - Math.round((reading!.value as number) * 10))).toBeLessThan(1e-9);
    }),
  );
});
