import { type NotWatchedKind, RuleSet } from '@vigil/contracts';
import type { BedsideNow } from '../ports/live-state.js';
import { notWatched, type NotWatchedFacts } from './not-watched.js';
import { watchedMetrics } from './watched-metrics.js';

const NOW = 1_000_000;
const limit = (id: string, metric: string, more: object = {}) => ({
  ...{ kind: 'limit', id, metric, side: 'high', limit: 120, hysteresis: 2, onDelayMs: 0, offDelayMs: 0 },
  ...{ priority: 'medium', source: 'test', ...more },
});
const ruleSet = (...rules: object[]) => RuleSet.parse({ v: 2, name: 'test', latenessMs: 0, rules });
const live = (more: Partial<BedsideNow> = {}): BedsideNow =>
  ({
    coverageLost: false,
    paused: [],
    pauses: [],
    readings: [{ metric: 'heartRate', deviceId: 'mon-1', atMs: NOW }],
    ...more,
  }) as BedsideNow;
const facts = (more: object = {}): NotWatchedFacts =>
  ({
    bed: {
      bedId: 'icu-1',
      label: 'ICU 1',
      careUnitId: 'icu',
      devices: [{ deviceId: 'mon-1', intervalsMs: { heartRate: 1_000 } }],
    },
    stay: { encounterId: 'enc-1', inBedSinceMs: NOW - 60_000 },
    ruleSet: ruleSet(limit('hr', 'heartRate')),
    own: [],
    standby: null,
    live: live(),
    nowMs: NOW,
    rate: 1,
    ...more,
  }) as unknown as NotWatchedFacts;
const kinds = (more: object): NotWatchedKind[] => notWatched(facts(more)).map(({ kind }) => kind);
const away = { fromMs: NOW - 10, toMs: NOW + 10, endedMs: null, setBy: 'amy' };
const noDevices = { ...facts().bed, devices: [] };

test.each([
  ['a patient who is watched as the unit would has no line', {}, []],
  [
    'own limits',
    { own: [{ metric: 'heartRate', low: null, high: 140, fromMs: 1, toMs: NOW + 1, setBy: 'amy' }] },
    ['own-limits'],
  ],
  [
    'own limits that are over are the unit’s again',
    { own: [{ metric: 'heartRate', low: null, high: 140, fromMs: 1, toMs: NOW, setBy: 'amy' }] },
    [],
  ],
  ['standby, which also says why nothing comes', { standby: away, live: live({ readings: [] }) }, ['standby']],
  ['standby that is over', { standby: { ...away, toMs: NOW }, live: live({ readings: [] }) }, ['no-data']],
  ['a silenced device', { live: live({ paused: [{ deviceId: 'mon-1', sinceMs: 1, untilMs: NOW + 1 }] as never }) }, ['paused']],
  [
    'a device that has its alarms off, and says no end',
    { live: live({ pauses: [{ deviceId: 'mon-1', kind: 'alarmOff', sinceMs: 1, untilMs: null, saidMs: NOW }] as never }) },
    ['paused'],
  ],
  ['a pause that is over', { live: live({ paused: [{ deviceId: 'mon-1', sinceMs: 1, untilMs: NOW }] as never }) }, []],
  [
    'a pause of a device that is elsewhere by now',
    { live: live({ paused: [{ deviceId: 'mon-9', sinceMs: 1, untilMs: NOW + 1 }] as never }) },
    [],
  ],
  ['a metric of the device that no rule looks at', { ruleSet: ruleSet() }, ['no-rule']],
  ['a rule for others does not count', { ruleSet: ruleSet(limit('hr', 'heartRate', { ageGroups: ['neonate'] })) }, ['no-rule']],
  ['no rules at all', { ruleSet: null }, ['no-rule']],
  [
    'what is given or charted has no limits',
    { bed: { ...facts().bed, devices: [{ deviceId: 'mon-1', intervalsMs: { oxygenFlow: 1 } }] } },
    [],
  ],
  ['no device', { bed: noDevices, live: live({ readings: [] }) }, ['no-device']],
  ['coverage lost, which says why nothing comes', { live: live({ coverageLost: true, readings: [] }) }, ['coverage-lost']],
  [
    'a device that is silent',
    { live: live({ readings: [{ metric: 'heartRate', deviceId: 'mon-1', atMs: NOW - 5_001 }] as never }) },
    ['no-data'],
  ],
  ['readings of whoever lay there before are none', { stay: { encounterId: 'enc-1', inBedSinceMs: NOW + 1 } }, ['no-data']],
])('%s', (_title, more, expected) => {
  expect(kinds(more)).toEqual(expected);
});

test('a line says since when, until when and who', () => {
  expect(notWatched(facts({ standby: away }))).toEqual([
    expect.objectContaining({
      bedId: 'icu-1',
      encounterId: 'enc-1',
      kind: 'standby',
      sinceMs: NOW - 10,
      untilMs: NOW + 10,
      by: 'amy',
    }),
  ]);
});

test('a rule that only another rule looks at counts where that one raises', () => {
  const hidden = limit('spo2', 'spo2', { raises: false });
  const composite = {
    kind: 'composite',
    id: 'both',
    priority: 'medium',
    source: 'test',
    when: { all: [{ rule: 'spo2' }, { not: { rule: 'hr' } }] },
  };
  const watched = (...rules: object[]) => [...watchedMetrics(ruleSet(...rules), {}, NOW)].sort();
  expect(watched(hidden)).toEqual([]);
  expect(watched(hidden, limit('hr', 'heartRate', { raises: false }), composite)).toEqual(['heartRate', 'spo2']);
  expect(
    watched({ kind: 'noData', id: 'nd', priority: 'low', source: 'test', metric: 'spo2', intervals: 3, transportMs: 0 }),
  ).toEqual([]);
});
