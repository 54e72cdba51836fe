import { alarmWords } from '../../page/src/words.js';
import type { AlarmShown } from './watch-view.js';

const none = { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null };
const words = (conditionCode: string, metricLabel: string | null, evidence: object): string =>
  alarmWords({ conditionCode, metricLabel, evidence: { ...none, ...evidence } } as AlarmShown);

test.each([
  ['spo2.low', 'Oxygen saturation', { value: 84, unit: '%', limit: 90, side: 'low' }, 'Oxygen saturation 84 %, below 90 %'],
  ['gatewayLost', null, {}, 'gatewayLost'],
  [
    'spo2.falling',
    'Oxygen saturation',
    { label: 'Falls fast', value: 12, unit: '%', limit: 8 },
    'Falls fast (Oxygen saturation 12 %, limit 8 %)',
  ],
  ['standby', null, { because: ['imaging'] }, 'the patient is away from the monitor (standby)'],
  ['shock', null, { label: 'Shock?', because: ['fast', 'low'] }, 'Shock? (fast, low)'],
  ['again', null, { value: 3, limit: 3, because: ['spo2.low'] }, 'again: 3, limit 3: spo2.low'],
  ['news2', null, { label: 'NEWS2', value: 6, limit: 5, parts: [] }, 'NEWS2 (6 points, limit 5)'],
])('%s is put in words on the page of the gateway', (code, metric, evidence, expected) => {
  expect(words(code, metric, evidence)).toBe(expected);
});
