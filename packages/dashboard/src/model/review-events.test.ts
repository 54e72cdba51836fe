import type { AlarmView, HistoryGap, ScoreView, StayChange } from '@vigil/contracts';
import { type EventSources, marksOf, reviewEvents } from './review-events.js';

const alarm = (alarmId: string, onsetMs: number, endedAtMs: number | null, accepts: object[] = [], declines: object[] = []) =>
  ({
    alarmId,
    onsetMs,
    endedAtMs,
    priority: 'high',
    conditionCode: 'heartRate.high',
    escalation: { accepts, declines },
  }) as unknown as AlarmView;
const NOTHING: EventSources = { alarms: [], gaps: [], standby: [], charted: [], changes: [], sinceMs: null, isWallTime: true };
const SPAN = { fromMs: 100, toMs: 200 };
const said = (sources: Partial<EventSources>) =>
  reviewEvents({ ...NOTHING, ...sources }, SPAN).map(({ kind, atMs }) => [kind, atMs]);

test('everything stands on one line, the newest first, and only what is in the time', () => {
  expect(
    said({
      alarms: [alarm('a', 110, 150), alarm('before', 90, 120), alarm('after', 200, null)],
      gaps: [{ fromMs: 130, toMs: 140 } as unknown as HistoryGap],
      standby: [{ fromMs: 160, toMs: 170, place: 'imaging' }],
      charted: [
        { basis: 'charted', atMs: 180 },
        { basis: 'estimate', atMs: 181 },
      ] as unknown as ScoreView[],
      sinceMs: 100,
    }),
  ).toEqual([
    ['charted', 180],
    ['standby', 160],
    ['ended', 150],
    ['gap', 130],
    ['ended', 120],
    ['alarm', 110],
    ['stay', 100],
  ]);
});

test('what people did is among them only where their clock is that of the patient', () => {
  const accepts = [
    { name: 'Ann', atMs: 120, arrivedAtMs: 130 },
    { name: 'Ben', atMs: 121, arrivedAtMs: null },
  ];
  const alarms = [alarm('a', 110, null, accepts, [{ name: 'Cid', atMs: 115 }])];
  expect(said({ alarms })).toEqual([
    ['arrived', 130],
    ['accepted', 121],
    ['accepted', 120],
    ['declined', 115],
    ['alarm', 110],
  ]);
  expect(said({ alarms, isWallTime: false })).toEqual([['alarm', 110]]);
  const changes = [99, 150].map((atMs) => ({ kind: 'limitsSet', atMs }) as unknown as StayChange);
  expect(said({ changes })).toEqual([['change', 150]]);
  expect(said({ changes, isWallTime: false })).toEqual([]);
});

test('marks of a picture are the alarms that began in it', () => {
  const marks = marksOf([alarm('a', 99, null), alarm('b', 100, null), alarm('c', 200, null)], SPAN);
  expect(marks.map(({ atMs }) => atMs)).toEqual([100]);
});
