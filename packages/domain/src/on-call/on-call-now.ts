import type { StaffId } from '@vigil/contracts';
import type { OnCallShifts } from './shifts.js';

export interface OnCallPicture {
  /** Who is on call at the beginning of the shifts, and until when; null: as far as they reach. */
  readonly people: readonly { readonly staffId: StaffId; readonly toMs: number | null }[];
  /** Who comes next; null: nobody, as far as they reach. */
  readonly next: { readonly staffId: StaffId; readonly fromMs: number } | null;
}

/**
 * Who is on call now, until when, and who comes next. A person whose shifts follow each other stays.
 *
 * @param shifts from now until `untilMs`
 */
export function onCallPicture({ shifts }: Pick<OnCallShifts, 'shifts'>, nowMs: number, untilMs: number): OnCallPicture {
  const staysUntil = (staffId: StaffId): number => {
    let atMs = nowMs;
    for (const shift of shifts) if (shift.staffId === staffId && shift.fromMs <= atMs) atMs = Math.max(atMs, shift.toMs);
    return atMs;
  };
  const present = new Set(shifts.filter(({ fromMs }) => fromMs <= nowMs).map(({ staffId }) => staffId));
  const people = [...present].map((staffId) => {
    const toMs = staysUntil(staffId);
    return { staffId, toMs: toMs >= untilMs ? null : toMs };
  });
  const comes = shifts.find(({ staffId, fromMs }) => fromMs > nowMs && fromMs > staysUntil(staffId));
  return { people, next: comes === undefined ? null : { staffId: comes.staffId, fromMs: comes.fromMs } };
}
