import { LogEvent, SHELF_HIGH_MS_MAX, SHELF_MS_MAX } from '@vigil/contracts';
import { SHELVES_MAX, SHELVES_OVER_MAX, shelfPriority, whyNotShelved } from './shelves.js';
import { type BedState, emptyPartition } from './state.js';
import { step } from './step.js';
import { admit, bedLog, command, deviceAlarm, discharge, message, summary, testRules, tick } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const at = (s: number): number => EPOCH_MS + s * 1_000;
const CODE = 'heartRate.high';

function about(kind: string, atS: number, more: object, bed = 'icu-1'): LogEvent {
  return LogEvent.parse({
    ...{ v: 1, id: `${kind}/${bed}/${atS}`, key: `bed:${bed}`, origin: 'live', atMs: at(atS), kind, bedId: bed },
    ...{ encounterId: 'e1', ...more },
  });
}
const shelve = (atS: number, toS: number, shelfId = 's1', more: object = {}): LogEvent =>
  about('conditionShelved', atS, {
    ...{ id: `shelve/${shelfId}`, shelfId, conditionCode: CODE, priority: 'medium', toMs: at(toS), by: 'amy', secondBy: null },
    ...more,
  });
const back = (atS: number, shelfId = 's1'): LogEvent =>
  about('conditionUnshelved', atS, { id: `back/${shelfId}`, shelfId, cause: 'person' });
const hr = (s: number, value = 130): LogEvent => message(s, { heartRate: value });
const seconds = <T>(from: number, to: number, make: (s: number) => T): T[] =>
  Array.from({ length: to - from }, (_, i) => make(from + i));

function told(events: readonly LogEvent[], from = emptyPartition()) {
  const { effects, appends, state } = step(from, events);
  const transitions = effects.map((e) => e.transition);
  const ends = appends.flatMap((each) => (each.kind === 'conditionUnshelved' ? [`${each.shelfId} ${each.cause}`] : []));
  const beds = [...state.keys.values()].filter((each) => each.kind === 'bed');
  return { lines: summary(transitions), transitions, ends, appends, state, bed: beds[0] as BedState };
}
const fast = (from: number, to: number): LogEvent[] => seconds(from, to, (s) => hr(s));

describe('a shelved condition', () => {
  test('makes no sound, is told with the end of the shelf, and sounds at that end where it holds still', () => {
    const { lines, transitions, ends, bed } = told([...bedLog(), hr(1, 80), shelve(2, 60), ...fast(3, 70)]);
    expect(lines).toEqual(['heartRate.high onset medium off @13', 'heartRate.high unshelved medium on @60']);
    expect(transitions.map((each) => each.shelvedUntilMs)).toEqual([at(60), undefined]);
    expect(ends).toEqual(['s1 time-over']);
    expect(bed.shelves).toBeUndefined();
  });

  test('falls silent where it sounds or was acknowledged, and says by whom', () => {
    const { lines, transitions } = told([...bedLog(), ...fast(1, 15), shelve(15, 60), ...fast(15, 20)]);
    expect(lines).toEqual(['heartRate.high onset medium on @11', 'heartRate.high shelved medium off @15']);
    expect(transitions[1]).toMatchObject({ by: 'amy', shelvedUntilMs: at(60), active: true });
    const first = told([...bedLog(), ...fast(1, 15)]);
    const { alarmId } = first.transitions[0]!;
    expect(told([command(alarmId, 15), shelve(16, 60)], first.state).lines.at(-1)).toBe('heartRate.high shelved medium off @16');
  });

  test('is told when it ends, and what comes after the shelf sounds as ever', () => {
    const events = [...bedLog(), hr(1), shelve(2, 100), ...fast(3, 20), ...seconds(20, 110, (s) => hr(s, 80)), ...fast(110, 125)];
    expect(told(events).lines).toEqual([
      'heartRate.high onset medium off @11',
      'heartRate.high end medium off @35',
      'heartRate.high onset medium on @120',
    ]);
  });

  test('sounds at once when a person takes it back', () => {
    const { lines, ends } = told([...bedLog(), hr(1), shelve(2, 100), ...fast(3, 20), back(20), ...fast(20, 22)]);
    expect(lines.at(-1)).toBe('heartRate.high unshelved medium on @19');
    expect(ends).toEqual([]);
  });

  test('that becomes more urgent than what was shelved sounds, and the shelf is over', () => {
    const low = (s: number): LogEvent => message(s, { spo2: 85 });
    const deep = (s: number): LogEvent => message(s, { spo2: 70 });
    const shelf = shelve(2, 500, 's1', { conditionCode: 'spo2.low' });
    const { lines, ends } = told([...bedLog(), shelf, ...seconds(3, 30, low), ...seconds(30, 60, deep), ...seconds(60, 80, low)]);
    expect(lines.slice(0, 2)).toEqual(['spo2.low onset medium off @18', 'spo2.low raised high on @45']);
    expect(ends).toEqual(['s1 raised']);
  });

  test('is shelved no more where the alarm that is there is more urgent', () => {
    const deep = seconds(1, 30, (s) => message(s, { spo2: 70 }));
    const { lines, ends } = told([...bedLog(), ...deep, shelve(30, 500, 's1', { conditionCode: 'spo2.low' })]);
    expect(lines).toEqual(['spo2.low onset high on @16']);
    expect(ends).toEqual(['s1 raised']);
  });

  test('of two shelves the later one holds, and one that is over does not come back', () => {
    const first = told([
      ...bedLog(),
      hr(1),
      shelve(3, 100, 's1'),
      shelve(2, 90, 's0'),
      shelve(4, 50, 's2'),
      shelve(3, 100, 's1'),
    ]);
    expect(first.ends).toEqual(['s0 person', 's1 person']);
    expect(first.bed.shelves).toMatchObject({ [CODE]: { shelfId: 's2' } });
    const over = told([back(5, 's2'), shelve(4, 50, 's2')], first.state);
    expect(over.bed.shelves).toBeUndefined();
    expect(told([...bedLog(), back(1, 's9'), shelve(2, 50, 's9')]).bed.shelves).toBeUndefined();
  });

  test('never longer than is allowed, and shorter for what is high', () => {
    const far = 1_000_000;
    expect(told([...bedLog(), shelve(2, far)]).bed.shelves![CODE]!.toMs).toBe(at(2) + SHELF_MS_MAX);
    const high = shelve(2, far, 's1', { priority: 'high', secondBy: 'bob' });
    expect(told([...bedLog(), high]).bed.shelves![CODE]!.toMs).toBe(at(2) + SHELF_HIGH_MS_MAX);
  });

  test('ends with the stay; the alarm of the wrong person that was shelved sounds for the right one', () => {
    expect(told([...bedLog(), ...fast(1, 15), shelve(15, 90), discharge(16)]).ends).toEqual(['s1 left']);
    const wrong = about('stayCorrected', 17, { wrongEncounterId: 'e1', encounterId: 'e2', patientId: 'p2', sinceMs: at(0) });
    const { lines, ends } = told([...bedLog(), ...fast(1, 15), shelve(15, 90), wrong]);
    expect(ends).toEqual(['s1 left']);
    expect(lines.slice(-3)).toEqual([
      'heartRate.high corrected medium off @17',
      'stayCorrected onset medium on @17',
      'heartRate.high unshelved medium on @14',
    ]);
  });

  test('for a stay that is over is told to the store as over; for one that is on its way it waits', () => {
    expect(told([...bedLog(), discharge(5), shelve(6, 60)]).ends).toEqual(['s1 left']);
    expect(told([...bedLog().slice(0, 2), shelve(6, 60), admit(5)]).bed.shelves).toBeDefined();
    const never = [...bedLog(), shelve(6, 60, 's1', { encounterId: 'e7' }), about('discharge', 7, { encounterId: 'e7' })];
    expect(told(never).ends).toEqual(['s1 left']);
  });

  test('goes along to another bed, and the alarm stays silent there until the shelf ends', () => {
    const move = about('transferOut', 20, { toBedId: 'icu-2', toCareUnitId: 'icu' });
    const first = told([...bedLog(), ...fast(1, 15), shelve(15, 60), ...fast(15, 20), move]);
    expect(first.ends).toEqual([]);
    const arrival = first.appends.find(({ kind }) => kind === 'transferIn')!;
    const there = (s: number): LogEvent => ({ ...tick(s), bedId: 'icu-2', key: 'bed:icu-2' }) as LogEvent;
    const second = told([bedLog()[0]!, arrival, ...seconds(21, 65, there)]);
    expect(second.lines).toEqual(['heartRate.high carried medium off @20', 'heartRate.high unshelved medium on @60']);
    expect(second.transitions[0]!.shelvedUntilMs).toBe(at(60));
    expect(second.ends).toEqual(['s1 time-over']);
    // Somebody has taken it back there before it came.
    const early = told([bedLog()[0]!, about('conditionUnshelved', 19, { shelfId: 's1', cause: 'person' }, 'icu-2'), arrival]);
    expect(early.lines.at(-1)).toBe('heartRate.high unshelved medium on @20');
  });

  test('lasts no longer at another bed than it may at all', () => {
    const move = about('transferOut', 20, { toBedId: 'icu-2', toCareUnitId: 'icu' });
    const shelf = shelve(15, 60, 's1', { priority: 'high', secondBy: 'bob' });
    const { appends } = told([...bedLog(), hr(1, 80), shelf, move]);
    const far = JSON.stringify(appends.find(({ kind }) => kind === 'transferIn')).replaceAll(`${at(60)}`, `${at(1_000_000)}`);
    const { bed } = told([bedLog()[0]!, JSON.parse(far) as LogEvent]);
    expect(bed.shelves![CODE]!.toMs).toBe(at(15) + SHELF_HIGH_MS_MAX);
  });

  test('an alarm that is over and that nobody has seen is put away with its condition', () => {
    const deep = seconds(1, 30, (s) => message(s, { spo2: 70 }));
    const well = seconds(30, 60, (s) => message(s, { spo2: 98 }));
    const shelf = shelve(60, 500, 's1', { conditionCode: 'spo2.low', priority: 'high', secondBy: 'bob' });
    expect(told([...bedLog(), ...deep, ...well, shelf]).lines.slice(-2)).toEqual([
      'spo2.low end high latched @45',
      'spo2.low shelved high off @60',
    ]);
  });

  test('there is room for so many, and as many that are over', () => {
    const many = seconds(0, SHELVES_MAX + 1, (i) => shelve(2, 900, `s${i}`, { conditionCode: `x-${i}` }));
    const { bed, ends } = told([...bedLog(), ...many]);
    expect(Object.keys(bed.shelves!)).toHaveLength(SHELVES_MAX);
    expect(ends).toEqual([`s${SHELVES_MAX} not-allowed`]);
    const over = seconds(0, SHELVES_OVER_MAX + 9, (i) => back(3 + i, `t${i}`));
    expect(told([...bedLog(), ...over]).bed.shelvesOver).toHaveLength(SHELVES_OVER_MAX);
  });
});

describe('what nobody may shelve', () => {
  const never = { ...testRules, rules: testRules.rules.map((rule) => ({ ...rule, neverShelve: rule.id === 'hr-high' })) };

  test.each([
    ['noData', 'pager-path'],
    ['spo2.noData', 'pager-path'],
    ['notAccepted', 'pager-path'],
    ['limitsChanged', 'pager-path'],
    ['stayCorrected', 'pager-path'],
    ['device.asystole', 'deadly'],
    ['device.v-fib', 'deadly'],
    ['device.vent-fib-tach', 'deadly'],
    ['device.mdc-199684', 'deadly'],
    ['device.mdc-196650', null],
    ['device.ventricular-tachycardia', 'deadly'],
    ['heartRate.high', 'deadly'],
    ['spo2.low', null],
    ['respirationRate.low', null],
    ['spo2.leadsOff', null],
    ['device.tachy', null],
  ] as const)('%s: %s', (code, why) => {
    expect(whyNotShelved(code, 'medium', never)).toBe(why);
  });

  test('what a device calls high by a number that is not known here may be deadly', () => {
    expect(whyNotShelved('device.mdc-196650', 'high', never)).toBe('deadly');
  });

  test('a deadly limit that shares its alarm with a milder one: the milder one alone may be shelved', () => {
    const rules = testRules.rules.map((rule) => ({ ...rule, neverShelve: rule.id === 'spo2-desat' }));
    expect(whyNotShelved('spo2.low', 'medium', { ...testRules, rules })).toBeNull();
    expect(whyNotShelved('spo2.low', 'high', { ...testRules, rules })).toBe('deadly');
    expect([shelfPriority('spo2.low', testRules), shelfPriority('x', testRules)]).toEqual(['medium', null]);
  });

  test('is told to the store as not allowed, and sounds', () => {
    const asystole = shelve(2, 500, 's1', { conditionCode: 'device.asystole' });
    const { lines, ends } = told([...bedLog(), asystole, deviceAlarm(3, [{ code: 'asystole', priority: 'high' }])]);
    expect(lines).toEqual(['device.asystole onset high on @3']);
    expect(ends).toEqual(['s1 not-allowed']);
  });
});
