import { Override, ScheduleContent, StaffId } from '@vigil/contracts';
import type { Dice } from '../oracle/dice.js';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** Where clocks have been put on or back, or a day is unusual: the zone and an instant near it. */
const MOMENTS: readonly (readonly [string, string])[] = [
  ['Europe/Vienna', '2026-03-29T01:00Z'],
  ['Europe/Vienna', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  // At midnight, both ways.
  ['America/Santiago', '2026-04-05T03:00Z'],
  ['America/Santiago', '2026-09-06T04:00Z'],
  ['Asia/Beirut', '2022-03-26T22:00Z'],
  ['Asia/Beirut', '2023-03-29T22:00Z'],
  ['Asia/Beirut', '2025-10-25T21:00Z'],
  // A minute past midnight.
  ['America/St_Johns', '2010-11-07T02:31Z'],
  ['Africa/Casablanca', '2026-02-15T02:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Pacific/Chatham', '2026-09-26T14:00Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30Z'],
  ['Asia/Pyongyang', '2018-05-04T15:00Z'],
  ['America/Caracas', '2007-12-09T07:00Z'],
  // A day that never was.
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Pacific/Kiritimati', '1994-12-31T10:00Z'],
  ['UTC', '2028-02-29T00:00Z'],
  ['Europe/Vienna', '2028-02-28T23:00Z'],
  ['Asia/Kolkata', '2026-12-31T18:30Z'],
];
const PEOPLE = ['ann', 'bob', 'cem', 'dia'].map((id) => StaffId.parse(id));

export interface RandomCase {
  readonly schedule: ScheduleContent;
  readonly overrides: readonly Override[];
  readonly fromMs: number;
  readonly minutes: number;
}

/** A schedule with overrides that overlap, looked at around a change of the clock. */
export function randomCase(dice: Dice): RandomCase {
  const [timeZone, moment] = dice.of(MOMENTS);
  const fromMs = Date.parse(moment) - dice.below(2_880) * MINUTE_MS;
  const minutes = 60 * (1 + dice.below(72));
  const rotations = Array.from({ length: 1 + dice.below(3) }, (_, n) => randomRotation(dice, `r${n}`, fromMs));
  const schedule = ScheduleContent.parse({ v: 1, label: 'any', careUnitId: 'icu', timeZone, rotations });
  const overrides = Array.from({ length: dice.below(6) }, (_, seq) => randomOverride(dice, seq, fromMs, minutes));
  return { schedule, overrides, fromMs, minutes };
}

function randomRotation(dice: Dice, rotationId: string, aroundMs: number): object {
  const unit = dice.of(['hour', 'hour', 'day', 'week'] as const);
  const startMs = aroundMs - dice.of([-1, 0, 1, 2, 30, 4_000]) * DAY_MS;
  const endDate = dice.chance(0.2) ? date(aroundMs + (1 + dice.below(3)) * DAY_MS) : null;
  return {
    ...{ rotationId, label: rotationId, unit, every: 1 + dice.below(unit === 'hour' ? 13 : 3) },
    startDate: date(startMs),
    endDate,
    handoverTime: time(dice),
    participants: Array.from({ length: 1 + dice.below(4) }, () => dice.of(PEOPLE)),
    ...(dice.chance(0.4) ? { hours: Array.from({ length: 1 + dice.below(3) }, () => randomHours(dice)) } : {}),
  };
}

function randomHours(dice: Dice): object {
  const weekdays = [1, 2, 3, 4, 5, 6, 7].filter(() => dice.chance(0.6));
  return { weekdays: weekdays.length === 0 ? [7] : weekdays, from: time(dice), to: time(dice) };
}

function randomOverride(dice: Dice, seq: number, fromMs: number, minutes: number): Override {
  const kind = dice.of(['replace', 'add', 'remove'] as const);
  const startMs = fromMs + (dice.below(minutes + 120) - 60) * MINUTE_MS;
  return Override.parse({
    ...{ overrideId: `o${seq}`, seq, kind },
    staffId: kind === 'remove' ? null : dice.of(PEOPLE),
    instead: kind === 'add' || (kind === 'replace' && dice.chance(0.3)) ? null : dice.of(PEOPLE),
    ...{ fromMs: startMs, toMs: startMs + dice.below(minutes) * MINUTE_MS },
  });
}

const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Often one at which clocks are changed. */
function time(dice: Dice): string {
  if (dice.chance(0.5)) return dice.of(['00:00', '00:01', '01:00', '01:30', '02:00', '02:30', '03:00', '07:00', '23:30']);
  return [dice.below(24), dice.below(60)].map((n) => String(n).padStart(2, '0')).join(':');
}
