import { BASIC, ICU, MIN, S, type Scenario, WARD } from './scenario.js';

const ADULT = { heartRate: 75, respirationRate: 14, spo2: 97, temperature: 36.8, systolic: 122, diastolic: 70 } as const;
const EVERY_5_MIN = { nibpSystolic: 5 * MIN, nibpDiastolic: 5 * MIN, nibpMean: 5 * MIN };

const sepsisSlow: Scenario = {
  name: 'sepsis that takes an hour',
  because:
    'NEWS2 tells of it when single limits do not: 5 points near 39 min, 7 near 44, while heart and pressure pass their limits after 50. The low SIRS sign needs 10 min of fever with a fast heart.',
  minutes: 90,
  vitals: WARD,
  usual: ADULT,
  intervalsMs: EVERY_5_MIN,
  course: [
    { ...ADULT, atMs: 10 * MIN },
    { atMs: 70 * MIN, heartRate: 132, respirationRate: 28, temperature: 39.6, systolic: 78, diastolic: 42, spo2: 92 },
  ],
  alarms: [
    'news2.estimate medium 39:00-44:00 ±8 min',
    'news2.estimate-high high 44:00- ±8 min',
    'shock.pattern medium 42:00- ±6 min',
    'heartRate.mean-high medium 39:00- ±6 min',
    'sirs.pattern low 48:00- ±6 min',
    'heartRate.high medium 52:00- ±6 min',
    'nibpSystolic.low medium 50:00- ±8 min',
    'nibpDiastolic.low low 50:00- ±8 min',
    'nibpMean.low medium 56:00- ±12 min',
    'temperature.high low 53:00- ±6 min',
  ],
  may: ['heartRate.high medium 50:00-51:00 ±6 min', 'temperature.high low 50:00-51:00 ±6 min'],
};

const sepsisFast: Scenario = {
  name: 'sepsis that takes ten minutes',
  because:
    'Everything goes at once between 5 and 15 min. NEWS2 and the pattern of shock come first, near 10 min, and then each limit; the fever is short of its 10 min until 19:30.',
  minutes: 30,
  vitals: ICU,
  usual: ADULT,
  course: [
    { ...ADULT, atMs: 5 * MIN },
    { atMs: 15 * MIN, heartRate: 133, respirationRate: 36, temperature: 39.8, systolic: 73, diastolic: 38, spo2: 86 },
  ],
  alarms: [
    'news2.estimate-high high 10:00- ±2 min',
    'shock.pattern medium 10:30- ±2 min',
    'respiration.failing low 10:15-25:30 ±3 min',
    'arterialSystolic.low medium 10:56- ±90 s',
    'arterialDiastolic.low low 11:00- ±90 s',
    'arterialMean.low medium 11:35- ±90 s',
    'spo2.low medium 11:13- ±75 s',
    'respirationRate.high medium 11:46- ±90 s',
    'heartRate.high medium 11:55- ±90 s',
    'heartRate.mean-high medium 12:30- ±60 s',
    'temperature.high low 11:40- ±2 min',
    'sirs.pattern low 19:30- ±2 min',
  ],
  may: ['news2.estimate medium 9:50-10:10 ±2 min', 'arterialSystolic.falling low 12:00-15:00 ±3 min'],
};

const bleed: Scenario = {
  name: 'bleeding',
  because:
    'The heart rises while the pressure falls: the pattern (shock index 1 with a systolic of 100 or less) comes near 13:30, before the limits of pressure at 15 min and of the heart at 16.',
  minutes: 40,
  vitals: ICU,
  usual: ADULT,
  course: [
    { ...ADULT, atMs: 5 * MIN },
    { atMs: 20 * MIN, heartRate: 130, respirationRate: 24, systolic: 76, diastolic: 42 },
  ],
  alarms: [
    'shock.pattern medium 13:30- ±150 s',
    'arterialSystolic.low medium 14:54- ±2 min',
    'arterialDiastolic.low low 14:55- ±2 min',
    'arterialMean.low medium 15:50- ±150 s',
    'heartRate.high medium 16:10- ±150 s',
    'heartRate.mean-high medium 16:00- ±3 min',
    'news2.estimate-high high 16:00- ±150 s',
  ],
  may: ['news2.estimate medium 15:45-16:00 ±150 s', 'arterialSystolic.low medium 14:30-14:45 ±2 min'],
};

const bleedBetaBlocker: Scenario = {
  name: 'bleeding under a beta blocker',
  because:
    'The heart does not answer, so neither its limit nor the pattern of shock may be waited for: pressure and NEWS2 (3 for pressure, 2 for breathing) have to tell.',
  minutes: 40,
  vitals: ICU,
  usual: { ...ADULT, heartRate: 60 },
  course: [
    { ...ADULT, heartRate: 60, atMs: 5 * MIN },
    { atMs: 20 * MIN, heartRate: 61, respirationRate: 24, systolic: 78, diastolic: 42 },
  ],
  alarms: [
    'arterialSystolic.low medium 15:04- ±2 min',
    'arterialDiastolic.low low 14:55- ±2 min',
    'arterialMean.low medium 15:55- ±150 s',
    'news2.estimate medium 16:00- ±150 s',
  ],
  may: ['arterialSystolic.low medium 14:30-14:45 ±2 min', 'arterialMean.low medium 15:00-15:15 ±2 min'],
};

const apnoea: Scenario = {
  name: 'apnoea of two minutes',
  because:
    'No breath from 6:00 to 8:00 is high after 10 s. The saturation follows a minute later, passes 90 % and 80 %, and both patterns of it (falls fast; slow breathing with little oxygen) hold with it.',
  minutes: 14,
  vitals: BASIC,
  usual: ADULT,
  course: [
    { ...ADULT, atMs: 6 * MIN },
    { atMs: 6 * MIN + 5 * S, respirationRate: 0 },
    { atMs: 6 * MIN + 45 * S, spo2: 97 },
    { atMs: 8 * MIN, respirationRate: 0, spo2: 77 },
    { atMs: 8 * MIN + 10 * S, respirationRate: 14 },
    { atMs: 9 * MIN, spo2: 97 },
  ],
  alarms: [
    'respirationRate.low high 6:15-8:10 ±6 s',
    'spo2.falling low 7:23-8:55 ±15 s',
    'opioid.pattern high 7:28-8:42 ±15 s',
    'spo2.low medium 7:30-7:53 ±10 s',
    'spo2.low high 7:53-8:24 ±10 s',
    'spo2.low medium 8:24-8:43 ±12 s',
  ],
  may: [
    'respirationRate.low medium 6:13-6:15 ±4 s',
    'respirationRate.low medium 8:07-8:12 ±6 s',
    'news2.estimate medium 8:13-10:30 ±40 s',
  ],
};

const opioid: Scenario = {
  name: 'too much opioid',
  because:
    'Breathing slows from 14 to 5 within ten minutes, CO2 rises and the saturation falls: the pattern of the three is high near 10:40, before the limit of the breathing alone.',
  minutes: 30,
  vitals: [...BASIC, 'etco2'],
  usual: ADULT,
  course: [
    { ...ADULT, etco2: 38, atMs: 5 * MIN },
    { atMs: 15 * MIN, respirationRate: 5, etco2: 62, spo2: 86, heartRate: 62 },
  ],
  alarms: [
    'etco2.high medium 10:10- ±60 s',
    'opioid.pattern high 10:42- ±90 s',
    'spo2.low medium 11:13- ±60 s',
    'respirationRate.low medium 11:17- ±90 s',
    'news2.estimate medium 11:45- ±90 s',
  ],
  may: ['respirationRate.low medium 10:40-10:55 ±60 s'],
};

const fever: Scenario = {
  name: 'fever',
  because: 'A temperature of 39.8 with a heart of 96 is low, and no more: the limit near 18 min, SIRS after 10 min of both.',
  minutes: 40,
  vitals: BASIC,
  usual: ADULT,
  course: [
    { ...ADULT, atMs: 5 * MIN },
    { atMs: 25 * MIN, temperature: 39.8, heartRate: 96 },
  ],
  alarms: ['temperature.high low 18:16- ±3 min', 'sirs.pattern low 28:50- ±4 min'],
  may: ['temperature.high low 17:00-18:00 ±2 min'],
};

const hypothermia: Scenario = {
  name: 'hypothermia',
  because: 'Below 36 is low; at 35.0 and below, where NEWS2 gives 3 points, it is medium. Nothing else is wrong.',
  minutes: 40,
  vitals: BASIC,
  usual: { ...ADULT, temperature: 36.7, heartRate: 62 },
  course: [
    { atMs: 5 * MIN, temperature: 36.7 },
    { atMs: 25 * MIN, temperature: 34.5 },
  ],
  alarms: ['temperature.low low 12:30-18:30 ±3 min', 'temperature.low medium 18:30- ±3 min'],
  may: ['temperature.low low 12:00-13:00 ±2 min', 'temperature.low medium 17:00-18:00 ±2 min'],
};

export const ILLNESS: readonly Scenario[] = [sepsisSlow, sepsisFast, bleed, bleedBetaBlocker, apnoea, opioid, fever, hypothermia];
