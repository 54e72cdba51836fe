import { LogEvent, STANDBY_MS_MAX } from '@vigil/contracts';
import fc from 'fast-check';
import { STANDBYS_OVER_MAX } from './standby.js';
import { type BedState, emptyPartition } from './state.js';
import { step } from './step.js';
import { bedLog, command, deviceAlarm, discharge, message, summary, tick } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const at = (s: number): number => EPOCH_MS + s * 1_000;
const seconds = <T>(from: number, to: number, make: (s: number) => T): T[] =>
  Array.from({ length: to - from }, (_, i) => make(from + i));

function about(kind: string, atS: number, more: object, bed = 'icu-1'): LogEvent {
  return LogEvent.parse({
    ...{ v: 1, id: `${kind}/${bed}/${atS}`, key: `bed:${bed}`, origin: 'live', atMs: at(atS), kind, bedId: bed },
    ...{ encounterId: 'e1', ...more },
  });
}
const set = (atS: number, toS: number, standbyId = 's1', more: object = {}): LogEvent =>
  about('standbySet', atS, { standbyId, toMs: at(toS), place: 'imaging', id: `set/${standbyId}`, ...more });
const ended = (atS: number, standbyId = 's1'): LogEvent =>
  about('standbyEnded', atS, { standbyId, cause: 'person', id: `ended/${standbyId}` });
const hr = (s: number, value: number | null = 80, more: object = {}): LogEvent => message(s, { heartRate: value }, more);

function told(events: readonly LogEvent[]) {
  const { effects, appends, state } = step(emptyPartition(), events);
  const ends = appends.flatMap((each) => (each.kind === 'standbyEnded' ? [`${each.standbyId} ${each.cause}`] : []));
  return { lines: summary(effects.map((e) => e.transition)), ends, appends, bed: state.keys.get('bed:icu-1') as BedState };
}

describe('standby', () => {
  test('hides that nothing comes, and says so until when; near its end it calls; at its end it is over', () => {
    const { lines, ends, bed } = told([...bedLog(), hr(1), set(2, 1_000), ...seconds(2, 1_020, tick)]);
    expect(lines).toEqual([
      'standby onset low on @2',
      'standby raised medium on @700',
      'standby end medium off @1000',
      'noData onset high on @1011',
    ]);
    expect(ends).toEqual(['s1 time-over']);
    expect(bed.standby).toBeUndefined();
  });

  test('names its end and the place in the evidence', () => {
    const { effects } = step(emptyPartition(), [...bedLog(), hr(1), set(2, 1_000)]);
    expect(effects[0]!.transition.evidence).toMatchObject({
      window: { fromMs: at(2), toMs: at(1_000), aggregate: 'standby' },
      because: ['imaging'],
    });
  });

  test('closes silence that stands already, and sensors that are off, without saying that they are well', () => {
    const off = (s: number): LogEvent =>
      ({ ...hr(s), readings: [{ metric: 'spo2', value: null, unit: '%', quality: 'leadsOff' }] }) as LogEvent;
    expect(told([...bedLog(), ...seconds(1, 8, off), set(9, 900)]).lines).toEqual([
      'spo2.leadsOff onset low on @6',
      'spo2.leadsOff closed low off @9',
      'standby onset low on @9',
    ]);
    expect(told([...bedLog(), hr(1), ...seconds(2, 15, tick), set(15, 900), ...seconds(16, 40, off)]).lines).toEqual([
      'noData onset high on @12',
      'noData closed high off @15',
      'standby onset low on @15',
    ]);
  });

  test('hides nothing that is measured, and no alarm of the device itself', () => {
    const events = [set(2, 900), ...seconds(3, 9, (s) => hr(s, 150)), deviceAlarm(9, [{ code: 'apnea' }])];
    const { lines } = told([...bedLog(), hr(1, 150), ...events, ...seconds(10, 16, (s) => hr(s, 150))]);
    expect(lines).toContain('heartRate.high onset medium on @11');
    expect(lines).toContain('device.apnea onset medium on @9');
  });

  test('leaves a lost gateway alone', () => {
    const lost = about('coverageLost', 5, { causeId: 'c1' });
    expect(told([...bedLog(), hr(1), set(2, 900), lost]).bed.coverageLost).toEqual(['c1']);
  });

  test('is over after ten seconds of valid values, and says so once', () => {
    const { lines, ends, appends } = told([...bedLog(), set(2, 900), ...seconds(100, 120, (s) => hr(s))]);
    expect(lines).toEqual(['standby onset low on @2', 'standby end low off @110']);
    expect(ends).toEqual(['s1 data-back']);
    expect(appends[0]).toMatchObject({ id: 'standby/s1/data-back', key: 'bed:icu-1', atMs: at(110), source: 'device' });
    expect(LogEvent.parse(appends[0])).toEqual(appends[0]);
  });

  test.each([
    ['a stray value', [hr(50), hr(90)]],
    ['values that are not valid', seconds(50, 70, (s) => hr(s, 80, { quality: 'artefact' }))],
    ['values that break off', [...seconds(50, 59, (s) => hr(s)), hr(59, null), ...seconds(60, 69, (s) => hr(s))]],
    ['values of before it', seconds(0, 30, (s) => ({ ...hr(s), gatewayAtMs: at(50) }) as LogEvent)],
    ['a backlog', [tick(300), ...seconds(50, 100, (s) => ({ ...hr(s), id: `late/${s}`, gatewayAtMs: at(s) }) as LogEvent)]],
  ])('is not over by %s', (_, events) => {
    const { bed, ends } = told([...bedLog(), set(30, 900), ...events]);
    expect([bed.standby?.standbyId, ends]).toEqual(['s1', []]);
  });

  test('ends with the stay, and with another stay', () => {
    expect(told([...bedLog(), set(2, 900), discharge(50)]).ends).toEqual(['s1 left']);
    const other = about('admit', 50, { encounterId: 'e2', patientId: 'p2' });
    const { ends, appends, bed } = told([...bedLog(), set(2, 900), other]);
    expect([ends, bed.standby]).toEqual([['s1 left'], undefined]);
    expect(appends[0]).toMatchObject({ encounterId: 'e1' });
  });

  test('lasts four hours at most, whoever set it', () => {
    const { bed } = told([...bedLog(), set(2, 9 * 3_600)]);
    expect(bed.standby?.toMs).toBe(at(2) + STANDBY_MS_MAX);
  });

  test('that is told twice, late or after its end changes nothing', () => {
    const once = told([...bedLog(), hr(1), set(2, 900), ...seconds(3, 20, tick)]);
    const twice = told([...bedLog(), hr(1), set(2, 900), set(2, 900), ...seconds(3, 20, tick)]);
    expect(twice.lines).toEqual(once.lines);
    expect(told([...bedLog(), set(2, 900), ended(20), set(2, 900)]).bed.standby).toBeUndefined();
    expect(told([...bedLog(), ended(20), set(2, 900)]).bed.standby).toBeUndefined();
    expect(told([...bedLog(), tick(950), set(2, 900), tick(951)]).ends).toEqual(['s1 time-over']);
    expect(told([...bedLog(), set(2, 900, 's1', { encounterId: 'e9' })]).lines).toEqual([]);
  });

  test('of two the one that was set later holds, in any order, and the log learns that the other is over', () => {
    const [first, second] = [set(2, 900), set(5, 300, 's2')];
    for (const events of [
      [first, second],
      [second, first],
    ]) {
      const { bed, ends } = told([...bedLog(), ...events]);
      expect([bed.standby?.standbyId, ends]).toEqual(['s2', ['s1 person']]);
    }
  });

  test('that is over is remembered within bounds', () => {
    const { bed } = told([...bedLog(), ...seconds(0, 20, (s) => ended(s, `s${s}`))]);
    expect(bed.standbysOver).toHaveLength(STANDBYS_OVER_MAX);
  });

  test('acknowledging it ends nothing, and near its end it sounds again', () => {
    const start = [...bedLog(), hr(1), set(2, 1_000)];
    const { alarmId } = step(emptyPartition(), structuredClone(start)).effects[0]!.transition;
    expect(told([...start, command(alarmId, 3), ...seconds(4, 705, tick)]).lines).toEqual([
      'standby onset low on @2',
      'standby acknowledged low ack @3',
      'standby raised medium on @700',
    ]);
  });
});

describe('a standby whose patient moves', () => {
  const moveOut = about('transferOut', 50, { toBedId: 'icu-2' });
  const opening = [...bedLog(), hr(1), set(2, 900)];

  function moved(early: readonly LogEvent[] = [], late: readonly LogEvent[] = []) {
    const { state, appends } = step(emptyPartition(), [...opening, moveOut]);
    const next = step(
      state,
      [...early, ...appends, ...late].map((each) => structuredClone(each)),
    );
    return {
      ...next,
      ends: appends.filter(({ kind }) => kind === 'standbyEnded'),
      bed: next.state.keys.get('bed:icu-2' as never) as BedState,
    };
  }

  test('goes along, with its alarm under its id, and ends at the same time', () => {
    const ticks = seconds(51, 910, (s) => about('tick', s, { gatewayId: 'gw-1' }, 'icu-2'));
    const { bed, effects, ends, appends } = moved([], ticks);
    expect(ends).toEqual([]);
    expect(bed.standby).toBeUndefined();
    const lines = summary(effects.map((e) => e.transition));
    expect(lines).toEqual(['standby carried low on @50', 'standby raised medium on @600', 'standby end medium off @900']);
    expect(new Set(effects.map((e) => e.transition.alarmId)).size).toBe(1);
    expect(appends).toMatchObject([{ id: 'standby/s1/time-over', key: 'bed:icu-2' }]);
  });

  test('and that somebody has ended at the new bed before it came, is over there', () => {
    const { bed, effects } = moved([about('standbyEnded', 49, { standbyId: 's1', cause: 'person' }, 'icu-2')]);
    expect(bed.standby).toBeUndefined();
    expect(summary(effects.map((e) => e.transition)).at(-1)).toMatch(/^standby (end|closed)/);
  });

  test('and who has left the new bed before it came, ends', () => {
    const { appends } = moved([about('discharge', 60, {}, 'icu-2')]);
    expect(appends).toMatchObject([{ id: 'standby/s1/left', key: 'bed:icu-2' }]);
  });
});

/** What may happen to a bed with a standby, by the second. */
const happening = fc.record({
  what: fc.constantFrom('tick', 'value', 'no value', 'set', 'end', 'lost', 'discharge', 'admit', 'ack'),
  n: fc.integer({ min: 1, max: 4 }),
  forS: fc.integer({ min: -20, max: 900 }),
});
const course = fc.array(happening, { minLength: 20, maxLength: 120 });

test('no standby outlives its end by more than one tick, and each that ends is told to the log once, whatever else happens', () => {
  fc.assert(
    fc.property(course, (steps) => {
      let { state } = step(emptyPartition(), bedLog());
      const [toldEnds, endMs] = [new Set<string>(), new Map<string, number>()];
      steps.forEach(({ what, n, forS }, i) => {
        const s = (i + 1) * 20;
        const stay = { encounterId: 'e1', patientId: 'p1' };
        const events: Record<string, LogEvent> = {
          tick: tick(s),
          value: hr(s, 80, { seq: i }),
          'no value': hr(s, null, { seq: i }),
          set: set(s, s + forS, `s${n}`),
          end: ended(s, `s${n}`),
          lost: about('coverageLost', s, { causeId: 'c' }),
          discharge: about('discharge', s, {}),
          admit: about('admit', s, stay),
          ack: command('no-such-alarm', s),
        };
        if (what === 'set') endMs.set(`s${n}`, Math.max(endMs.get(`s${n}`) ?? 0, at(s + forS)));
        for (const event of [events[what]!, tick(s + 1)]) {
          const result = step(state, [event]);
          ({ state } = result);
          for (const { id } of result.appends) {
            expect(toldEnds.has(id)).toBe(false);
            toldEnds.add(id);
          }
        }
        const { standby, alarms, clockMs } = state.keys.get('bed:icu-1') as BedState;
        if (standby !== undefined) {
          expect(clockMs).toBeLessThan(standby.toMs);
          expect(standby.toMs).toBeLessThanOrEqual(endMs.get(standby.standbyId)!);
        }
        expect(alarms['standby'] !== undefined).toBe(standby !== undefined);
      });
    }),
    { seed: 52, numRuns: 60 },
  );
});
