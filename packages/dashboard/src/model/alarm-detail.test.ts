import '../words/english-for-tests.js';
import type { Explanation, LimitsOffRow, PageView } from '@vigil/contracts';
import { answersOf } from './alarm-answers.js';
import { newerOf, peakOf, rungsOf } from './alarm-detail.js';
import { lineText } from './alarm-line.js';
import { boardRows, offText } from './board.js';
import { shelfEndMs, shelfMinutes } from './shelf-ends.js';
import { ACCEPTED, alarmOf, NOW } from './test-data.js';

const none = { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null };

test('the later of two views is shown, whichever of the two machines went on', () => {
  const [live, loaded] = [alarmOf('a', { rev: 2 }), alarmOf('a', { rev: 2 }, { ...ACCEPTED, rev: 2 })];
  expect(newerOf(live, loaded)).toBe(loaded);
  expect(newerOf(loaded, live)).toBe(loaded);
  expect([newerOf(undefined, loaded), newerOf(live, undefined), newerOf(undefined, undefined)]).toEqual([loaded, live, null]);
});

test('the peak is the farthest value beyond the limit while it lasted, and of nothing that can not be compared', () => {
  const alarm = alarmOf('a', { endedAtMs: NOW.eventMs });
  const points = [79, 60, 95].map((value, i) => ({ value, atMs: alarm.onsetMs + (i === 1 ? -5_000 : i * 1_000) }));
  const record = { readings: { metrics: [{ metric: 'spo2', points }] }, steps: [] } as unknown as Explanation;
  expect(peakOf(alarm, record)).toEqual({ value: 79, atMs: alarm.onsetMs });
  expect(peakOf(alarm, null)?.value).toBe(84);
  expect(peakOf(alarmOf('a', { evidence: { ...alarm.evidence, unit: '%/min' } }), record)).toBeNull();
  expect(peakOf(alarmOf('a', { evidence: none }), record)).toBeNull();
});

test('a ladder says what is known, each rung once, in its order', () => {
  const page = {
    queuedAtMs: 1,
    sentAtMs: 2,
    state: 'sent',
    receipts: [
      { stage: 'opened', atMs: 9 },
      { stage: 'sent', atMs: 3 },
    ],
  };
  const stages = (more: object) => rungsOf({ ...page, ...more } as unknown as PageView).map(({ stage }) => stage);
  expect(stages({})).toEqual(['queued', 'sent', 'opened']);
  expect(stages({ state: 'failed', receipts: [] })).toEqual(['queued', 'failed']);
});

test('who goes arrives or passes on; others decline while somebody is told; nobody answers what has ended', () => {
  const going = { ...ACCEPTED, accepts: [{ staffId: 's-1', name: 'K', atMs: 1, arrivedAtMs: null }] };
  expect(answersOf(alarmOf('a', {}, going), 's-1')).toEqual(['arrive', 'pass']);
  const there = { ...going, accepts: [{ ...going.accepts[0]!, arrivedAtMs: 2 }] };
  expect(answersOf(alarmOf('a', {}, there), 's-1')).toEqual(['pass']);
  expect(answersOf(alarmOf('a', {}, going), 's-2')).toEqual([]);
  expect(answersOf(alarmOf('a'), 's-2')).toEqual(['decline', 'arrive']);
  expect(answersOf(alarmOf('a', {}, { ...going, state: 'ended' }), 's-1')).toEqual([]);
});

test('a shelf never lasts longer than its priority may, and always ends', () => {
  expect(shelfMinutes('high')).toEqual([15, 30, 60, 120]);
  expect(shelfMinutes('low').at(-1)).toBe(720);
  expect(shelfEndMs(0, 120, 'high')).toBeLessThan(120 * 60_000);
  expect(shelfEndMs(1_000.5, 15, 'high')).toBe(901_000);
});

test('a line made of codes says the same as the record, also of what a device wrote', () => {
  expect(lineText(alarmOf('a'))).toBe('High priority alarm, Bed 1: Oxygen saturation 84 %, limit at least 90');
  const lost = alarmOf('a', {
    conditionCode: 'gatewayLost',
    kind: 'technical',
    metric: null,
    bedId: null,
    gatewayId: 'gw-1',
    evidence: none,
  });
  expect(lineText(lost)).toMatch(/gateway gw-1 cannot be reached/);
  const cuff = alarmOf('a', { conditionCode: 'device.cuff-leak', metric: null, evidence: none });
  expect(lineText(cuff)).toMatch(/the bedside device alarms: CUFF LEAK$/);
});

test('the board says each line, the whole unit first, then beds by number, and shows a kind that it does not know', () => {
  const base = {
    bedId: 'icu-2',
    bedLabel: 'Bed 2',
    careUnitId: 'icu',
    encounterId: 'e',
    metric: null,
    deviceId: null,
    sinceMs: 1,
  };
  const rowOf = (more: object) =>
    ({
      ...base,
      untilMs: null,
      by: null,
      conditionCode: null,
      isWaiting: false,
      stationId: null,
      ...more,
    }) as unknown as LimitsOffRow;
  const shelved = rowOf({ kind: 'shelved', conditionCode: 'spo2.low', bedLabel: 'Bed 10' });
  const limits = { own: { low: 40, high: null }, unit: { low: 50, high: 120 } };
  const rows = [
    shelved,
    rowOf({ kind: 'own-limits', metric: 'heartRate', limits }),
    rowOf({ kind: 'audio-paused', bedId: null, bedLabel: null }),
  ];
  expect(boardRows(rows).map(offText)).toEqual([
    'This unit’s screens make no sound',
    'Heart rate has wider limits: ≥ 40 in place of 50–120',
    'SpO₂ LOW is shelved',
  ]);
  expect(offText(rowOf({ kind: 'shelved', conditionCode: 'spo2.low', isWaiting: true }))).toMatch(/second person has not agreed/);
  expect(offText(rowOf({ kind: 'paused', pause: { kind: 'alarmOff', saidMs: 1 } }))).toBe(
    'The bedside device has its alarms OFF',
  );
  expect(offText(rowOf({ kind: 'of-tomorrow' }))).toBe('of-tomorrow');
});
