import { ScheduleContent, StaffId } from '@vigil/contracts';
import { type KnownOverride, plannedAt, plannedShifts } from './plan.js';

const of = (...participants: string[]): ScheduleContent =>
  ScheduleContent.parse({
    ...{ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone: 'UTC' },
    rotations: participants.map((staffId) => ({
      ...{ rotationId: staffId, label: staffId, unit: 'day', every: 1, startDate: '1970-01-01', handoverTime: '00:00' },
      participants: [staffId],
    })),
  });
const away = (fromMs: number, toMs: number, setMs: number, voidedMs: number | null): KnownOverride =>
  ({
    overrideId: 'o1',
    seq: 1,
    kind: 'remove',
    staffId: null,
    instead: StaffId.parse('ann'),
    fromMs,
    toMs,
    setMs,
    voidedMs,
  }) as KnownOverride;
const version = (fromMs: number, toMs: number | null, ...people: string[]) => ({ fromMs, toMs, content: of(...people) });

test('what a schedule says now changes nothing of who was on call before', () => {
  const plan = { versions: [version(2_000, null, 'bob'), version(1_000, 2_000, 'ann')], overrides: [] };
  expect([999, 1_000, 1_999, 2_000].map((ms) => plannedAt(plan, ms))).toEqual([[], ['ann'], ['ann'], ['bob']]);
});

test('who stays on call through a change of the schedule has one shift', () => {
  const plan = { versions: [version(1_000, 2_000, 'ann', 'bob'), version(2_000, 4_000, 'ann')], overrides: [] };
  const { shifts, gaps } = plannedShifts(plan, { fromMs: 0, toMs: 5_000 });
  expect(shifts.map(({ staffId, fromMs, toMs }) => [staffId, fromMs, toMs])).toEqual([
    ['ann', 1_000, 4_000],
    ['bob', 1_000, 2_000],
  ]);
  expect(gaps).toEqual([
    { fromMs: 0, toMs: 1_000 },
    { fromMs: 4_000, toMs: 5_000 },
  ]);
});

test('nobody on call through a change of the schedule is one gap', () => {
  const plan = { versions: [version(1_000, 2_000), version(2_000, null)], overrides: [] };
  expect(plannedShifts(plan, { fromMs: 0, toMs: 3_000 }).gaps).toEqual([{ fromMs: 0, toMs: 3_000 }]);
});

test('an override counts from when somebody made it, and until somebody took it back', () => {
  const plan = { versions: [version(0, null, 'ann')], overrides: [away(1_000, 9_000, 2_000, 3_000)] };
  expect([1_500, 2_000, 2_999, 3_000].map((ms) => plannedAt(plan, ms).length)).toEqual([1, 0, 0, 1]);
});

test('a version that was in force for no time says nothing', () => {
  const plan = { versions: [version(1_000, 1_000, 'ann'), version(1_000, null, 'bob')], overrides: [] };
  expect(plannedShifts(plan, { fromMs: 1_000, toMs: 2_000 }).shifts).toHaveLength(1);
});
