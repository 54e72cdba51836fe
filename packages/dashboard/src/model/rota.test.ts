import { type ScheduleContent, ShiftPlan } from '@vigil/contracts';
import { gapsByDay, layersOf, newGaps, scheduleIssues } from './rota.js';
import { localDays } from './zone-time.js';

const HOUR = 3_600_000;
const ZONE = 'Europe/Vienna';
const days = localDays('2026-03-28', 2, ZONE);
const start = days[0]!.fromMs;
const shift = (staffId: string, fromH: number, toH: number, rotationId: string | null = 'first') => ({
  ...{ staffId, name: staffId, rotationId, overrideId: null },
  ...{ fromMs: start + fromH * HOUR, toMs: start + toH * HOUR },
});
const gap = (fromH: number, toH: number) => ({ fromMs: start + fromH * HOUR, toMs: start + toH * HOUR });
const plan = (shifts: object[], gaps: object[] = []): ShiftPlan =>
  ShiftPlan.parse({ fromMs: start, toMs: days[1]!.toMs, shifts, gaps });
const content = (more: object = {}): ScheduleContent =>
  ({
    ...{ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone: ZONE },
    rotations: [
      {
        ...{ rotationId: 'first', label: 'First', unit: 'day', every: 1, startDate: '2026-01-01', handoverTime: '07:00' },
        ...{ endDate: null, participants: ['amy'] },
      },
    ],
    ...more,
  }) as unknown as ScheduleContent;

test('a turn over midnight is a piece in each of its days, and the short day is as wide as every other', () => {
  const [layer] = layersOf(plan([shift('amy', 12, 30), shift('ben', 30, 47)]), content(), days);
  expect(layer!.days.map((pieces) => pieces.map(({ shift: of }) => of.staffId))).toEqual([['amy'], ['amy', 'ben']]);
  const [amy, ben] = layer!.days[1]!;
  expect([layer!.days[0]![0]!.startPct, layer!.days[0]![0]!.widthPct]).toEqual([50, 50]);
  // 29 March has 23 hours there.
  expect(amy!.widthPct).toBeCloseTo((100 * 6) / 23);
  expect(ben!.startPct + ben!.widthPct).toBeCloseTo(100);
});

test('rotations keep the order of the schedule, one that is gone follows, and who was added is last', () => {
  const shifts = [shift('zoe', 0, 1, null), shift('old', 0, 1, 'gone'), shift('amy', 0, 1)];
  expect(layersOf(plan(shifts), content(), days).map(({ rotationId, label }) => [rotationId, label])).toEqual([
    ['first', 'First'],
    ['gone', 'gone'],
    [null, ''],
  ]);
});

test('a gap is in every day that it touches', () => {
  const gaps = gapsByDay([gap(20, 26)] as never, days);
  expect(gaps).toEqual([[gap(20, 24)], [gap(24, 26)]]);
});

test.each([
  ['there before', [gap(1, 2)], [gap(1, 2)], []],
  ['new', [], [gap(1, 2)], [gap(1, 2)]],
  ['longer at both ends', [gap(2, 3)], [gap(1, 5)], [gap(1, 2), gap(3, 5)]],
  ['joined of two', [gap(1, 2), gap(3, 4)], [gap(1, 4)], [gap(2, 3)]],
  ['closed', [gap(1, 2)], [], []],
])('a gap that is %s', (_, before, after, left) => {
  expect(newGaps(before as never, after as never)).toEqual(left);
});

test.each([
  [{}, []],
  [{ label: ' ' }, ['no-label']],
  [{ timeZone: 'Mars/Olympus' }, ['bad-zone']],
  [{ rotations: [] }, ['no-rotations']],
  [
    { rotations: [{ ...content().rotations[0], participants: [], startDate: '', endDate: '2025-01-01' }] },
    ['no-people', 'no-start'],
  ],
  [{ rotations: [{ ...content().rotations[0], endDate: '2025-12-31' }] }, ['bad-end']],
])('what is missing in a schedule is said before anybody asks the server: %#', (more, issues) => {
  expect(scheduleIssues(content(more)).map(({ issue }) => issue)).toEqual(issues);
});
