import '../words/english-for-tests.js';
import type { LimitView, MetricName, ReadingView } from '@vigil/contracts';
import { CELL_SPECS, cellOf } from './cell.js';
import { NOW, readingOf } from './test-data.js';

const spec = (key: string) => CELL_SPECS.find((s) => s.key === key) ?? CELL_SPECS[0]!;
const map = (...readings: ReadingView[]): ReadonlyMap<MetricName, ReadingView> => new Map(readings.map((r) => [r.metric, r]));
const limit = (metric: MetricName, low: number | null, high: number | null): LimitView => ({ metric, low, high });

describe('cellOf', () => {
  test('a live value is shown with its limits and without an age', () => {
    const cell = cellOf(spec('hr'), map(readingOf()), [limit('heartRate', 50, 120)], NOW);
    expect(cell).toMatchObject({ state: 'live', text: '72', note: '', limits: '50–120' });
  });

  test('a stale value leaves the large digits and stays beside them, with its age', () => {
    const cell = cellOf(spec('hr'), map(readingOf({ value: 92 }, 7_000)), [], NOW);
    expect(cell).toMatchObject({ state: 'stale', text: '-?-', note: 'last 92 · 0:07 ago' });
  });

  test('after an hour a stale value is not shown at all', () => {
    expect(cellOf(spec('hr'), map(readingOf({ value: 92 }, 3_600_000)), [], NOW).note).toBe('no data');
  });

  test.each([
    ['leadsOff', 'LEADS OFF'],
    ['artefact', 'ARTEFACT'],
    ['calibration', 'CALIBRATING'],
    ['outOfRange', 'OUT OF RANGE'],
    ['notMeasured', 'NOT MEASURED'],
  ])('quality %s shows -?- and the words %s, even with a value', (quality, note) => {
    expect(cellOf(spec('hr'), map(readingOf({ quality })), [], NOW)).toMatchObject({ state: 'invalid', text: '-?-', note });
  });

  test('a stale reading of a bad quality keeps its word and shows no last value', () => {
    expect(cellOf(spec('hr'), map(readingOf({ quality: 'leadsOff' }, 7_000)), [], NOW).note).toBe('LEADS OFF · 0:07 ago');
  });

  test('null is no value and zero is one', () => {
    expect(cellOf(spec('rr'), map(readingOf({ metric: 'respirationRate', value: 0 })), [], NOW).text).toBe('0');
    expect(cellOf(spec('rr'), map(readingOf({ metric: 'respirationRate', value: null })), [], NOW).text).toBe('-?-');
  });

  test('a questionable value is shown and says so', () => {
    expect(cellOf(spec('hr'), map(readingOf({ quality: 'questionable' })), [], NOW)).toMatchObject({
      text: '72',
      note: 'questionable',
    });
  });

  test('a pressure is as old as its oldest part', () => {
    const parts = map(
      readingOf({ metric: 'arterialSystolic', value: 118 }),
      readingOf({ metric: 'arterialDiastolic', value: 64 }, 8_000),
      readingOf({ metric: 'arterialMean', value: 82 }),
    );
    expect(cellOf(spec('bp'), parts, [], NOW)).toMatchObject({
      state: 'stale',
      text: '-?-',
      note: 'last 118/64 (82) · 0:08 ago',
    });
  });

  test('a cuff pressure is kept with its age until the next one is due', () => {
    const cuff = (ageMs: number) =>
      map(
        readingOf({ metric: 'nibpSystolic', value: 118, intervalMs: 900_000 }, ageMs),
        readingOf({ metric: 'nibpDiastolic', value: 64, intervalMs: 900_000 }, ageMs),
      );
    expect(cellOf(spec('bp'), cuff(247_000), [], NOW)).toMatchObject({ label: 'NIBP', text: '118/64', note: '4:07 ago' });
    expect(cellOf(spec('bp'), cuff(904_001), [], NOW)).toMatchObject({ text: '-?-', note: 'last 118/64 · 15:04 ago' });
  });

  test('when the arterial line is gone the cuff stands beside it, never in its place', () => {
    const both = map(
      readingOf({ metric: 'arterialSystolic', value: 118, quality: 'artefact' }),
      readingOf({ metric: 'arterialDiastolic', value: 64, quality: 'artefact' }),
      readingOf({ metric: 'nibpSystolic', value: 121, intervalMs: 900_000 }, 60_000),
      readingOf({ metric: 'nibpDiastolic', value: 70, intervalMs: 900_000 }, 60_000),
    );
    expect(cellOf(spec('bp'), both, [], NOW)).toMatchObject({
      label: 'ABP',
      text: '-?-',
      note: 'ARTEFACT · NIBP 121/70, 1:00 ago',
      brief: 'NIBP 121/70 1:00',
      beside: true,
    });
    const lost = map(
      readingOf({ metric: 'arterialSystolic', value: 118 }, 8_000),
      readingOf({ metric: 'nibpSystolic', value: 121, intervalMs: 900_000 }, 60_000),
      readingOf({ metric: 'nibpDiastolic', value: 70, intervalMs: 900_000 }, 60_000),
    );
    expect(cellOf(spec('bp'), lost, [], NOW)).toMatchObject({ state: 'stale', text: '-?-', brief: 'NIBP 121/70 1:00' });
    const bad = map(
      readingOf({ metric: 'arterialSystolic', value: 118 }, 8_000),
      readingOf({ metric: 'nibpSystolic', value: null, quality: 'artefact', intervalMs: 900_000 }, 60_000),
      readingOf({ metric: 'nibpDiastolic', value: null, quality: 'artefact', intervalMs: 900_000 }, 60_000),
    );
    const cell = cellOf(spec('bp'), bad, [], NOW);
    expect(cell).toMatchObject({ note: 'last 118 · 0:08 ago', brief: '0:08' });
    expect(cell.beside).toBeUndefined();
  });

  test('while the picture is not live there is no number anywhere in the cell', () => {
    const cell = cellOf(spec('hr'), map(readingOf()), [], null);
    expect(cell).toMatchObject({ state: 'hidden', text: '', note: '' });
  });

  test('a metric that was never measured is a dash, and one-sided limits say which side', () => {
    const own = { ...limit('heartRate', 55, 110), ownToMs: 9_000 as never };
    expect(cellOf(spec('hr'), map(), [own], NOW).limits).toBe('55–110 own');
    expect(cellOf(spec('spo2'), map(), [limit('spo2', 90, null)], NOW)).toMatchObject({
      state: 'absent',
      text: '–',
      limits: '≥ 90',
    });
  });
});

test('a diastolic pressure alone never stands where the systolic is read', () => {
  const spec = CELL_SPECS.find(({ key }) => key === 'bp')!;
  const shown = (...values: [MetricName, number][]): string =>
    cellOf(spec, new Map(values.map(([metric, value]) => [metric, readingOf({ metric, value })])), [], NOW).text;
  expect(shown(['arterialDiastolic', 64])).toBe('–/64');
  expect(shown(['arterialDiastolic', 64], ['arterialMean', 82])).toBe('–/64 (82)');
  expect(shown(['arterialSystolic', 118], ['arterialDiastolic', 64], ['arterialMean', 82])).toBe('118/64 (82)');
});
