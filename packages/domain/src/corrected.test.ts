import { LogEvent } from '@vigil/contracts';
import fc from 'fast-check';
import { activate, limit, setOf } from './rules/test-kit.js';
import { type BedState, emptyPartition } from './state.js';
import { step } from './step.js';
import { assign, command, discharge, message, summary, tick } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const at = (s: number): number => EPOCH_MS + s * 1_000;
const about = (kind: string, atS: number, more: object, bed = 'icu-1'): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, id: `${kind}/${bed}/${atS}`, key: `bed:${bed}`, origin: 'live', atMs: at(atS), kind, bedId: bed },
    ...more,
  });
const corrected = (atS: number, more: object = {}, bed = 'icu-1'): LogEvent =>
  about('stayCorrected', atS, { wrongEncounterId: 'e1', encounterId: 'e2', patientId: 'p2', sinceMs: at(0), ...more }, bed);
const merged = (atS: number, fromPatientId: string, patientId: string, bed = 'icu-1'): LogEvent =>
  about('patientMerged', atS, { encounterId: 'e1', fromPatientId, patientId, id: `${fromPatientId}-${patientId}` }, bed);
const admit = (atS: number, more: object = {}): LogEvent => about('admit', atS, { encounterId: 'e1', patientId: 'p1', ...more });
const hr = (s: number, value: number): LogEvent => message(s, { heartRate: value });

const rules = setOf([
  limit('hr', 'heartRate', 'high', 120),
  limit('spo2', 'spo2', 'low', 85, { onDelayMs: 20_000 }),
  { kind: 'windowMean', id: 'mean', metric: 'heartRate', sizeMs: 60_000, side: 'high', limit: 300, coveragePct: 10 },
  { kind: 'score', id: 'news', score: 'news2', basis: 'charted', atLeast: 5 },
]);
const limits = about('limitsSet', 2, {
  ...{ encounterId: 'e1', metric: 'heartRate', low: null, high: 140, reason: 'x', by: 'amy', toMs: at(9_000) },
});
const chart = about('charted', 3, {
  ...{ encounterId: 'e1', chartId: 'c1', by: 'amy', validated: false, items: [{ item: 'consciousness', value: 'V' }] },
});
const opening = [activate(rules), assign('mon-1'), admit(0)];
const alarming = [...opening, limits, chart, hr(10, 150), hr(11, 150)];

function told(events: readonly LogEvent[]) {
  const { state, effects, appends } = step(emptyPartition(), structuredClone([...events]));
  const transitions = effects.map((e) => e.transition);
  return { transitions, lines: summary(transitions), appends, bed: state.keys.get('bed:icu-1') as BedState };
}

describe('another person lies here than was believed', () => {
  test('alarms go on under their ids, each told once of the right stay, and that it happened is an alarm', () => {
    const { transitions, lines, bed } = told([...alarming, corrected(20)]);
    expect(lines).toEqual([
      'heartRate.high onset medium on @10',
      'heartRate.high corrected medium on @20',
      'stayCorrected onset medium on @20',
    ]);
    expect(transitions[1]).toMatchObject({ alarmId: transitions[0]!.alarmId, rev: 2, encounterId: 'e2' });
    expect(transitions[2]).toMatchObject({ encounterId: 'e2', kind: 'technical' });
    expect(bed.encounter).toEqual({ encounterId: 'e2', patientId: 'p2', sinceMs: at(0) });
  });

  test('what was set, charted and scored of the wrong person goes, and readings end what holds', () => {
    const { bed } = told([...alarming, corrected(20)]);
    expect([bed.overrides, bed.scores]).toEqual([{}, undefined]);
    expect(told([...alarming, corrected(20), hr(21, 130)]).bed.alarms['heartRate.high']).toMatchObject({ active: true });
    expect(told([...alarming, corrected(20), hr(21, 100)]).lines.at(-1)).toBe('heartRate.high end medium off @21');
  });

  test('what was measured stays where it was the right person all along, and goes where it was not', () => {
    const mean = (sinceS: number) => told([...alarming, corrected(20, { sinceMs: at(sinceS) })]).bed.windows['mean']?.open.length;
    expect([mean(0), mean(-100), mean(15)]).toEqual([1, 1, 0]);
    const low = (s: number): LogEvent => message(s, { spo2: 80 });
    const pending = (sinceS: number) =>
      told([...opening, low(10), low(15), corrected(20, { sinceMs: at(sinceS) }), low(25), low(31)]).lines;
    expect(pending(0)).toContain('spo2.low onset medium on @31');
    expect(pending(15)).not.toContain('spo2.low onset medium on @31');
  });

  test('stands until somebody has seen it', () => {
    const { transitions, bed } = told([...alarming, corrected(20), hr(21, 100), ...[30, 60].map(tick)]);
    const { alarmId } = transitions.find((t) => t.conditionCode === 'stayCorrected')!;
    expect(bed.alarms).toHaveProperty('stayCorrected');
    const seen = told([...alarming, corrected(20), hr(21, 100), command(alarmId, 70)]);
    expect(seen.lines.slice(-2)).toEqual(['stayCorrected acknowledged medium ack @70', 'stayCorrected end medium off @70']);
    expect(seen.bed.alarms).toEqual({});
  });

  test('that is told twice, or again after it was taken back, changes nothing', () => {
    const back = corrected(30, { wrongEncounterId: 'e2', encounterId: 'e1', patientId: 'p1' });
    expect(told([...alarming, corrected(20), corrected(20)]).lines).toEqual(told([...alarming, corrected(20)]).lines);
    expect(told([...alarming, corrected(20), back, corrected(20)]).bed.encounter).toMatchObject({ encounterId: 'e1' });
  });

  test('news of the wrong stay count for nothing from then on, those of the right one do', () => {
    const late = { ...limits, id: 'late', atMs: at(30) } as LogEvent;
    const own = about('limitsSet', 5, { ...limits, id: 'own', encounterId: 'e2', low: 50 });
    expect(told([...alarming, corrected(20), late]).bed.overrides).toEqual({});
    expect(told([...alarming, own, corrected(20)]).bed.overrides).toMatchObject({ heartRate: { low: 50 } });
  });

  test('who is known of goes by what is told: age and unit of the right stay', () => {
    const { bed } = told([...alarming, corrected(20, { ageGroup: 'neonate', careUnitId: 'nicu' })]);
    expect(bed.encounter).toMatchObject({ ageGroup: 'neonate', careUnitId: 'nicu' });
    expect(told([activate(rules), admit(0, { careUnitId: 'icu' }), corrected(20)]).bed.encounter?.careUnitId).toBe('icu');
  });

  test('nothing that was measured before somebody else left becomes theirs', () => {
    const before = about('admit', -100, { encounterId: 'e0', patientId: 'p0' });
    const { bed } = told([
      activate(rules),
      before,
      about('discharge', -5, { encounterId: 'e0' }),
      admit(0),
      corrected(20, { sinceMs: at(-50) }),
    ]);
    expect(bed.encounter?.sinceMs).toBe(at(-5));
  });
});

describe('a correction of a stay that is not here', () => {
  test('goes after one that left, and begins there when it left here', () => {
    const { appends } = told([...opening, about('transferOut', 50, { encounterId: 'e1', toBedId: 'icu-2' }), corrected(60)]);
    expect(appends.at(-1)).toMatchObject({ kind: 'stayCorrected', key: 'bed:icu-2', bedId: 'icu-2', sinceMs: at(50) });
  });

  test('that says it is not here after all ends it when it comes back, and is not told to the bed where it was before', () => {
    const out = about('transferOut', 50, { encounterId: 'e1', toBedId: 'icu-2' });
    const voided = about('discharge', 70, { encounterId: 'e1', voided: true });
    const back = about('transferIn', 60, { encounterId: 'e1', patientId: 'p1', fromBedId: 'icu-2' });
    const { appends, bed } = told([...opening, out, voided, back]);
    expect([appends.map(({ kind }) => kind), bed.encounter]).toEqual([['transferIn'], null]);
  });

  test('waits for one that is on its way, also in a row', () => {
    const next = corrected(30, { wrongEncounterId: 'e2', encounterId: 'e3', patientId: 'p3' });
    const { bed, lines } = told([activate(rules), next, corrected(20), admit(0)]);
    expect(bed.encounter).toMatchObject({ encounterId: 'e3', patientId: 'p3' });
    expect(lines.at(-1)).toBe('stayCorrected onset medium on @30');
  });

  test('changes nothing for one that is over, or that nobody knows', () => {
    expect(told([...opening, discharge(10), corrected(20)]).bed.encounter).toBeNull();
    const other = told([...opening, corrected(20, { wrongEncounterId: 'e9' })]);
    expect([other.lines, other.bed.encounter?.encounterId]).toEqual([[], 'e1']);
  });
});

describe('a merge of two records', () => {
  test('changes whose stay it is and nothing that watches it', () => {
    const before = told(alarming);
    const { bed, lines } = told([...alarming, merged(20, 'p1', 'p7')]);
    expect(lines).toEqual(before.lines);
    expect(bed).toEqual({ ...before.bed, encounter: { ...before.bed.encounter, patientId: 'p7' } });
  });

  test('that is told late, after the next one, changes nothing back', () => {
    const { bed } = told([...opening, merged(20, 'p1', 'p7'), merged(30, 'p7', 'p8'), merged(20, 'p1', 'p7')]);
    expect(bed.encounter?.patientId).toBe('p8');
  });

  test('waits for a stay that is on its way', () => {
    expect(told([activate(rules), merged(20, 'p1', 'p7'), admit(0)]).bed.encounter?.patientId).toBe('p7');
  });
});

describe('a stay', () => {
  test('that is opened anew is here again, and its alarms begin anew', () => {
    const again = admit(40, { reopened: true, id: 'again' });
    const { lines, bed } = told([...alarming, discharge(30), again, hr(50, 150)]);
    expect(lines.slice(-2)).toEqual(['heartRate.high closed medium off @30', 'heartRate.high onset medium on @50']);
    expect(bed.encounter).toMatchObject({ encounterId: 'e1', sinceMs: at(40) });
    expect(
      told([...alarming, discharge(30), again, about('discharge', 60, { encounterId: 'e1' }), again]).bed.encounter,
    ).toBeNull();
  });

  test('that was opened anew with its old beginning is here again as well', () => {
    const again = admit(0, { reopened: true, id: 'again' });
    expect(told([...alarming, discharge(30), again]).bed.encounter).toMatchObject({ encounterId: 'e1', sinceMs: at(0) });
  });

  test('that never was here ends like any other', () => {
    const voided = about('discharge', 30, { encounterId: 'e1', voided: true });
    expect(told([...alarming, voided]).bed).toMatchObject({ encounter: null, alarms: {} });
  });
});

/** Corrections, merges and placements at random between readings. */
const change = fc.record({
  what: fc.constantFrom('correct', 'merge', 'place', 'label', 'ack', 'reading', 'low'),
  to: fc.integer({ min: 1, max: 4 }),
});

test('no correction, merge or placement changes the id of an alarm, or how often it was told', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 5, maxLength: 40 }), (changes) => {
      const first = step(emptyPartition(), [...opening, hr(1, 150)]);
      let { state } = first;
      const revs = new Map<string, number>(first.effects.map(({ transition: t }) => [t.alarmId, t.rev]));
      changes.forEach(({ what, to }, i) => {
        const s = 10 + i;
        const bed = state.keys.get('bed:icu-1') as BedState;
        const { encounterId, patientId } = bed.encounter!;
        const open = Object.values(bed.alarms);
        const right = { encounterId: `e${to}${i}`, patientId: `p${to}` };
        const events: Record<string, LogEvent> = {
          correct: corrected(s, { wrongEncounterId: encounterId, ...right }),
          merge: about('patientMerged', s, { encounterId, fromPatientId: patientId, patientId: `p${to}` }),
          place: about('bedPlaced', s, { careUnitId: `u${to}` }),
          label: about('bedPlaced', s, { careUnitId: bed.encounter!.careUnitId ?? 'u1', label: `L${to}` }),
          ack: command(open[0]?.alarmId ?? 'none', s),
          reading: hr(s, 150),
          low: hr(s, 90),
        };
        const result = step(state, [events[what]!]);
        ({ state } = result);
        if (['correct', 'merge', 'place', 'label'].includes(what)) {
          const now = (state.keys.get('bed:icu-1') as BedState).alarms;
          for (const { alarmId, conditionCode } of open) {
            if (conditionCode !== 'stayCorrected') expect(now[conditionCode]?.alarmId).toBe(alarmId);
          }
        }
        for (const { transition: t } of result.effects) {
          expect(t.rev).toBe((revs.get(t.alarmId) ?? 0) + 1);
          revs.set(t.alarmId, t.rev);
        }
      });
    }),
    { seed: 51, numRuns: 60 },
  );
});
