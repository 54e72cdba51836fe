import { RuleSet } from '@vigil/contracts';
import { bedView, limitsOf } from './bed-view.js';
import type { LiveVitals } from './live-vitals.js';

const rule = (side: 'low' | 'high', limit: number) => ({
  kind: 'limit',
  id: `spo2-${side}-${limit}`,
  metric: 'spo2',
  side,
  limit,
  hysteresis: 0,
  onDelayMs: 0,
  offDelayMs: 0,
  priority: 'high',
  source: 'test',
});

const bed = { careUnitId: 'icu', encounter: { encounterId: 'enc-1' } } as never;

test('the limit that is met first is shown, where a side has two', () => {
  const rules = [rule('low', 80), rule('low', 90), rule('high', 100), rule('high', 99)];
  const ruleSet = RuleSet.parse({ v: 1, name: 'test', latenessMs: 0, rules });
  expect(limitsOf(bed, ruleSet, [], 0)).toEqual([{ metric: 'spo2', low: 90, high: 99 }]);
  expect(limitsOf(bed, null, [], 0)).toEqual([]);
});

test('limits of the stay are shown with a mark while they last, and those of another stay are not', () => {
  const ruleSet = RuleSet.parse({ v: 1, name: 'test', latenessMs: 0, rules: [rule('low', 90), rule('high', 99)] });
  const own = { encounterId: 'enc-1', metric: 'spo2', low: 86, high: null, toMs: 10 } as never;
  expect(limitsOf(bed, ruleSet, [own], 9)).toEqual([{ metric: 'spo2', low: 86, high: 99, ownToMs: 10 }]);
  expect(limitsOf(bed, ruleSet, [own], 10)).toEqual([{ metric: 'spo2', low: 90, high: 99 }]);
  const other = { careUnitId: 'icu', encounter: { encounterId: 'enc-2' } } as never;
  expect(limitsOf(other, ruleSet, [own], 9)).toEqual([{ metric: 'spo2', low: 90, high: 99 }]);
});

test('who was moved to a bed is not shown what was measured of the patient who lay there before', () => {
  const at = (atMs: number) => ({ metric: 'heartRate', value: 80, unit: '/min', quality: 'valid', atMs, deviceId: 'mon-1' });
  const vitals = {
    readingsOf: () => [at(59), at(60)],
    isCoverageLost: () => false,
    bedside: () => ({ pauses: [] }),
  } as unknown as LiveVitals;
  const encounter = { encounterId: 'enc-1', admittedMs: 10, inBedSinceMs: 60, patientId: 'pat-1', patient: null };
  const row = { bedId: 'icu-1', label: 'ICU 1', careUnitId: 'icu', encounter, nurses: [], devices: [] } as never;
  expect(bedView(row, vitals, []).readings.map(({ atMs }) => atMs)).toEqual([60]);
});
