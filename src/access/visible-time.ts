import type { PatientId } from '@vigil/contracts';
import type { StayInBed } from '../ports/care-relations.js';

/** Half-open, event time. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The parts of `range` in one bed that somebody may look at: the stays of `patients`, and for whoever works in the care
 * unit also the time in which nobody lay there. What another patient left behind in the bed is in none of them. Pure.
 *
 * @param stays those that overlap the range, oldest first; they don't overlap each other
 */
export function visibleTime(
  range: Span,
  stays: readonly StayInBed[],
  patients: ReadonlySet<PatientId>,
  inUnit: boolean,
): readonly Span[] {
  const spans: Span[] = [];
  const add = (fromMs: number, toMs: number): void => {
    const span = { fromMs: Math.max(fromMs, range.fromMs), toMs: Math.min(toMs, range.toMs) };
    if (span.fromMs >= span.toMs) return;
    const last = spans.at(-1);
    if (last?.toMs === span.fromMs) spans[spans.length - 1] = { fromMs: last.fromMs, toMs: span.toMs };
    else spans.push(span);
  };
  let atMs = range.fromMs;
  for (const { patientId, admittedMs, dischargedMs } of stays) {
    const endMs = dischargedMs ?? range.toMs;
    if (inUnit) add(atMs, admittedMs);
    if (patients.has(patientId)) add(admittedMs, endMs);
    atMs = Math.max(atMs, endMs);
  }
  if (inUnit) add(atMs, range.toMs);
  return spans;
}
