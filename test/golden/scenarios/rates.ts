import { BASIC, ICU, MIN, S, type Scenario } from './scenario.js';

export const ADULT = { heartRate: 75, respirationRate: 14, spo2: 97, temperature: 36.8, systolic: 122, diastolic: 70 } as const;
type Points = Scenario['course'];

/** 97 to 84 % within 40 s, two minutes below, and back within 40 s. */
export const dip = (fromMs: number): Points => [
  { atMs: fromMs, spo2: 97 },
  { atMs: fromMs + 40 * S, spo2: 84 },
  { atMs: fromMs + 120 * S, spo2: 84 },
  { atMs: fromMs + 160 * S, spo2: 97 },
];

/** The heart goes to `to` within `overMs`, stays there until `untilMs` and is back as fast. */
const heart = (fromMs: number, overMs: number, to: number, untilMs: number): Points => [
  { atMs: fromMs, heartRate: 75 },
  { atMs: fromMs + overMs, heartRate: to },
  { atMs: untilMs, heartRate: to },
  { atMs: untilMs + overMs, heartRate: 75 },
];

const desaturation: Scenario = {
  name: 'one desaturation',
  because: 'Below 90 % from 3:21 on, 15 s later an alarm, until 5 s above 91 %. Falling by more than 8 within a minute is low.',
  minutes: 10,
  vitals: BASIC,
  usual: ADULT,
  course: dip(3 * MIN),
  alarms: ['spo2.falling low 3:29-4:45 ±14 s', 'spo2.low medium 3:36-5:26 ±10 s'],
};

const repeated: Scenario = {
  name: 'desaturations that come back',
  because: 'The third within half an hour is an alarm of its own, until the first is more than half an hour ago.',
  minutes: 36,
  vitals: BASIC,
  usual: ADULT,
  course: [...dip(3 * MIN), ...dip(9 * MIN), ...dip(15 * MIN)],
  alarms: [
    ...[3, 9, 15].flatMap((m) => [`spo2.falling low ${m}:29-${m + 1}:45 ±14 s`, `spo2.low medium ${m}:36-${m + 2}:26 ±10 s`]),
    'spo2.repeated medium 15:36-33:36 ±12 s',
  ],
};

const bradycardia: Scenario = {
  name: 'bradycardia',
  because: 'A heart of 45 for four minutes is one alarm of medium priority; the pulse says the same and is no second one.',
  minutes: 14,
  vitals: BASIC,
  usual: ADULT,
  course: heart(4 * MIN, MIN, 45, 9 * MIN),
  alarms: ['heartRate.low medium 4:54-9:25 ±14 s'],
};

const extremeBradycardia: Scenario = {
  name: 'extreme bradycardia',
  because: 'Below 40 for 10 s is high. It steps down on the way back, and the pulse is no second alarm.',
  minutes: 10,
  vitals: BASIC,
  usual: ADULT,
  course: heart(4 * MIN, 30 * S, 33, 6 * MIN),
  alarms: ['heartRate.low high 4:33-6:14 ±8 s'],
  may: ['heartRate.low medium 4:27-4:33 ±8 s', 'heartRate.low medium 6:13-6:19 ±8 s'],
};

const tachycardia: Scenario = {
  name: 'tachycardia',
  because: 'A heart of 130 is medium 10 s after it passed 120; its mean over five minutes is above 100 in the window from 5:00.',
  minutes: 18,
  vitals: BASIC,
  usual: ADULT,
  course: heart(3 * MIN, MIN, 130, 11 * MIN),
  alarms: ['heartRate.high medium 3:54-11:23 ±14 s', 'heartRate.mean-high medium 7:30-15:00 ±10 s'],
};

const extremeTachycardia: Scenario = {
  name: 'extreme tachycardia',
  because:
    'Within 20 s to 165: high 10 s after 140. The mean of the first five minutes passes 100 at 4:23 and the next is below.',
  minutes: 12,
  vitals: BASIC,
  usual: ADULT,
  course: [
    { atMs: 3 * MIN, heartRate: 75 },
    { atMs: 3 * MIN + 20 * S, heartRate: 165 },
    { atMs: 5 * MIN + 45 * S, heartRate: 165 },
    { atMs: 6 * MIN + 15 * S, heartRate: 75 },
  ],
  alarms: ['heartRate.high high 3:23-6:01 ±8 s', 'heartRate.mean-high medium 4:23-10:00 ±10 s'],
  may: ['heartRate.high medium 3:20-3:23 ±6 s', 'heartRate.high medium 6:00-6:06 ±8 s'],
};

const hypertension: Scenario = {
  name: 'hypertension',
  because: 'All three pressures pass their limits near 4:20; a systolic of 220 and more, 3 points of NEWS2, is high.',
  minutes: 12,
  vitals: ICU,
  usual: ADULT,
  course: [
    { ...ADULT, atMs: 3 * MIN },
    { atMs: 6 * MIN, systolic: 236, diastolic: 126 },
  ],
  alarms: [
    'arterialMean.high medium 4:16- ±20 s',
    'arterialSystolic.high medium 4:20-5:27 ±25 s',
    'arterialDiastolic.high low 4:24- ±20 s',
    'arterialSystolic.high high 5:27- ±25 s',
  ],
};

const CHILD = { heartRate: 105, respirationRate: 22, spo2: 98, temperature: 37, systolic: 98, diastolic: 60 } as const;
const tachypnoea: Scenario = {
  name: 'a child who breathes fast',
  because: 'A rate of 44 is above 30. A heart of 140 is none of a child’s alarms, and NEWS2 is not for children.',
  ageGroup: 'paediatric',
  minutes: 12,
  vitals: ICU,
  usual: CHILD,
  course: [
    { ...CHILD, atMs: 4 * MIN },
    { atMs: 6 * MIN, respirationRate: 44, heartRate: 140, spo2: 95 },
  ],
  alarms: ['respirationRate.high medium 4:59- ±15 s'],
};

const BABY = { heartRate: 140, respirationRate: 45, spo2: 95, temperature: 36.9, systolic: 66, diastolic: 40 } as const;
const neonate: Scenario = {
  name: 'a neonate with apnoea and bradycardia',
  because:
    'Breathing below 30 is medium, none at all for 20 s high. The heart is below 100 when its delay is over, and below 80 too: high at once. The saturation passes 85 and 80 %.',
  ageGroup: 'neonate',
  minutes: 10,
  vitals: ICU,
  usual: BABY,
  course: [
    { ...BABY, atMs: 5 * MIN },
    { atMs: 5 * MIN + 4 * S, respirationRate: 0 },
    { atMs: 5 * MIN + 15 * S, heartRate: 140 },
    { atMs: 5 * MIN + 20 * S, spo2: 95 },
    { atMs: 5 * MIN + 35 * S, heartRate: 68 },
    { atMs: 5 * MIN + 50 * S, respirationRate: 0, spo2: 75 },
    { atMs: 5 * MIN + 55 * S, heartRate: 68 },
    { atMs: 6 * MIN, respirationRate: 45 },
    { atMs: 6 * MIN + 15 * S, heartRate: 140 },
    { atMs: 6 * MIN + 20 * S, spo2: 95 },
  ],
  alarms: [
    'respirationRate.low medium 5:12-5:24 ±5 s',
    'respirationRate.low high 5:24-5:57 ±8 s',
    'heartRate.low high 5:36-6:04 ±8 s',
    'heartRate.low medium 6:04-6:11 ±8 s',
    'spo2.low high 5:51-6:06 ±8 s',
    'spo2.low medium 6:06-6:11 ±8 s',
  ],
  may: ['respirationRate.low medium 5:57-6:02 ±8 s', 'spo2.low medium 5:49-5:51 ±6 s', 'heartRate.low medium 5:35-5:36 ±4 s'],
};

export const RATES: readonly Scenario[] = [
  desaturation,
  repeated,
  bradycardia,
  extremeBradycardia,
  tachycardia,
  extremeTachycardia,
  hypertension,
  tachypnoea,
  neonate,
];
