import { type Override, Rotation, ScheduleContent, StaffId } from '@vigil/contracts';
import { InvariantError } from '../invariant.js';
import { ON_CALL_ASKED_MS_MAX, onCallAt, shiftsOf } from './shifts.js';

const HOUR_MS = 3_600_000;
const at = (text: string): number => Date.parse(text);
const rotation = (more: Partial<Record<keyof Rotation, unknown>> = {}): Rotation =>
  Rotation.parse({
    rotationId: 'days',
    label: 'Days',
    unit: 'day',
    every: 1,
    startDate: '2026-01-01',
    handoverTime: '07:00',
    participants: ['ann', 'bob'],
    ...more,
  });
const schedule = (rotations: readonly Rotation[], timeZone = 'Europe/Vienna'): ScheduleContent =>
  ScheduleContent.parse({ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone, rotations });
const override = (seq: number, kind: Override['kind'], who: readonly [string | null, string | null], span: string): Override => {
  const [fromMs, toMs] = span.split(' - ').map(at) as [number, number];
  const [staffId, instead] = who.map((id) => (id === null ? null : StaffId.parse(id))) as [StaffId | null, StaffId | null];
  return { overrideId: `o${seq}`, seq, kind, staffId, instead, fromMs, toMs } as Override;
};
/** `who from - to`, in UTC. */
const lines = (...asked: Parameters<typeof shiftsOf>): readonly string[] => {
  const { shifts, gaps } = shiftsOf(...asked);
  const span = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): string =>
    [fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(5, 16)).join(' - ');
  return [...shifts.map((s) => `${s.staffId} ${span(s)}`), ...gaps.map((gap) => `nobody ${span(gap)}`)];
};
const turns = (of: Rotation, timeZone: string, from: string, to: string): readonly string[] =>
  lines(schedule([of], timeZone), [], at(from), at(to));

describe('turns', () => {
  test('follow each other without a gap, past midnight, and are handed over at the local time', () => {
    expect(turns(rotation(), 'Europe/Vienna', '2026-01-10T00:00Z', '2026-01-12T00:00Z')).toEqual([
      'ann 01-10T00:00 - 01-10T06:00',
      'bob 01-10T06:00 - 01-11T06:00',
      'ann 01-11T06:00 - 01-12T00:00',
    ]);
  });

  test('begin on the start date and not before, and are over on the end date', () => {
    const short = rotation({ startDate: '2026-01-10', endDate: '2026-01-12' });
    expect(turns(short, 'UTC', '2026-01-09T00:00Z', '2026-01-14T00:00Z')).toEqual([
      'ann 01-10T07:00 - 01-11T07:00',
      'bob 01-11T07:00 - 01-12T07:00',
      'nobody 01-09T00:00 - 01-10T07:00',
      'nobody 01-12T07:00 - 01-14T00:00',
    ]);
    expect(turns(short, 'UTC', '2020-01-01T00:00Z', '2020-01-02T00:00Z')).toEqual(['nobody 01-01T00:00 - 01-02T00:00']);
    expect(turns(short, 'UTC', '2027-01-01T00:00Z', '2027-01-02T00:00Z')).toEqual(['nobody 01-01T00:00 - 01-02T00:00']);
  });

  test('other people from a date on are a new rotation where the old one ended: nobody is missing in between', () => {
    const [before, after] = [
      rotation({ endDate: '2026-01-11' }),
      rotation({ rotationId: 'new', startDate: '2026-01-11', participants: ['cem'] }),
    ];
    expect(lines(schedule([before, after], 'UTC'), [], at('2026-01-10T12:00Z'), at('2026-01-12T12:00Z'))).toEqual([
      'bob 01-10T12:00 - 01-11T07:00',
      'cem 01-11T07:00 - 01-12T12:00',
    ]);
  });

  test('of three weeks are three weeks, also over the leap day', () => {
    const weeks = rotation({ unit: 'week', every: 3, startDate: '2028-02-14', handoverTime: '00:00' });
    expect(turns(weeks, 'UTC', '2028-02-20T00:00Z', '2028-03-10T00:00Z')).toEqual([
      'ann 02-20T00:00 - 03-06T00:00',
      'bob 03-06T00:00 - 03-10T00:00',
    ]);
  });

  test('the leap day is a turn of its own', () => {
    const days = rotation({ startDate: '2028-02-28', participants: ['ann', 'bob', 'cem'] });
    expect(turns(days, 'UTC', '2028-02-28T07:00Z', '2028-03-02T07:00Z')).toEqual([
      'ann 02-28T07:00 - 02-29T07:00',
      'bob 02-29T07:00 - 03-01T07:00',
      'cem 03-01T07:00 - 03-02T07:00',
    ]);
  });
});

describe('when the clock changes', () => {
  const half = rotation({ unit: 'hour', every: 12, startDate: '2026-03-01' });

  test('shifts of 12 hours stay at 07:00 and 19:00 local time: the night of spring is an hour shorter, that of autumn longer', () => {
    expect(turns(half, 'Europe/Vienna', '2026-03-28T18:00Z', '2026-03-29T17:00Z')).toEqual([
      'bob 03-28T18:00 - 03-29T05:00',
      'ann 03-29T05:00 - 03-29T17:00',
    ]);
    expect(turns(half, 'Europe/Vienna', '2026-10-24T17:00Z', '2026-10-25T18:00Z')).toEqual([
      'bob 10-24T17:00 - 10-25T06:00',
      'ann 10-25T06:00 - 10-25T18:00',
    ]);
  });

  const hourly = rotation({
    unit: 'hour',
    startDate: '2026-03-01',
    handoverTime: '00:00',
    participants: ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'],
  });

  test('a turn that is skipped altogether is nobody’s, and one that happens twice is as much longer', () => {
    expect(turns(hourly, 'Europe/Vienna', '2026-03-29T00:00Z', '2026-03-29T02:00Z')).toEqual([
      'p1 03-29T00:00 - 03-29T01:00',
      'p3 03-29T01:00 - 03-29T02:00',
    ]);
    expect(turns(hourly, 'Europe/Vienna', '2026-10-24T23:00Z', '2026-10-25T03:00Z')).toEqual([
      'p1 10-24T23:00 - 10-25T00:00',
      'p2 10-25T00:00 - 10-25T02:00',
      'p3 10-25T02:00 - 10-25T03:00',
    ]);
  });

  test.each([
    // Clocks go on at midnight: the local time 00:00 does not exist, and 01:00 is the first after it.
    ['America/Santiago', '2026-09-06', '2026-09-06T04:00Z'],
    ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00Z'],
    // Half an hour of summer time.
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30Z'],
    ['Asia/Kathmandu', '2026-01-05', '2026-01-04T18:15Z'],
    ['Pacific/Chatham', '2026-06-01', '2026-05-31T11:15Z'],
  ])('in %s the day of %s begins at %s', (zone, day, first) => {
    const days = rotation({ startDate: day, handoverTime: '00:00' });
    const { gaps } = shiftsOf(schedule([days], zone), [], at(first) - HOUR_MS, at(first) + HOUR_MS);
    expect(gaps).toEqual([{ fromMs: at(first) - HOUR_MS, toMs: at(first) }]);
  });

  test('the day that Samoa skipped was nobody’s', () => {
    const days = rotation({ startDate: '2011-12-29', handoverTime: '00:00', participants: ['thu', 'fri', 'sat'] });
    expect(turns(days, 'Pacific/Apia', '2011-12-29T10:00Z', '2011-12-31T10:00Z')).toEqual([
      'thu 12-29T10:00 - 12-30T10:00',
      'sat 12-30T10:00 - 12-31T10:00',
    ]);
  });
});

describe('hours of a rotation', () => {
  const nights = rotation({
    participants: ['ann'],
    hours: [
      { weekdays: [1, 2, 3, 4, 5], from: '19:00', to: '07:00' },
      { weekdays: [6, 7], from: '07:00', to: '07:00' },
    ],
  });

  test('run into the next day, a whole day where they end as they begin, and leave the rest to nobody', () => {
    // 2026-01-09 is a Friday.
    expect(turns(nights, 'UTC', '2026-01-09T12:00Z', '2026-01-12T22:00Z')).toEqual([
      'ann 01-09T19:00 - 01-12T07:00',
      'ann 01-12T19:00 - 01-12T22:00',
      'nobody 01-09T12:00 - 01-09T19:00',
      'nobody 01-12T07:00 - 01-12T19:00',
    ]);
  });

  test('do not stop the turns, which go on meanwhile', () => {
    const mornings = rotation({ hours: [{ weekdays: [1, 3], from: '08:00', to: '09:00' }] });
    // Days 5 and 7 of January are Monday and Wednesday.
    expect(turns(mornings, 'UTC', '2026-01-05T08:00Z', '2026-01-07T09:00Z')).toEqual([
      'ann 01-05T08:00 - 01-05T09:00',
      'ann 01-07T08:00 - 01-07T09:00',
      'nobody 01-05T09:00 - 01-07T08:00',
    ]);
  });

  test('that overlap count once, and those that the clock skips not at all', () => {
    const hours = [
      { weekdays: [7], from: '02:10', to: '02:50' },
      { weekdays: [7], from: '10:00', to: '12:00' },
      { weekdays: [7], from: '11:00', to: '11:30' },
    ];
    expect(turns(rotation({ participants: ['ann'], hours }), 'Europe/Vienna', '2026-03-29T00:00Z', '2026-03-29T12:00Z')).toEqual([
      'ann 03-29T08:00 - 03-29T10:00',
      'nobody 03-29T00:00 - 03-29T08:00',
      'nobody 03-29T10:00 - 03-29T12:00',
    ]);
  });
});

describe('overrides', () => {
  const both = schedule([rotation({ participants: ['ann'] }), rotation({ rotationId: 'senior', participants: ['sue'] })], 'UTC');
  const asked = (...overrides: readonly Override[]): readonly string[] =>
    lines(both, overrides, at('2026-01-10T00:00Z'), at('2026-01-10T12:00Z'));
  const morning = '2026-01-10T02:00Z - 2026-01-10T04:00Z';

  test('replace one person, and the others stay', () => {
    expect(asked(override(1, 'replace', ['tom', 'ann'], morning))).toEqual([
      'ann 01-10T00:00 - 01-10T02:00',
      'sue 01-10T00:00 - 01-10T12:00',
      'tom 01-10T02:00 - 01-10T04:00',
      'ann 01-10T04:00 - 01-10T12:00',
    ]);
  });

  test('replace everybody where nobody is named, and do nothing where the named person has no turn', () => {
    expect(asked(override(1, 'replace', ['tom', null], morning)).filter((line) => line.startsWith('tom'))).toHaveLength(2);
    expect(asked(override(1, 'replace', ['tom', 'kim'], morning))).toEqual(asked());
  });

  test('add a person, and remove one', () => {
    expect(asked(override(1, 'add', ['tom', null], morning), override(2, 'remove', [null, 'sue'], morning))).toEqual([
      'ann 01-10T00:00 - 01-10T12:00',
      'sue 01-10T00:00 - 01-10T02:00',
      'tom 01-10T02:00 - 01-10T04:00',
      'sue 01-10T04:00 - 01-10T12:00',
    ]);
  });

  test('leave nobody where everybody is removed, and it is told', () => {
    expect(asked(override(1, 'remove', [null, 'ann'], morning), override(2, 'remove', [null, 'sue'], morning))).toContain(
      'nobody 01-10T02:00 - 01-10T04:00',
    );
  });

  test('are done in their order, whatever order they come in: a swap of a swap goes to the third', () => {
    const first = override(1, 'replace', ['tom', 'ann'], morning);
    const second = override(2, 'replace', ['kim', 'tom'], '2026-01-10T03:00Z - 2026-01-10T05:00Z');
    const expected = [
      'ann 01-10T00:00 - 01-10T02:00',
      'sue 01-10T00:00 - 01-10T12:00',
      'tom 01-10T02:00 - 01-10T03:00',
      'kim 01-10T03:00 - 01-10T04:00',
      'ann 01-10T04:00 - 01-10T12:00',
    ];
    expect(asked(first, second)).toEqual(expected);
    expect(asked(second, first)).toEqual(expected);
  });

  test('who takes the place of two that were added is there once', () => {
    const added = [override(1, 'add', ['tom', null], morning), override(2, 'add', ['kim', null], morning)];
    const found = asked(...added, override(3, 'replace', ['eve', null], morning));
    expect(found.filter((line) => line.startsWith('eve'))).toHaveLength(3);
  });

  test('without a person to come, nothing changes', () => {
    expect(asked(override(1, 'add', [null, null], morning), override(2, 'replace', [null, 'ann'], morning))).toEqual(asked());
  });
});

describe('a question', () => {
  const days = schedule([rotation({ participants: ['ann'] }), rotation({ rotationId: 'again', participants: ['ann'] })]);

  test('about one instant names nobody twice', () => {
    expect(onCallAt(days, [], at('2026-01-10T00:00Z') + 0.5)).toEqual(['ann']);
  });

  test('about no time has no answer, about too much is refused', () => {
    expect(shiftsOf(days, [], 5, 5)).toEqual({ shifts: [], gaps: [] });
    expect(() => shiftsOf(days, [], 0, ON_CALL_ASKED_MS_MAX + 1)).toThrow(InvariantError);
  });

  test('about the beginning of the epoch is answered', () => {
    expect(onCallAt(schedule([rotation({ startDate: '1970-01-01', handoverTime: '00:00' })], 'UTC'), [], 0)).toEqual(['ann']);
  });
});
