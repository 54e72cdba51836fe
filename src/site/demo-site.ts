import { METRICS, type MetricName, Site } from '@vigil/contracts';
import { defaultRuleSet } from '../composition/default-rule-set.js';
import { demoDevice } from './demo-devices.js';
import { firstPolicy } from './demo-policy.js';
import { DEMO_STAFF, demoPatient, FIRST_ADMIN } from './demo-people.js';

export type Source = 'simulator' | 'recordings' | 'none';

export interface DemoOptions {
  readonly source: Source;
  readonly beds: number;
  /** Wall time of today, from which calibrations are planned; left out, none is. */
  readonly todayMs?: number;
}

const CARE_UNIT = 'icu';
export const GATEWAY = 'gw-1';
const RECORDINGS = ['mimic2', 'physionet2012', 'cinc2015'] as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function intervals(everyMs: number, ...metrics: MetricName[]): Record<string, number> {
  return Object.fromEntries(metrics.map((metric) => [metric, everyMs]));
}

const RATES = ['heartRate', 'pulseRate', 'respirationRate'] as const;
const ARTERIAL = ['arterialSystolic', 'arterialDiastolic', 'arterialMean'] as const;
const CUFF = ['nibpSystolic', 'nibpDiastolic', 'nibpMean'] as const;

/** How often each kind of device sends each metric: what "no data" counts from (D7). */
const PROFILES: Site['profiles'] = {
  monitor: {
    intervalsMs: Object.fromEntries(Object.entries(METRICS).map(([metric, row]) => [metric, row.nominalIntervalMs])),
  },
  'recording-mimic2': {
    intervalsMs: { ...intervals(MINUTE_MS, ...RATES, 'spo2', ...ARTERIAL), ...intervals(15 * MINUTE_MS, ...CUFF) },
  },
  // About hourly and irregular: two hours between two readings are still usual.
  'recording-physionet2012': {
    intervalsMs: {
      ...intervals(2 * HOUR_MS, ...RATES, ...ARTERIAL, ...CUFF),
      ...intervals(4 * HOUR_MS, 'temperature', 'inspiredOxygen'),
    },
  },
  'recording-cinc2015': { intervalsMs: intervals(1_000, ...RATES, ...ARTERIAL) },
};

interface Device extends ReturnType<typeof demoDevice> {
  readonly deviceId: string;
  readonly gatewayId: string;
  readonly profile: string;
  readonly recording?: (typeof RECORDINGS)[number];
}

/** Bed `n` has a device of its own per source, so that one data folder can be started with either. */
function deviceFor(n: number, { source, todayMs }: Omit<DemoOptions, 'beds'>): Device[] {
  if (source === 'none') return [];
  if (source === 'simulator') {
    return [{ deviceId: `sim-${CARE_UNIT}-${n}`, gatewayId: GATEWAY, profile: 'monitor', ...demoDevice(n, todayMs) }];
  }
  const recording = RECORDINGS[(n - 1) % RECORDINGS.length]!;
  return [{ deviceId: `rec-${CARE_UNIT}-${n}`, gatewayId: GATEWAY, profile: `recording-${recording}`, recording }];
}

/** Two physicians who take turns of 12 hours. */
const PHYSICIANS = {
  scheduleId: 'physicians',
  content: {
    ...{ v: 1, label: 'Physicians', careUnitId: CARE_UNIT, timeZone: 'UTC' },
    rotations: [
      {
        ...{
          rotationId: 'first',
          label: 'First on call',
          unit: 'hour',
          every: 12,
          startDate: '2026-01-01',
          handoverTime: '07:00',
        },
        participants: ['fay', 'ned'],
      },
    ],
  },
};

/**
 * The site of a demo, and with source `none` a real one to begin with, whose only person is its first admin: care unit `icu`, beds `icu-1` … `icu-n` with one device each, invented patients (recordings bring
 * their own), nurses for each bed, a charge nurse and a physician for the unit. Who is told of alarms: `firstPolicy`.
 */
export function demoSite(options: DemoOptions): Site {
  const { source, beds } = options;
  const numbers = Array.from({ length: beds }, (_, i) => i + 1);
  const admitted = source === 'simulator' ? numbers : [];
  return Site.parse({
    v: 1,
    careUnits: [{ careUnitId: CARE_UNIT, label: 'Intensive care' }],
    beds: numbers.map((n) => ({ bedId: `${CARE_UNIT}-${n}`, careUnitId: CARE_UNIT, label: `ICU ${n}` })),
    gateways: [{ gatewayId: GATEWAY }],
    profiles: PROFILES,
    devices: numbers.flatMap((n) => deviceFor(n, options)),
    deviceAssignments: numbers.flatMap((n) =>
      deviceFor(n, options).map(({ deviceId }) => ({ deviceId, bedId: `${CARE_UNIT}-${n}` })),
    ),
    patients: admitted.map(demoPatient),
    encounters: admitted.map((n) => ({ encounterId: `demo-stay-${n}`, patientId: `demo-${n}`, bedId: `${CARE_UNIT}-${n}` })),
    staff: source === 'none' ? [FIRST_ADMIN] : DEMO_STAFF,
    staffAssignments:
      source === 'none'
        ? []
        : [
            ...numbers.map((n) => ({
              staffId: n <= Math.ceil(beds / 2) ? 'amy' : 'ben',
              careUnitId: CARE_UNIT,
              bedId: `${CARE_UNIT}-${n}`,
              role: 'primary',
            })),
            { staffId: 'carol', careUnitId: CARE_UNIT, bedId: null, role: 'charge' },
            // Who can be told next where nobody of the bed goes.
            { staffId: 'bea', careUnitId: CARE_UNIT, bedId: null, role: 'buddy' },
            { staffId: 'rae', careUnitId: CARE_UNIT, bedId: null, role: 'rapid-response' },
            // A physician on duty in the unit treats all of it. Pages of a bed go to the nurse of that bed first.
            { staffId: 'fay', careUnitId: CARE_UNIT, bedId: null, role: 'primary' },
          ],
    ...(source === 'none' ? {} : { onCallSchedules: [PHYSICIANS] }),
    escalation: firstPolicy(source === 'none' ? null : PHYSICIANS.scheduleId),
    ruleSet: defaultRuleSet(),
  });
}
