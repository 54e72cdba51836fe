import type { RuleSet } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import { ADULT, dip } from './rates.js';
import { BASIC, MIN, S, type Scenario } from './scenario.js';
import { START_MS, STAY } from './ward.js';

const DEVICE_AT = { kind: 'deviceAssigned', deviceId: 'sim-icu-1', intervalsMs: {} } as const;

const patientLimits: Scenario = {
  name: 'limits of a patient that run out',
  because:
    'Somebody with a chronic lung disease is well at 87 %; a physician sets 84 % for ten minutes. When they are over, the limit of the unit holds again without anybody doing anything.',
  minutes: 14,
  vitals: BASIC,
  usual: { ...ADULT, spo2: 87 },
  course: [],
  events: [
    {
      atMs: 0,
      event: {
        ...{ kind: 'limitsSet', bedId: 'icu-1', ...STAY, metric: 'spo2', low: 84, high: null, reason: 'COPD', by: 'amy' },
        toMs: Date.UTC(2026, 0, 1) + 10 * MIN,
      },
    },
  ],
  alarms: ['spo2.low medium 10:15- ±4 s'],
};

const missingParts: Scenario = {
  name: 'a score of which parts are missing',
  because:
    'A heart of 136 is 3 points and all that is known beside the saturation: NEWS2 may be up to 14, and that is no alarm. When the nurse charts that the patient answers to voice only, the least that it can be is 6.',
  minutes: 16,
  vitals: ['heartRate', 'spo2'],
  usual: ADULT,
  course: [
    { atMs: 3 * MIN, heartRate: 75 },
    { atMs: 4 * MIN, heartRate: 135 },
  ],
  events: [
    {
      atMs: 8 * MIN,
      event: {
        ...{ kind: 'charted', bedId: 'icu-1', ...STAY, chartId: 'c1', by: 'amy', validated: false },
        items: [{ item: 'consciousness', value: 'V' }],
      },
    },
  ],
  alarms: ['heartRate.high medium 3:53- ±14 s', 'heartRate.mean-high medium 7:30- ±10 s', 'news2.estimate medium 9:00- ±12 s'],
  may: ['heartRate.high high 5:00-5:30 ±12 min'],
};

const shift: Scenario = {
  name: 'a patient who is discharged while an alarm holds',
  because:
    'The alarm closes with the stay; the monitor goes on measuring in an empty room for a minute and is then switched off.',
  minutes: 9,
  vitals: ['spo2', 'pulseRate'],
  usual: ADULT,
  course: [...dip(3 * MIN).slice(0, 2), { atMs: 7 * MIN, spo2: 84 }],
  delivery: { isSilent: (ms) => ms >= 5 * MIN },
  events: [{ atMs: 5 * MIN, event: { kind: 'discharge', bedId: 'icu-1', ...STAY } }],
  alarms: ['spo2.falling low 3:29-4:45 ±14 s', 'spo2.low medium 3:36-5:00 ±8 s'],
};

const activation: Scenario = {
  name: 'a rule set that is activated while an alarm holds',
  because:
    'The new one differs in the limits of breathing alone: the alarm of the heart goes on without a flap, and the window of five minutes has not forgotten its first half.',
  minutes: 18,
  vitals: BASIC,
  usual: ADULT,
  course: [
    { atMs: 3 * MIN, heartRate: 75 },
    { atMs: 4 * MIN, heartRate: 130 },
    { atMs: 11 * MIN, heartRate: 130 },
    { atMs: 12 * MIN, heartRate: 75 },
  ],
  events: [{ atMs: 6 * MIN, event: withOtherBreathing }],
  alarms: ['heartRate.high medium 3:54-11:23 ±14 s', 'heartRate.mean-high medium 7:30-15:00 ±10 s'],
};

function withOtherBreathing(ruleSet: RuleSet): { kind: 'ruleSetActivated' } & Record<string, unknown> {
  const rules = ruleSet.rules.map((rule) => (rule.id === 'respirationRate.high' ? { ...rule, limit: 28 } : rule));
  const next = { ...ruleSet, rules };
  return { kind: 'ruleSetActivated', hash: contentHash(next), ruleSet: next, rate: 1, by: 'scenario' };
}

const transfer: Scenario = {
  name: 'a patient who is moved while an alarm holds',
  because:
    'The alarm goes along to the other bed under its own name and ends there; nobody is told anew, and the bed that is empty has none. The monitor goes along too.',
  minutes: 14,
  vitals: BASIC,
  usual: ADULT,
  course: [
    { atMs: 3 * MIN, spo2: 97 },
    { atMs: 3 * MIN + 40 * S, spo2: 84 },
    { atMs: 9 * MIN, spo2: 84 },
    { atMs: 9 * MIN + 40 * S, spo2: 97 },
  ],
  delivery: { bedAt: (ms) => (ms < 6 * MIN ? 'icu-1' : 'icu-2') },
  events: [
    { atMs: 6 * MIN, event: { kind: 'transferOut', bedId: 'icu-1', ...STAY, toBedId: 'icu-2' } },
    { atMs: 6 * MIN, event: { ...DEVICE_AT, bedId: 'icu-1', fromMs: 0, toMs: START_MS + 6 * MIN } },
    { atMs: 6 * MIN, key: 'bed:icu-2', event: { ...DEVICE_AT, bedId: 'icu-2', fromMs: START_MS + 6 * MIN, toMs: null } },
  ],
  alarms: ['spo2.falling low 3:29-4:45 ±14 s', 'spo2.low medium 3:36-9:26 ±10 s'],
};

export const UNIT_LIFE: readonly Scenario[] = [patientLimits, missingParts, shift, activation, transfer];
