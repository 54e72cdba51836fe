import { LogEvent } from '@vigil/contracts';
import { activate, limit, setOf } from './rules/test-kit.js';
import { type BedState, emptyPartition } from './state.js';
import { step } from './step.js';
import { assign, command, message, summary, tick } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const about = (kind: string, atS: number, more: object): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, id: `${kind}/${atS}`, key: 'bed:icu-1', origin: 'live', atMs: EPOCH_MS + atS * 1_000, kind, bedId: 'icu-1' },
    ...more,
  });
const admit = (atS: number, careUnitId?: string, encounterId = 'e1'): LogEvent =>
  about('admit', atS, { encounterId, patientId: 'p1', ...(careUnitId === undefined ? {} : { careUnitId }) });
const placed = (atS: number, careUnitId: string, more: object = {}): LogEvent => about('bedPlaced', atS, { careUnitId, ...more });

/** Everybody's limit; one of the ICU alone; one of the ICU and the IMC, which is met first. */
const rules = setOf([
  limit('all', 'heartRate', 'high', 150, { onDelayMs: 0 }),
  limit('icu-only', 'heartRate', 'high', 120, { careUnitIds: ['icu'], onDelayMs: 0 }),
  limit('critical', 'spo2', 'low', 85, { careUnitIds: ['icu', 'imc'], onDelayMs: 0 }),
]);
const opening = (unit?: string): LogEvent[] => [activate(rules), assign('mon-1'), admit(0, unit), message(1, { heartRate: 130 })];

function after(events: readonly LogEvent[], from: readonly LogEvent[] = opening('icu')) {
  const { state } = step(emptyPartition(), from);
  const before = JSON.stringify(state.keys.get('bed:icu-1'));
  const { effects } = step(state, events);
  const bed = state.keys.get('bed:icu-1') as BedState;
  return { before, now: JSON.stringify(bed), bed, transitions: effects.map((e) => e.transition) };
}

test.each([
  ['another label', [placed(2, 'icu', { label: 'A1' })]],
  ['the same unit again', [placed(2, 'icu'), placed(3, 'icu', { label: 'A2' })]],
])('%s changes nothing: not one transition, and the state is the same to the byte', (_, events) => {
  const { before, now, transitions } = after(events);
  expect(transitions).toEqual([]);
  expect(now).toBe(before);
});

test('a unit with other rules is loud until somebody has seen it, and names them', () => {
  const { transitions, bed } = after([placed(2, 'ward')]);
  expect(summary(transitions)).toEqual(['heartRate.high closed medium off @1', 'limitsChanged onset medium on @2']);
  expect(transitions.at(-1)!.evidence.because).toEqual(['icu-only', 'critical']);
  expect(bed.encounter?.careUnitId).toBe('ward');
  const seen = after([placed(2, 'ward'), message(3, { heartRate: 130 }), tick(9), command(transitions.at(-1)!.alarmId, 10)]);
  expect(summary(seen.transitions).slice(2)).toEqual([
    'limitsChanged acknowledged medium ack @10',
    'limitsChanged end medium off @10',
  ]);
});

test('a unit whose rules are the same says nothing, and its next readings are judged as before', () => {
  const same = setOf([
    limit('all', 'heartRate', 'high', 150, { onDelayMs: 0 }),
    limit('imc', 'spo2', 'low', 85, { careUnitIds: ['imc'] }),
  ]);
  const from = [activate(same), assign('mon-1'), admit(0, 'icu'), message(1, { heartRate: 170 })];
  const { transitions, bed } = after([placed(2, 'ward'), message(3, { heartRate: 80 })], from);
  expect(summary(transitions).filter((line) => !line.startsWith('heartRate'))).toEqual([]);
  expect(bed.alarms).not.toHaveProperty('limitsChanged');
});

test('an alarm whose rule goes on keeps its id', () => {
  const { transitions, bed } = after([message(2, { heartRate: 160 }), placed(3, 'ward'), message(4, { heartRate: 160 })]);
  expect(new Set(transitions.filter((t) => t.metric === 'heartRate').map((t) => t.alarmId)).size).toBeLessThanOrEqual(1);
  expect(bed.alarms['heartRate.high']).toMatchObject({ active: true, ruleId: 'all' });
});

test('a second change before anybody has seen the first names the rules of both', () => {
  const { bed } = after([placed(2, 'imc'), placed(3, 'ward')]);
  expect(bed.alarms['limitsChanged']?.evidence.because).toEqual(['icu-only', 'critical']);
});

test("a patient's own limit that now replaces another limit is a change", () => {
  const own = about('limitsSet', 1, {
    ...{ encounterId: 'e1', metric: 'heartRate', low: null, high: 110, toMs: EPOCH_MS + 9e6, reason: 'x', by: 'amy' },
  });
  const { bed } = after([placed(2, 'imc')], [...opening('icu'), own]);
  expect(bed.alarms['limitsChanged']?.evidence.because).toEqual(['all', 'icu-only']);
});

describe('of stay and bed', () => {
  const unitOf = (...events: LogEvent[]): string | undefined => after(events, [activate(rules)]).bed.encounter?.careUnitId;

  test('that holds which was told last by event time, in any order', () => {
    expect(unitOf(placed(5, 'imc'), admit(9, 'ward'))).toBe('ward');
    expect(unitOf(admit(9, 'ward'), placed(5, 'imc'))).toBe('ward');
    expect(unitOf(placed(9, 'imc'), admit(5, 'ward'))).toBe('imc');
    expect(unitOf(admit(5, 'ward'), placed(9, 'imc'))).toBe('imc');
    expect(unitOf(placed(9, 'imc'), placed(5, 'icu'), admit(9, undefined))).toBe('imc');
  });

  test('the unit of the bed holds for a stay that names none', () => {
    expect(unitOf(placed(5, 'imc'), admit(9))).toBe('imc');
    expect(unitOf(admit(9), placed(5, 'imc'))).toBe('imc');
  });

  test('an empty bed is told quietly', () => {
    expect(after([placed(5, 'imc')], [activate(rules)]).transitions).toEqual([]);
  });
});
