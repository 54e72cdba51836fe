import { ScheduleContent, StaffId, type Swap } from '@vigil/contracts';
import { swapTrouble } from './swap.js';

const DAY_MS = 86_400_000;
const of = (...people: string[]) => ({
  versions: [
    {
      ...{ fromMs: 0, toMs: null },
      content: ScheduleContent.parse({
        ...{ v: 1, label: 'x', careUnitId: 'icu', timeZone: 'UTC' },
        rotations: [
          {
            ...{ rotationId: 'r', label: 'r', unit: 'day', every: 1, startDate: '1970-01-01', handoverTime: '00:00' },
            participants: people,
          },
        ],
      }),
    },
  ],
  overrides: [],
});
const turn = (scheduleId: string, fromDay: number, toDay: number) => ({
  scheduleId,
  fromMs: fromDay * DAY_MS,
  toMs: toDay * DAY_MS,
});
const plans = new Map([
  ['one', of('ann', 'cem')],
  ['two', of('bob')],
]);
const trouble = (give: object, take: object | null, nowMs = 0) =>
  swapTrouble({ give, take, askedBy: StaffId.parse('ann'), to: StaffId.parse('bob') } as unknown as Swap, plans, nowMs);

const added = {
  ...{ overrideId: 'o', seq: 1, kind: 'add', staffId: StaffId.parse('bob'), instead: null },
  ...{ fromMs: 0, toMs: 9 * DAY_MS, setMs: 0, voidedMs: null },
} as never;

test('two turns that are theirs can be exchanged, also a part of one', () => {
  expect(trouble(turn('one', 2, 3), turn('two', 5, 6))).toBeNull();
  expect(trouble(turn('one', 2.5, 2.75), null)).toBeNull();
});

test.each([
  ['that has begun', turn('one', 2, 3), null, { turn: 'give', why: 'begun' }, 2 * DAY_MS],
  ['of somebody else', turn('one', 3, 4), null, { turn: 'give', why: 'not-their-turn' }, 0],
  ['of which a part is somebody else’s', turn('one', 2, 4), null, { turn: 'give', why: 'not-their-turn' }, 0],
  ['in the middle of which is somebody else’s', turn('one', 2, 5), null, { turn: 'give', why: 'not-their-turn' }, 0],
  ['of a schedule that nobody knows', turn('none', 2, 3), null, { turn: 'give', why: 'not-their-turn' }, 0],
  ['for one that is not the other’s', turn('one', 2, 3), turn('one', 2, 3), { turn: 'take', why: 'not-their-turn' }, 0],
  ['taken while on call', turn('one', 2, 3), turn('two', 4, 5), null, 0],
])('a turn %s', (_title, give, take, expected, nowMs) => {
  expect(trouble(give, take, nowMs)).toEqual(expected);
});

test('who takes a turn is not on call at the same time', () => {
  const alone = new Map([['one', { ...of('ann'), overrides: [added] }]]);
  const swap = { give: turn('one', 2, 3), take: null, askedBy: 'ann', to: 'bob' } as unknown as Swap;
  expect(swapTrouble(swap, alone, 0)).toEqual({ turn: 'give', why: 'on-call-anyway' });
});
