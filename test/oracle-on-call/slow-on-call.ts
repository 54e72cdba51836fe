/**
 * Who is on call, minute by minute, from the words of packages/contracts/src/on-call.ts alone: it looks at a clock on the wall and knows
 * nothing of offsets, turns or spans. It shares no code with packages/domain/src/on-call, and is as slow as it looks.
 */
import type { Override, Rotation, ScheduleContent } from '@vigil/contracts';

const MINUTE_MS = 60_000;
const DAY_MIN = 1_440;
const LENGTH_MIN = { hour: 60, day: DAY_MIN, week: 7 * DAY_MIN };
/** Longer than any stretch for which clocks were put back. */
const BEFORE_MIN = 2 * DAY_MIN;

/** For each minute from `fromMs` on, who is on call: `person rotation override`, sorted. */
export function slowOnCall(
  schedule: ScheduleContent,
  overrides: readonly Override[],
  fromMs: number,
  minutes: number,
): string[][] {
  const clock = wallClock(schedule.timeZone);
  const answers: string[][] = [];
  let furthest = -Infinity;
  for (let n = -BEFORE_MIN; n < minutes; n += 1) {
    const atMs = fromMs + n * MINUTE_MS;
    // A time that the clock shows for the second time is over already, and one that it skips is reached with what comes after it.
    furthest = Math.max(furthest, clock(atMs));
    if (n >= 0) answers.push(atMinute(schedule, overrides, atMs, furthest));
  }
  return answers;
}

function atMinute(schedule: ScheduleContent, overrides: readonly Override[], atMs: number, furthest: number): string[] {
  let people: { who: string; rotation: string | null; override: string | null }[] = [];
  for (const rotation of schedule.rotations) {
    const who = whoseTurn(rotation, furthest);
    if (who !== null) people.push({ who, rotation: rotation.rotationId, override: null });
  }
  for (const { kind, staffId, instead, fromMs, toMs, overrideId } of [...overrides].sort((a, b) => a.seq - b.seq)) {
    if (atMs < fromMs || atMs >= toMs) continue;
    if (kind === 'add') people.push({ who: staffId!, rotation: null, override: overrideId });
    if (kind === 'remove') people = people.filter(({ who }) => who !== instead);
    if (kind === 'replace') {
      people = people.map((one) =>
        instead === null || one.who === instead ? { who: staffId!, rotation: one.rotation, override: overrideId } : one,
      );
    }
  }
  return [...new Set(people.map(({ who, rotation, override }) => `${who} ${rotation} ${override}`))].sort();
}

function whoseTurn(rotation: Rotation, furthest: number): string | null {
  const { startDate, endDate, handoverTime, unit, every, participants, hours } = rotation;
  const since = furthest - (dayOf(startDate) + minuteOf(handoverTime));
  if (since < 0) return null;
  if (endDate !== null && furthest >= dayOf(endDate) + minuteOf(handoverTime)) return null;
  if (hours !== undefined && !hours.some((row) => isWithin(row, furthest))) return null;
  return participants[Math.floor(since / (LENGTH_MIN[unit] * every)) % participants.length]!;
}

function isWithin(row: NonNullable<Rotation['hours']>[number], furthest: number): boolean {
  const today = Math.floor(furthest / DAY_MIN) * DAY_MIN;
  for (const day of [today - DAY_MIN, today]) {
    // Sunday is 0 for a Date and 7 in a schedule.
    if (!row.weekdays.includes(new Date(day * MINUTE_MS).getUTCDay() || 7)) continue;
    const [from, to] = [minuteOf(row.from), minuteOf(row.to)];
    if (furthest >= day + from && furthest < day + (to <= from ? to + DAY_MIN : to)) return true;
  }
  return false;
}

/** What the clock of a zone shows, in minutes; only to be compared with each other. */
function wallClock(timeZone: string): (atMs: number) => number {
  const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, ...parts, hourCycle: 'h23' });
  return (atMs) => {
    const shown = /^(\d+)-(\d+)-(\d+) (\d+):(\d+)$/.exec(format.format(atMs))!;
    const [year, month, day, hour, minute] = shown.slice(1).map(Number) as [number, number, number, number, number];
    return Date.UTC(year, month - 1, day) / MINUTE_MS + hour * 60 + minute;
  };
}

const dayOf = (date: string): number => new Date(`${date}T00:00Z`).getTime() / MINUTE_MS;
const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
