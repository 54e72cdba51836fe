import type { AlarmView, BedView } from '@vigil/contracts';
import type { AlarmOptions, page as Page, reading as Reading, score as Score } from './fixture-ward.js';

interface Ward {
  readonly alarm: (options: AlarmOptions, more?: object) => AlarmView;
  readonly bed: (n: number, readings?: BedView['readings']) => BedView;
  readonly emptyBed: (n: number) => BedView;
  readonly page: typeof Page;
  readonly reading: typeof Reading;
  readonly score: typeof Score;
  readonly steady: (n: number) => BedView['readings'];
}

/** A ward in the middle of a shift, with every state that a tile and a row can have; for looking at. */
export function busyWard(ward: Ward, count: number): { beds: BedView[]; alarms: AlarmView[]; ended: AlarmView[] } {
  const { bed, reading, steady } = ward;
  const beds = Array.from({ length: count }, (_, i) => bed(i + 1));
  const without = (n: number, ...metrics: string[]) => steady(n).filter((r) => !metrics.includes(r.metric));
  beds[1] = bed(2, [...without(2, 'spo2'), reading('spo2', 84)]);
  beds[2] = bed(3, [...without(3, 'spo2'), reading('spo2', null, { quality: 'leadsOff' })]);
  beds[4] = bed(5, [...without(5, 'heartRate'), reading('heartRate', 131)]);
  beds[5] = ward.emptyBed(6);
  beds[6] = bed(
    7,
    steady(7).map((r) => ({
      ...r,
      atMs: (r.atMs - 90_000) as typeof r.atMs,
      receivedWallMs: (r.receivedWallMs - 90_000) as typeof r.atMs,
    })),
  );
  beds[7] = bed(8, [...without(8, 'respirationRate'), reading('respirationRate', 17, { agoMs: 7_500, quality: 'questionable' })]);
  return { beds: beds.map((each, i) => scored(ward, each, i + 1)), alarms: activeAlarms(ward), ended: endedAlarms(ward) };
}

const MINUTE_MS = 60_000;

/** Every state that a score can have: a range, a total, charted, expired. */
function scored({ score }: Ward, bed: BedView, n: number): BedView {
  if (bed.encounter === null) return bed;
  const kinds = [
    [score(n, 7, { agoMs: 10 * MINUTE_MS }), score(n, [5, 9])],
    [score(n, [3, 8])],
    [score(n, 2, { agoMs: 125 * MINUTE_MS }), score(n, [1, 6], { agoMs: 10 * MINUTE_MS, forMs: MINUTE_MS })],
    [score(n, 0, { agoMs: 200 * MINUTE_MS, forMs: 12 * 60 * MINUTE_MS }), score(n, [0, 0])],
  ];
  return { ...bed, scores: kinds[(n - 1) % kinds.length] ?? [] };
}

function activeAlarms({ alarm, page }: Ward): AlarmView[] {
  const nowMs = Date.now();
  const accepted = {
    state: 'accepted',
    acceptedBy: 'staff-2',
    acceptedByName: 'Sam Reed',
    acceptedAtMs: nowMs - 40_000,
    nextAtMs: null,
  } as const;
  const heart = { value: 131, unit: '/min', limit: 120, side: 'high', samples: null, samplesExpected: null };
  const none = { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null };
  const idle = { state: 'idle', nextAtMs: null, nextName: null, pages: [] };
  return [
    alarm({ n: 1, bed: 2 }),
    alarm(
      {
        n: 2,
        bed: 5,
        priority: 'medium',
        agoMs: 70_000,
        escalation: { ...accepted, pages: [page('a', 'Sam Reed', 'sent', nowMs - 69_000)] },
      },
      {
        conditionCode: 'heartRate.high',
        metric: 'heartRate',
        evidence: heart,
        text: 'TEST Bed 5: heart rate above 120. Sam Reed was told and is going.',
      },
    ),
    alarm(
      { n: 3, bed: 3, priority: 'low', agoMs: 25_000, escalation: idle },
      {
        conditionCode: 'spo2.leadsOff',
        kind: 'technical',
        evidence: none,
        text: 'TEST Bed 3: saturation probe off. Nobody is told about low priority alarms.',
      },
    ),
    alarm(
      {
        n: 4,
        bed: 7,
        priority: 'medium',
        agoMs: 80_000,
        escalation: {
          pages: [
            page('b', 'Omar Diallo', 'failed', nowMs - 79_000),
            page('c', 'Omar Diallo', 'sent', nowMs - 58_000, 'webhook'),
          ],
        },
      },
      {
        conditionCode: 'noData',
        kind: 'technical',
        metric: null,
        evidence: none,
        text: 'TEST Bed 7: no data from the bed. Mail to Omar Diallo failed; told by webhook. Reg. Ito is told next.',
      },
    ),
    alarm(
      { n: 5, bed: 5, priority: 'low', agoMs: 400_000, escalation: idle },
      {
        conditionCode: 'temperature.high',
        metric: 'temperature',
        active: false,
        endedAtMs: nowMs - 100_000,
        presence: 'latched',
        evidence: { ...heart, value: 39.2, limit: 39, unit: 'Cel' },
        text: 'TEST Bed 5: temperature above 39, over, not seen.',
      },
    ),
  ];
}

function endedAlarms({ alarm }: Ward): AlarmView[] {
  const nowMs = Date.now();
  const accepted = {
    state: 'ended',
    acceptedBy: 'staff-1',
    acceptedByName: 'Karin Novak',
    acceptedAtMs: nowMs - 900_000,
    nextAtMs: null,
  } as const;
  return [
    alarm(
      { n: 20, bed: 4, agoMs: 960_000, escalation: accepted },
      {
        active: false,
        presence: 'off',
        endedAtMs: nowMs - 780_000,
        acknowledgedByName: 'Karin Novak',
        text: 'TEST Bed 4: oxygen saturation below 90. Karin Novak accepted; over after 3 minutes.',
      },
    ),
  ];
}
