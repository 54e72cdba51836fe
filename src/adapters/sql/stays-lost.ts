import type { EncounterRow } from './schema-stays.js';
import { type BedSpan, currentSpan } from './stays.js';

/** A stay with the beds where it was before. */
export interface StayBefore {
  readonly row: EncounterRow;
  readonly past: readonly BedSpan[];
}

export interface LostStretch {
  readonly bedId: string;
  readonly fromMs: number;
  readonly toMs: number | null;
  /** Whose it is now; null: nobody's that we know. */
  readonly encounterId: string | null;
}

/** Spans of a stay that counts: one that was voided, or that was over where it began, was nowhere. */
function spansOf({ row, past }: StayBefore): readonly BedSpan[] {
  if (row.voided_wall_ms !== null) return [];
  return [...past, currentSpan(row)].filter(({ fromMs, toMs }) => toMs === null || toMs > fromMs);
}

/** Each stretch of time in a bed that was said to be of the stay as it was, and is of another now, or of nobody. */
export function lostStretches(before: StayBefore, after: StayBefore): readonly LostStretch[] {
  const [was, is] = [spansOf(before), spansOf(after)];
  const points = [...new Set([...was, ...is].flatMap(({ fromMs, toMs }) => (toMs === null ? [fromMs] : [fromMs, toMs])))];
  points.sort((a, b) => a - b);
  const lost: LostStretch[] = [];
  for (const [at, fromMs] of points.entries()) {
    const toMs = points[at + 1] ?? null;
    for (const { bedId, encounterId } of was.filter((span) => holds(span, fromMs))) {
      const now = is.find((span) => span.bedId === bedId && holds(span, fromMs))?.encounterId ?? null;
      if (now === encounterId) continue;
      const last = lost.at(-1);
      const goesOn = last?.bedId === bedId && last.toMs === fromMs && last.encounterId === now;
      if (goesOn) lost[lost.length - 1] = { ...last, toMs };
      else lost.push({ bedId, fromMs, toMs, encounterId: now });
    }
  }
  return lost;
}

function holds({ fromMs, toMs }: BedSpan, atMs: number): boolean {
  return atMs >= fromMs && (toMs === null || atMs < toMs);
}
