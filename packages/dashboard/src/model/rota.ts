import type { ScheduleContent, ShiftPlan } from '@vigil/contracts';
import type { LocalDay } from './zone-time.js';

export type Shift = ShiftPlan['shifts'][number];
type Span = Pick<LocalDay, 'fromMs' | 'toMs'>;

/** A part of a turn within one day. */
export interface Piece {
  readonly shift: Shift;
  readonly fromMs: number;
  readonly toMs: number;
  /** Where in its day it begins and how long it is, per cent. */
  readonly startPct: number;
  readonly widthPct: number;
}

/** One rotation, or those who were added, with what each day has of it. */
export interface Layer {
  /** Null: added by an override. */
  readonly rotationId: string | null;
  readonly label: string;
  readonly days: readonly (readonly Piece[])[];
}

const within = (span: Span, day: LocalDay): Span | null => {
  const [fromMs, toMs] = [Math.max(span.fromMs, day.fromMs), Math.min(span.toMs, day.toMs)];
  return fromMs < toMs ? { fromMs, toMs } : null;
};

/** Where a span lies in a day, per cent. */
export function placeIn({ fromMs, toMs }: Span, day: LocalDay): Pick<Piece, 'startPct' | 'widthPct'> {
  const length = day.toMs - day.fromMs;
  return { startPct: (100 * (fromMs - day.fromMs)) / length, widthPct: (100 * (toMs - fromMs)) / length };
}

function piecesOf(shifts: readonly Shift[], day: LocalDay): readonly Piece[] {
  const pieces = shifts.flatMap((shift) => {
    const part = within(shift, day);
    return part === null ? [] : [{ shift, ...part, ...placeIn(part, day) }];
  });
  return pieces.sort((a, b) => a.fromMs - b.fromMs);
}

/** The rows of a week: the rotations in the order of the schedule, those of before that are gone, and at last who was added. */
export function layersOf(plan: Pick<ShiftPlan, 'shifts'>, content: ScheduleContent, days: readonly LocalDay[]): readonly Layer[] {
  const known = new Map(content.rotations.map(({ rotationId, label }) => [rotationId as string | null, label]));
  for (const { rotationId } of plan.shifts) if (!known.has(rotationId)) known.set(rotationId, rotationId ?? '');
  const rows = [...known].sort(([a], [b]) => Number(a === null) - Number(b === null));
  return rows.map(([rotationId, label]) => {
    const shifts = plan.shifts.filter((shift) => shift.rotationId === rotationId);
    return { rotationId, label, days: days.map((day) => piecesOf(shifts, day)) };
  });
}

/** What of the gaps lies in each day. */
export function gapsByDay(gaps: ShiftPlan['gaps'], days: readonly LocalDay[]): readonly (readonly Span[])[] {
  return days.map((day) => gaps.flatMap((gap) => within(gap, day) ?? []));
}

/** Gaps that would be there and are not, or would be longer: what a change leaves behind. */
export function newGaps(before: ShiftPlan['gaps'], after: ShiftPlan['gaps']): readonly Span[] {
  return after.flatMap((gap) => {
    let left: Span[] = [gap];
    for (const known of before) {
      left = left.flatMap(({ fromMs, toMs }) => [
        ...(fromMs < known.fromMs ? [{ fromMs, toMs: Math.min(toMs, known.fromMs) }] : []),
        ...(toMs > known.toMs ? [{ fromMs: Math.max(fromMs, known.toMs), toMs }] : []),
      ]);
    }
    return left.filter(({ fromMs, toMs }) => fromMs < toMs);
  });
}

/** Turns of one person, each as a whole: what a change of the schedule cut in two is one again. */
export function turnsOf(shifts: readonly Shift[], staffId: string): readonly Shift[] {
  return shifts.filter((shift) => shift.staffId === staffId).sort((a, b) => a.fromMs - b.fromMs);
}

export type ScheduleIssue = 'no-label' | 'no-people' | 'no-start' | 'bad-end' | 'no-rotations' | 'bad-zone';

/** What a person has to put right before a schedule is worth a look; by rotation, null for the whole. */
export function scheduleIssues(
  content: ScheduleContent,
): readonly { readonly at: number | null; readonly issue: ScheduleIssue }[] {
  const found: { at: number | null; issue: ScheduleIssue }[] = [];
  if (content.label.trim() === '') found.push({ at: null, issue: 'no-label' });
  if (content.rotations.length === 0) found.push({ at: null, issue: 'no-rotations' });
  if (!isZone(content.timeZone)) found.push({ at: null, issue: 'bad-zone' });
  content.rotations.forEach(({ label, startDate, endDate, participants }, at) => {
    if (label.trim() === '') found.push({ at, issue: 'no-label' });
    if (participants.length === 0) found.push({ at, issue: 'no-people' });
    if (!/^\d{4}-\d\d-\d\d$/.test(startDate)) found.push({ at, issue: 'no-start' });
    if (endDate !== null && endDate <= startDate) found.push({ at, issue: 'bad-end' });
  });
  return found;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name !== '';
  } catch {
    return false;
  }
}
