import { ADULT, dip } from './rates.js';
import { BASIC, CUFF, MIN, S, type Scenario } from './scenario.js';

const DIP = ['spo2.falling low 8:29-9:45 ±14 s', 'spo2.low medium 8:36-10:26 ±10 s'];

const probeOff: Scenario = {
  name: 'a finger probe that comes off',
  because: 'Technical and low, after 5 s, for both things that it measures; it is no desaturation.',
  minutes: 12,
  vitals: BASIC,
  usual: ADULT,
  course: [],
  faults: [{ kind: 'probeOff', fromMs: 5 * MIN, toMs: 8 * MIN }],
  alarms: ['spo2.leadsOff low 5:05-8:00 ±2 s', 'pulseRate.leadsOff low 5:05-8:00 ±2 s'],
};

const leadsOffInBradycardia: Scenario = {
  name: 'electrodes that come off during a bradycardia',
  because:
    'The heart rate is not measured any more, so nobody knows that it is well, and its alarm goes on; the pulse goes on saying 45, 20 s later in an alarm of its own, until the electrodes are back.',
  minutes: 14,
  vitals: BASIC,
  usual: ADULT,
  course: [
    { atMs: 4 * MIN, heartRate: 75 },
    { atMs: 5 * MIN, heartRate: 44 },
  ],
  faults: [{ kind: 'leadsOff', fromMs: 7 * MIN, toMs: 9 * MIN }],
  alarms: [
    'heartRate.low medium 4:54- ±14 s',
    'heartRate.leadsOff low 7:05-9:00 ±2 s',
    'respirationRate.leadsOff low 7:05-9:00 ±2 s',
    'pulseRate.low medium 7:25-9:00 ±10 s',
  ],
};

const electrodesSettle: Scenario = {
  name: 'electrodes that have just been put back',
  because:
    'The first seconds of a new electrode are no heart rate yet: limits begin anew 5 s after the sensor is back, with readings of their own.',
  minutes: 12,
  vitals: BASIC,
  usual: ADULT,
  course: [
    { atMs: 6 * MIN, heartRate: 75 },
    { atMs: 6 * MIN + S, heartRate: 45 },
    { atMs: 7 * MIN + 13 * S, heartRate: 45 },
    { atMs: 7 * MIN + 14 * S, heartRate: 75 },
  ],
  faults: [
    { kind: 'leadsOff', fromMs: 5 * MIN, toMs: 7 * MIN },
    { kind: 'probeOff', fromMs: 5 * MIN, toMs: 8 * MIN },
  ],
  alarms: [
    'heartRate.leadsOff low 5:05-7:00 ±2 s',
    'respirationRate.leadsOff low 5:05-7:00 ±2 s',
    'spo2.leadsOff low 5:05-8:00 ±2 s',
    'pulseRate.leadsOff low 5:05-8:00 ±2 s',
  ],
};

const motion: Scenario = {
  name: 'a hand that shakes',
  because:
    'Values that the monitor itself calls artefacts raise nothing, however low. Five seconds of them are nothing at all; a minute of them means that nobody sees the saturation, which is a technical alarm after 10 s.',
  minutes: 12,
  vitals: BASIC,
  usual: ADULT,
  course: [],
  faults: [
    { kind: 'motion', fromMs: 3 * MIN, toMs: 3 * MIN + 5 * S },
    { kind: 'motion', fromMs: 5 * MIN, toMs: 6 * MIN },
  ],
  alarms: ['spo2.noData medium 5:10-6:00 ±3 s', 'pulseRate.noData low 5:10-6:00 ±3 s'],
};

const zero: Scenario = {
  name: 'a monitor that sends 0 for nothing',
  because: 'A heart rate of 0 is no value and no bradycardia (D23): it is missed after 10 s, and so is the pulse.',
  minutes: 12,
  vitals: BASIC,
  usual: ADULT,
  course: [],
  faults: [{ kind: 'zero', fromMs: 5 * MIN, toMs: 7 * MIN }],
  alarms: ['heartRate.noData medium 5:10-7:00 ±3 s', 'pulseRate.noData low 5:10-7:00 ±3 s'],
};

const silentChannel: Scenario = {
  name: 'one channel that falls silent',
  because: 'Nobody says that the probe is off, there are just no values: an alarm of that metric, after 10 s, and of no other.',
  minutes: 12,
  vitals: BASIC,
  usual: ADULT,
  course: [],
  faults: [{ kind: 'missing', vitals: ['spo2'], fromMs: 5 * MIN, toMs: 7 * MIN }],
  alarms: ['spo2.noData medium 5:10-7:00 ±3 s'],
};

const silentDevice: Scenario = {
  name: 'a monitor that falls silent',
  because: 'One cause, one alarm: the bed is not watched. A desaturation after it is back is seen as ever.',
  minutes: 14,
  vitals: BASIC,
  usual: ADULT,
  course: dip(8 * MIN),
  delivery: { isSilent: (ms) => ms >= 5 * MIN && ms < 7 * MIN },
  alarms: ['noData high 5:10-7:00 ±3 s', ...DIP],
};

const cuffOnly: Scenario = {
  name: 'a patient with a cuff alone',
  because:
    'Every five minutes one measurement, which decides at once; between them nothing is missing. A systolic pressure of 70 is high (MEWS 3).',
  minutes: 28,
  vitals: CUFF,
  usual: ADULT,
  intervalsMs: { nibpSystolic: 5 * MIN, nibpDiastolic: 5 * MIN, nibpMean: 5 * MIN },
  course: [
    { ...ADULT, atMs: 7 * MIN },
    { atMs: 8 * MIN, systolic: 70, diastolic: 40 },
    { atMs: 17 * MIN, systolic: 70, diastolic: 40 },
    { atMs: 18 * MIN, systolic: 122, diastolic: 70 },
  ],
  alarms: [
    'nibpSystolic.low high 10:00-20:00 ±2 s',
    'nibpDiastolic.low low 10:00-20:00 ±2 s',
    'nibpMean.low medium 10:00-20:00 ±2 s',
  ],
};

export const SENSORS: readonly Scenario[] = [
  probeOff,
  leadsOffInBradycardia,
  electrodesSettle,
  motion,
  zero,
  silentChannel,
  silentDevice,
  cuffOnly,
];
