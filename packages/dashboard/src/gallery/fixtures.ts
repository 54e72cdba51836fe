import {
  type AlarmView,
  type AuditVerification,
  type BedView,
  type HistoryPoint,
  METRICS,
  type MetricName,
  type ScoreView,
  type Task,
} from '@vigil/contracts';
import { alarm } from '../../../../test/browser/fixture-ward.js';
import { ALARM_ID, type Answers, recorded } from './answers.js';
import { NOW_MS } from './fixture-station.js';
import { person } from './state.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** People of the recording. */
export const AMY = person('amy', 'Amy Adler', 'nurse');
export const CAROL = person('carol', 'Carol Chase', 'charge-nurse');
export const DAN = person('dan', 'Dan Doyle', 'admin');
export const EVE = person('eve', 'Eve Ellis', 'security-officer');
export const GIL = person('gil', 'Gil Grant', 'biomed');
export const FAY = person('fay', 'Fay Frost', 'physician');

const items = (key: string): readonly unknown[] => (recorded(key) as { items?: unknown[] } | undefined)?.items ?? [];

/** The beds of the recording, measured a moment ago. */
export const BEDS = (items('GET /api/v1/beds') as BedView[]).map((bed) => ({
  ...bed,
  readings: bed.readings.map((reading) => ({ ...reading, atMs: NOW_MS - 400, receivedWallMs: NOW_MS - 400 })),
})) as unknown as readonly BedView[];

export const ALARMS: readonly AlarmView[] = [
  { ...(recorded(`GET /api/v1/alarms/${ALARM_ID}`) as AlarmView), active: true, presence: 'on', endedAtMs: null },
  { ...alarm({ n: 2, bed: 3, priority: 'medium', agoMs: 95_000 }), encounterId: 'demo-stay-3' as AlarmView['encounterId'] },
];
export const SCENE = { beds: BEDS, alarms: ALARMS } as const;

const STEADY: Readonly<Record<string, number>> = {
  ...{ heartRate: 82, pulseRate: 82, spo2: 95, respirationRate: 16, temperature: 37.2 },
  ...{ arterialSystolic: 118, arterialDiastolic: 66, arterialMean: 84, nibpSystolic: 121, nibpDiastolic: 70, nibpMean: 88 },
};

/** Six hours of a metric with a gap of which somebody knows why, and a standby. */
function course(metric: MetricName): object {
  const level = STEADY[metric] ?? 40;
  const points = Array.from({ length: 360 }, (_, i) => i)
    .filter((i) => (i < 200 || i > 224) && (i < 300 || i > 319))
    .map((i) => {
      const value = Math.round(10 * (level + (level / 14) * Math.sin(i / 17))) / 10;
      const atMs = NOW_MS - (360 - i) * MINUTE_MS;
      return { atMs, value, min: value - 2, max: value + 2, count: 60 } as HistoryPoint;
    });
  const at = (i: number): number => NOW_MS - (360 - i) * MINUTE_MS;
  return {
    ...{ bedId: 'icu-3', metric, unit: METRICS[metric].unit, items: points, next: null },
    gaps: [{ fromMs: at(200), toMs: at(225), count: 25, reason: 'neverArrived', deviceId: 'sim-icu-3' }],
    shown: [{ fromMs: NOW_MS - 400 * MINUTE_MS, toMs: NOW_MS + MINUTE_MS }],
    standby: [{ fromMs: at(300), toMs: at(320), place: 'imaging' }],
  };
}
const perMetric = (answer: (metric: MetricName) => object): Answers =>
  Object.fromEntries(
    Object.keys(METRICS).map((metric) => [`GET /api/v1/beds/:/history ${metric}`, answer(metric as MetricName)] as const),
  );
export const HISTORY = perMetric(course);
export const NO_HISTORY = perMetric((metric) => ({ ...course(metric), items: [], gaps: [], standby: [] }));

type Charted = { readonly items: readonly ScoreView[] };
const CHARTED = 'GET /api/v1/encounters/:/scores/news2/history';
/** Charted sets of the recording: as they were, the first alone, or as many as the chart holds. */
export const news2Sets = (count: number): Answers => ({
  [CHARTED]: (before) => {
    const { items: all } = before as Charted;
    const sets = Array.from({ length: count }, (_, i) => all[i % Math.max(all.length, 1)]!);
    return {
      items: sets.map((set, i) => {
        const byMs = i * 47 * MINUTE_MS;
        const parts = set.parts.map((part) => ({ ...part, atMs: NOW_MS - byMs }));
        return { ...set, parts, atMs: NOW_MS - byMs, sinceMs: NOW_MS - byMs, validUntilMs: NOW_MS - byMs + HOUR_MS };
      }),
      next: null,
    };
  },
});

export const TASKS: readonly Task[] = (['person-differs', 'bed-taken', 'unknown-place', 'broken-framing'] as const).map(
  (reason, i) =>
    ({
      ...{ taskId: `task-${i}`, kind: 'feed', reason, careUnitId: i === 2 ? null : 'icu', bedId: i < 2 ? `icu-${i + 1}` : null },
      ...{ openedWallMs: NOW_MS - i * HOUR_MS, state: 'open', resolution: null, resolvedBy: null, resolvedWallMs: null },
      ...{ waiting: i, rev: 1 },
    }) as unknown as Task,
);
const move = {
  ...{ v: 1, source: 'hl7', messageId: 'MSG-7', kind: 'admit', atMs: NOW_MS - HOUR_MS, visit: null, fromPlace: null, merged: [] },
  identifiers: [{ system: 'pas', value: 'DEMO-0003' }],
  person: { familyName: 'Demo-Hazle', givenName: 'Fern', birthDate: '1957-06-04', sex: 'male' },
  place: { system: 'pas', value: 'ICU^03^1' },
};
const KNOWN = { familyName: 'Demo-Hazel', givenName: 'Fern', birthDate: '1957-04-06', sex: 'male' };
export const TASK_ANSWERS: Answers = {
  'GET /api/v1/tasks': { items: TASKS, next: null },
  'GET /api/v1/tasks/:/detail': {
    task: TASKS[0]!,
    detail: {
      message: move,
      known: { patients: [{ patient: { patientId: 'demo-3', mrn: 'DEMO-0003', ...KNOWN } }], stay: { bedId: 'icu-3' } },
      differs: ['familyName', 'birthDate'],
    },
  },
};

export const verification = (more: Partial<AuditVerification>): AuditVerification =>
  ({
    ...{ verificationId: 'v-1', state: 'done', why: null, startedBy: 'eve', startedAtMs: NOW_MS - 4_000, endedAtMs: NOW_MS },
    ...{ firstSeq: 1, lastSeq: 2_410, checked: 2_410, ok: true, findings: [], hasMore: false, checkpoints: 12 },
    ...{ signed: { size: 2_400, atMs: NOW_MS - 30_000 } },
    anchors: [{ name: 'file', size: 2_400, atMs: NOW_MS - 30_000, unreadable: 0 }],
    ...more,
  }) as unknown as AuditVerification;

/** Lines of what alarms less than the unit would have it. */
export const limitsOffRow = (kind: string, n: number, more: object = {}): object => ({
  ...{
    kind,
    bedId: `icu-${n}`,
    bedLabel: `ICU ${n}`,
    careUnitId: 'icu',
    encounterId: `demo-stay-${n}`,
    metric: null,
    deviceId: null,
  },
  ...{ sinceMs: NOW_MS - 20 * MINUTE_MS, untilMs: NOW_MS + 40 * MINUTE_MS, by: 'amy', conditionCode: null, isWaiting: false },
  ...{ stationId: null, ...more },
});
