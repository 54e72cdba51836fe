import type { Rotation, StaffId } from '@vigil/contracts';
import { instantOf, type ZoneSpans } from './zone.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNIT_MS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS } as const;
/** No local time is further from UTC, and no change of the clock moves it further. */
export const ZONE_MARGIN_MS = 2 * DAY_MS;

/** Wall time, half open. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Turn extends Stretch {
  readonly staffId: StaffId;
}

/**
 * The turns of one rotation within a span, in order, none empty. A turn whose local hours a change of the clock skips altogether is
 * nobody's; one whose hours happen twice is as much longer.
 */
export function turnsOf(rotation: Rotation, zone: ZoneSpans, { fromMs, toMs }: Stretch): readonly Turn[] {
  const { participants, unit, every, startDate, endDate, handoverTime } = rotation;
  const lengthMs = UNIT_MS[unit] * every;
  const firstMs = dateMs(startDate) + timeMs(handoverTime);
  const overMs = endDate === null ? toMs : Math.min(toMs, instantOf(zone, dateMs(endDate) + timeMs(handoverTime)));
  const open = rotation.hours === undefined ? null : openHours(rotation.hours, zone, { fromMs, toMs });
  const turns: Turn[] = [];
  const begin = (nth: number): number => instantOf(zone, firstMs + nth * lengthMs);
  for (let nth = Math.max(0, Math.floor((fromMs - ZONE_MARGIN_MS - firstMs) / lengthMs)); begin(nth) < overMs; nth += 1) {
    const turn = { fromMs: Math.max(fromMs, begin(nth)), toMs: Math.min(overMs, begin(nth + 1)) };
    if (turn.fromMs >= turn.toMs) continue;
    const staffId = participants[nth % participants.length]!;
    for (const part of open === null ? [turn] : within(turn, open)) turns.push({ ...part, staffId });
  }
  return turns;
}

/** Midnight of a local date, written as if it were UTC. */
function dateMs(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}

function timeMs(time: string): number {
  return Date.parse(`1970-01-01T${time}:00Z`);
}

/** When the rotation counts, in order and apart from each other. */
function openHours(hours: NonNullable<Rotation['hours']>, zone: ZoneSpans, { fromMs, toMs }: Stretch): readonly Stretch[] {
  const found: Stretch[] = [];
  const lastDay = Math.floor((toMs + ZONE_MARGIN_MS) / DAY_MS);
  for (let day = Math.floor((fromMs - ZONE_MARGIN_MS) / DAY_MS); day <= lastDay; day += 1) {
    // The first day of 1970 was a Thursday.
    const weekday = ((((day + 3) % 7) + 7) % 7) + 1;
    for (const { weekdays, from, to } of hours) {
      if (!weekdays.includes(weekday)) continue;
      const [startMs, endMs] = [timeMs(from), timeMs(to)];
      const lastMs = endMs > startMs ? endMs : endMs + DAY_MS;
      found.push({ fromMs: instantOf(zone, day * DAY_MS + startMs), toMs: instantOf(zone, day * DAY_MS + lastMs) });
    }
  }
  return joined(found.sort((a, b) => a.fromMs - b.fromMs));
}

function joined(sorted: readonly Stretch[]): readonly Stretch[] {
  const apart: Stretch[] = [];
  for (const next of sorted) {
    const last = apart.at(-1);
    if (last === undefined || next.fromMs > last.toMs) apart.push(next);
    else apart[apart.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, next.toMs) };
  }
  return apart;
}

function within(turn: Stretch, open: readonly Stretch[]): readonly Stretch[] {
  let low = 0;
  let high = open.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (open[middle]!.toMs <= turn.fromMs) low = middle + 1;
    else high = middle;
  }
  const parts: Stretch[] = [];
  for (let i = low; i < open.length && open[i]!.fromMs < turn.toMs; i += 1) {
    const part = { fromMs: Math.max(turn.fromMs, open[i]!.fromMs), toMs: Math.min(turn.toMs, open[i]!.toMs) };
    if (part.fromMs < part.toMs) parts.push(part);
  }
  return parts;
}
