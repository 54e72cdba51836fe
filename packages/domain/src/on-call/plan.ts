import type { OnCallShift, Override, ScheduleContent, StaffId } from '@vigil/contracts';
import { type OnCallShifts, shiftsOf } from './shifts.js';
import type { Stretch } from './turns.js';

/** What a schedule said from `fromMs` on, until somebody changed it at `toMs` (wall time); null: still. */
export interface ScheduleVersion {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly content: ScheduleContent;
}

/** An override with the time in which anybody could know of it: `setMs` until `voidedMs`; null: still. */
export interface KnownOverride extends Override {
  readonly setMs: number;
  readonly voidedMs: number | null;
}

/** A schedule as it has been at each time: what was changed later changes nothing of who was on call before. */
export interface OnCallPlan {
  readonly versions: readonly ScheduleVersion[];
  readonly overrides: readonly KnownOverride[];
}

/**
 * Who is on call when, and who was: of what has been, as it was then, and of what comes, as it is planned now. Before the first version
 * and after the last there is nobody.
 *
 * @throws InvariantError for a span longer than `ON_CALL_ASKED_MS_MAX`
 */
export function plannedShifts({ versions, overrides }: OnCallPlan, { fromMs, toMs }: Stretch): OnCallShifts {
  const holding = overrides.map((o) => ({
    ...o,
    fromMs: Math.max(o.fromMs, o.setMs) as Override['fromMs'],
    toMs: Math.min(o.toMs, o.voidedMs ?? o.toMs) as Override['toMs'],
  }));
  const parts: OnCallShifts[] = [];
  let atMs = fromMs;
  const none = (untilMs: number): void => {
    if (atMs < untilMs) parts.push({ shifts: [], gaps: [{ fromMs: atMs, toMs: untilMs }] });
  };
  for (const version of [...versions].sort((a, b) => a.fromMs - b.fromMs)) {
    const startMs = Math.max(atMs, version.fromMs);
    const endMs = Math.min(toMs, version.toMs ?? toMs);
    if (startMs >= endMs) continue;
    none(startMs);
    parts.push(shiftsOf(version.content, holding, startMs, endMs));
    atMs = endMs;
  }
  none(toMs);
  return joined(parts);
}

/** Who is on call at one instant of wall time, as it was planned then; nobody twice. */
export function plannedAt(plan: OnCallPlan, wallMs: number): readonly StaffId[] {
  const atMs = Math.floor(wallMs);
  return [...new Set(plannedShifts(plan, { fromMs: atMs, toMs: atMs + 1 }).shifts.map(({ staffId }) => staffId))];
}

/** Where nothing changes for a person although the schedule was changed, their shift goes on. */
function joined(parts: readonly OnCallShifts[]): OnCallShifts {
  const shifts: OnCallShift[] = [];
  const gaps: Stretch[] = [];
  const newest = new Map<string, number>();
  for (const part of parts) {
    for (const shift of part.shifts) {
      const key = `${shift.rotationId} ${shift.staffId} ${shift.overrideId}`;
      const at = newest.get(key);
      if (at !== undefined && shifts[at]!.toMs === shift.fromMs) {
        shifts[at] = { ...shifts[at]!, toMs: shift.toMs };
      } else {
        newest.set(key, shifts.push(shift) - 1);
      }
    }
    for (const gap of part.gaps) {
      const last = gaps.at(-1);
      if (last?.toMs === gap.fromMs) gaps[gaps.length - 1] = { fromMs: last.fromMs, toMs: gap.toMs };
      else gaps.push(gap);
    }
  }
  return { shifts: shifts.sort((a, b) => a.fromMs - b.fromMs), gaps };
}
