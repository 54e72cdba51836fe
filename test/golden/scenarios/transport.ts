import { ADULT, dip } from './rates.js';
import { BASIC, MIN, S, type Scenario } from './scenario.js';
import { START_MS } from './ward.js';

const DIP = ['spo2.falling low 8:29-9:45 ±14 s', 'spo2.low medium 8:36-10:26 ±10 s'];
const patient = { vitals: BASIC, usual: ADULT } as const;

/** Numbers that look random and are the same for ever. */
const mixed = (seq: number, salt: number): number => (Math.imul(seq + salt, 0x9e3779b1) >>> 0) / 2 ** 32;

const gatewayLost: Scenario = {
  name: 'a gateway that is lost and comes back',
  because:
    'The gateway has the one alarm, its bed has none of its own: a cause is told once. What it kept comes afterwards, mixed with what is new, and raises nothing that is over.',
  minutes: 14,
  ...patient,
  course: dip(6 * MIN),
  delivery: {
    isCut: (ms) => ms >= 5 * MIN && ms < 10 * MIN,
    arrivesMs: ({ trueMs }) => (trueMs >= 5 * MIN && trueMs < 10 * MIN ? 10 * MIN + 40 * (trueMs / S - 300) : trueMs),
  },
  events: [
    { atMs: 5 * MIN + 5 * S, key: 'gateway:gw-1', event: { kind: 'gatewayLost', gatewayId: 'gw-1', bedIds: ['icu-1'] } },
    { atMs: 5 * MIN + 5 * S, event: { kind: 'coverageLost', bedId: 'icu-1', causeId: `said/0/${5 * MIN + 5 * S}` } },
    {
      atMs: 10 * MIN + S,
      key: 'gateway:gw-1',
      event: { kind: 'gatewayRestored', gatewayId: 'gw-1', lostId: `said/0/${5 * MIN + 5 * S}` },
    },
    { atMs: 10 * MIN + S, event: { kind: 'coverageRestored', bedId: 'icu-1', causeId: `said/0/${5 * MIN + 5 * S}` } },
  ],
  alarms: ['gatewayLost high 5:05-10:01 ±1 s'],
};

const fastClock: Scenario = {
  name: 'a clock that is five minutes fast',
  because: 'Said within a minute, and low; the desaturation is told at its true time all the same.',
  minutes: 14,
  ...patient,
  course: dip(8 * MIN),
  delivery: { clockMs: (ms) => ms + 5 * MIN },
  alarms: ['clockSuspect low 0:02- ±58 s', ...DIP],
};

const deadBattery: Scenario = {
  name: 'a clock that starts at 2000-01-01',
  because:
    'A battery that is empty sets the clock back by decades at 5:00; nobody keeps data for so long, so the time of the gateway counts.',
  minutes: 14,
  ...patient,
  course: dip(8 * MIN),
  delivery: { clockMs: (ms) => (ms < 5 * MIN ? ms : Date.UTC(2000, 0, 1) - START_MS + ms - 5 * MIN) },
  alarms: ['clockSuspect low 5:00- ±60 s', ...DIP],
};

const drift: Scenario = {
  name: 'a clock that drifts by 200 ppm',
  because:
    'It begins 29.5 s behind, which is let be (its first half minute counts as from before the admission), and is more than 30 s behind from 41:40 on: the drift is followed within minutes. Alarms are at most so far from their time.',
  minutes: 58,
  ...patient,
  course: [...dip(8 * MIN), ...dip(50 * MIN)],
  delivery: { clockMs: (ms) => ms - 29_500 - ms * 0.0002 },
  alarms: [
    'clockSuspect low 43:00- ±4 min',
    'spo2.falling low 8:00-9:15 ±18 s',
    'spo2.low medium 8:07-9:57 ±14 s',
    'spo2.falling low 50:29-51:45 ±18 s',
    'spo2.low medium 50:36-52:26 ±14 s',
  ],
  may: ['noData high 0:11-0:30 ±3 s'],
};

const backlog: Scenario = {
  name: 'a monitor that kept five minutes and sends them at once',
  because:
    'From 5:10 on the bed is not watched. The desaturation of 6:00 is over when it arrives at 10:00: history gets it, nobody is called for it.',
  minutes: 14,
  ...patient,
  course: dip(6 * MIN),
  delivery: {
    isCut: () => false,
    takenMs: (ms) => (ms >= 5 * MIN && ms < 10 * MIN ? 10 * MIN : ms),
    isKept: (ms) => ms >= 5 * MIN && ms < 10 * MIN,
  },
  alarms: ['noData high 5:10-10:00 ±3 s'],
};

const disorder: Scenario = {
  name: 'a fifth of the messages up to a minute late, a tenth twice',
  because: 'What is there in time is enough: the same alarms as in order, a few seconds later at most.',
  minutes: 24,
  ...patient,
  course: [
    ...dip(8 * MIN),
    { atMs: 14 * MIN, heartRate: 75 },
    { atMs: 14 * MIN + 20 * S, heartRate: 130 },
    { atMs: 17 * MIN, heartRate: 130 },
    { atMs: 17 * MIN + 20 * S, heartRate: 75 },
  ],
  delivery: {
    arrivesMs: ({ seq, trueMs }) => trueMs + (mixed(seq, 1) < 0.2 ? 60 * S * mixed(seq, 2) : 0),
    isTwice: (seq) => mixed(seq, 3) < 0.1,
  },
  alarms: [
    'spo2.falling low 8:29-9:45 ±20 s',
    'spo2.low medium 8:36-10:26 ±14 s',
    'heartRate.high medium 14:25-17:13 ±14 s',
    // Half of the five minutes from 15:00 on, of which a fifth is not there in time.
    'heartRate.mean-high medium 17:50-20:00 ±30 s',
  ],
};

export const TRANSPORT: readonly Scenario[] = [gatewayLost, fastClock, deadBattery, drift, backlog, disorder];
