import type { OnCallShift, Override, ScheduleContent, StaffId } from '@vigil/contracts';
import { invariant } from '../invariant.js';
import { type Stretch, type Turn, turnsOf, ZONE_MARGIN_MS } from './turns.js';
import { zoneSpans } from './zone.js';

/** The longest span of one question. */
export const ON_CALL_ASKED_MS_MAX = 400 * 86_400_000;

export interface OnCallShifts {
  /** By their beginning, then in the order of the rotations; cut to the span that was asked for. */
  readonly shifts: readonly OnCallShift[];
  /** When nobody is on call. */
  readonly gaps: readonly Stretch[];
}

type Entry = Pick<OnCallShift, 'staffId' | 'rotationId' | 'overrideId'>;

/**
 * Who is on call when, in `[fromMs, toMs)` of wall time. Two shifts of one person for the same reason never touch. What a change of
 * the clock does to turns: zone.ts.
 *
 * @throws InvariantError for a span longer than `ON_CALL_ASKED_MS_MAX`
 */
export function shiftsOf(schedule: ScheduleContent, overrides: readonly Override[], fromMs: number, toMs: number): OnCallShifts {
  invariant(toMs - fromMs <= ON_CALL_ASKED_MS_MAX, 'at most 400 days in one question');
  if (fromMs >= toMs) return { shifts: [], gaps: [] };
  const span = { fromMs, toMs };
  const zone = zoneSpans(schedule.timeZone, fromMs - 2 * ZONE_MARGIN_MS, toMs + 2 * ZONE_MARGIN_MS);
  const rotations = schedule.rotations.map((rotation) => ({ rotation, turns: turnsOf(rotation, zone, span), at: 0 }));
  const waiting = overrides.filter((o) => o.toMs > fromMs && o.fromMs < toMs && o.fromMs < o.toMs);
  const holding = new Holding(waiting);
  const edges = edgesOf(span, [...rotations.flatMap(({ turns }) => turns), ...waiting]);
  const line = new TimeLine(span);
  for (const atMs of edges) {
    const entries: Entry[] = [];
    for (const each of rotations) {
      const turn = turnAt(each, atMs);
      if (turn === null) continue;
      entries.push({ staffId: turn.staffId, rotationId: each.rotation.rotationId, overrideId: null });
    }
    line.go(atMs, overridden(entries, holding.at(atMs)));
  }
  return line.end();
}

/** Who is on call at one instant of wall time; nobody twice, in the order of the rotations. */
export function onCallAt(schedule: ScheduleContent, overrides: readonly Override[], wallMs: number): readonly StaffId[] {
  const atMs = Math.floor(wallMs);
  return [...new Set(shiftsOf(schedule, overrides, atMs, atMs + 1).shifts.map(({ staffId }) => staffId))];
}

/** Where anything can change: the beginning of the span, and each beginning and end within it. */
function edgesOf(span: Stretch, stretches: readonly Stretch[]): readonly number[] {
  const edges = new Set([span.fromMs]);
  for (const { fromMs, toMs } of stretches) {
    if (fromMs > span.fromMs) edges.add(fromMs);
    if (toMs < span.toMs) edges.add(toMs);
  }
  return [...edges].sort((a, b) => a - b);
}

/** Asked in the order of time. */
function turnAt(rotation: { readonly turns: readonly Turn[]; at: number }, atMs: number): Turn | null {
  const { turns } = rotation;
  while (rotation.at < turns.length && turns[rotation.at]!.toMs <= atMs) rotation.at += 1;
  const turn = turns[rotation.at];
  return turn !== undefined && turn.fromMs <= atMs ? turn : null;
}

/** Overrides at instants that are asked in the order of time: each is looked at when it begins and while it holds. */
class Holding {
  private readonly waiting: Override[];
  private active: readonly Override[] = [];

  constructor(overrides: readonly Override[]) {
    this.waiting = [...overrides].sort((a, b) => b.fromMs - a.fromMs);
  }

  /** Those that hold, in the order in which they are done. */
  at(atMs: number): readonly Override[] {
    const begun: Override[] = [];
    while ((this.waiting.at(-1)?.fromMs ?? Infinity) <= atMs) begun.push(this.waiting.pop()!);
    if (begun.length > 0) this.active = [...this.active, ...begun].sort((a, b) => a.seq - b.seq);
    if (this.active.some((o) => o.toMs <= atMs)) this.active = this.active.filter((o) => o.toMs > atMs);
    return this.active;
  }
}

function overridden(turns: readonly Entry[], overrides: readonly Override[]): readonly Entry[] {
  let entries = turns;
  for (const { kind, overrideId, staffId, instead } of overrides) {
    const isMeant = (entry: Entry): boolean => instead === null || entry.staffId === instead;
    if (kind === 'remove') entries = entries.filter((entry) => !isMeant(entry));
    else if (staffId === null) continue;
    else if (kind === 'add') entries = [...entries, { staffId, rotationId: null, overrideId }];
    else entries = entries.map((entry) => (isMeant(entry) ? { ...entry, staffId, overrideId } : entry));
  }
  return entries;
}

/** Puts what holds from one edge to the next together to shifts and gaps, each in the order in which it begins. */
class TimeLine {
  private readonly shifts: OnCallShift[] = [];
  private readonly gaps: Stretch[] = [];
  /** Places in `shifts` of those that go on. */
  private open = new Map<string, number>();
  private isGap = false;

  constructor(private readonly span: Stretch) {}

  go(atMs: number, entries: readonly Entry[]): void {
    this.endAt(atMs);
    const next = new Map<string, number>();
    for (const entry of entries) {
      const key = `${entry.rotationId} ${entry.staffId} ${entry.overrideId}`;
      // Two people who were added are one once somebody takes the place of both.
      if (next.has(key)) continue;
      const begins = { ...entry, fromMs: atMs, toMs: this.span.toMs } as OnCallShift;
      next.set(key, this.open.get(key) ?? this.shifts.push(begins) - 1);
    }
    this.open = next;
    if (entries.length === 0 && !this.isGap) this.gaps.push({ fromMs: atMs, toMs: this.span.toMs });
    this.isGap = entries.length === 0;
  }

  end(): OnCallShifts {
    this.endAt(this.span.toMs);
    return { shifts: this.shifts, gaps: this.gaps };
  }

  /** What goes on ends here, as long as nothing says that it goes on further. */
  private endAt(atMs: number): void {
    for (const at of this.open.values()) this.shifts[at] = { ...this.shifts[at]!, toMs: atMs as OnCallShift['toMs'] };
    if (this.isGap) this.gaps[this.gaps.length - 1] = { ...this.gaps.at(-1)!, toMs: atMs };
  }
}
