import { addTo } from './buckets.js';
import type { RowSample } from './chunk.js';
import { MINUTE_MS } from './chunk-table.js';
import type { SlotStat } from './pack.js';

export const HOUR_MS = 3_600_000;
export const MINUTES_OF_HOUR = 60;

/**
 * One hour of a series: its samples until they are let go, what each minute comes to until that is let go too, and what the hour comes
 * to. All by device, so that what a device brought can still be moved to another bed.
 */
export interface PackedHour {
  /** By time, then device. */
  readonly samples: readonly RowSample[] | null;
  readonly minutes: readonly SlotStat[] | null;
  readonly hours: readonly SlotStat[];
}

/** What is taken out: of one device, or of all (null); within the hour, half-open. */
export interface HourStretch {
  readonly device: number | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** Means that lie partly in it: an erasure takes them, a move leaves them where they are. */
  readonly takesParts: boolean;
}

export interface Parted {
  /** Null: nothing is left. */
  readonly kept: PackedHour | null;
  readonly samples: readonly RowSample[];
  readonly minutes: readonly SlotStat[];
  readonly hours: readonly SlotStat[];
  /** Samples that all of these stand for. */
  readonly count: number;
}

export function packedOf(samples: readonly RowSample[]): PackedHour {
  const minutes = statsOf(samples, MINUTE_MS);
  return { samples, minutes, hours: hoursOf(minutes) };
}

/** The samples of both by time and device, each once; where both have one, that of `first` holds. */
export function joinSamples(first: readonly RowSample[], second: readonly RowSample[]): readonly RowSample[] {
  if (second.length === 0) return first;
  const all = [...first, ...second].sort((a, b) => a.offsetMs - b.offsetMs || a.device - b.device);
  return all.filter((sample, n) => n === 0 || sample.offsetMs !== all[n - 1]!.offsetMs || sample.device !== all[n - 1]!.device);
}

/**
 * The hour with what came late. Where samples were let go, whether one was there already cannot be told: a minute (or hour) that a
 * device has there stays as it is, and one that it does not have is taken.
 */
export function withLate(hour: PackedHour | undefined, late: readonly RowSample[]): PackedHour {
  if (hour === undefined) return packedOf(joinSamples([], late));
  if (hour.samples !== null) return packedOf(joinSamples(hour.samples, late));
  const added = uncovered(hour, joinSamples([], late));
  if (hour.minutes === null) return { ...hour, hours: sorted([...hour.hours, ...statsOf(added, HOUR_MS)]) };
  const minutes = sorted([...hour.minutes, ...statsOf(added, MINUTE_MS)]);
  return { samples: null, minutes, hours: hoursOf(minutes) };
}

/** Of samples that came late to an hour whose samples were let go: those that it takes. */
export function uncovered({ minutes, hours }: PackedHour, late: readonly RowSample[]): readonly RowSample[] {
  const slotMs = minutes === null ? HOUR_MS : MINUTE_MS;
  const there = new Set((minutes ?? hours).map(({ slot, device }) => `${slot}/${device}`));
  return late.filter(({ offsetMs, device }) => !there.has(`${Math.floor(offsetMs / slotMs)}/${device}`));
}

/** The hour with means of another; a slot that a device has there stays as it is. */
export function withStats(hour: PackedHour | undefined, { minutes, hours }: Pick<Parted, 'minutes' | 'hours'>): PackedHour {
  const add = (there: readonly SlotStat[], more: readonly SlotStat[]): readonly SlotStat[] => {
    const names = new Set(there.map(({ slot, device }) => `${slot}/${device}`));
    return sorted([...there, ...more.filter(({ slot, device }) => !names.has(`${slot}/${device}`))]);
  };
  const all = hour === undefined ? minutes : hour.minutes === null ? null : add(hour.minutes, minutes);
  if (all !== null && all.length > 0) return { samples: null, minutes: all, hours: hoursOf(all) };
  return { samples: null, minutes: null, hours: add(hour?.hours ?? [], hours) };
}

export function partHour(hour: PackedHour, stretch: HourStretch): Parted {
  if (hour.samples !== null) {
    const isTaken = ({ device, offsetMs }: RowSample): boolean => isOf(stretch, device) && isIn(stretch, offsetMs, offsetMs + 1);
    const samples = hour.samples.filter(isTaken);
    const left = hour.samples.filter((sample) => !isTaken(sample));
    const kept = left.length === 0 ? null : samples.length === 0 ? hour : packedOf(left);
    return { kept, samples, minutes: [], hours: [], count: samples.length };
  }
  const slotMs = hour.minutes === null ? HOUR_MS : MINUTE_MS;
  const all = hour.minutes ?? hour.hours;
  const isTaken = ({ device, slot }: SlotStat): boolean =>
    isOf(stretch, device) && isIn(stretch, slot * slotMs, (slot + 1) * slotMs);
  const taken = all.filter(isTaken);
  const left = all.filter((stat) => !isTaken(stat));
  const keptAs = hour.minutes === null ? { minutes: null, hours: left } : { minutes: left, hours: hoursOf(left) };
  const kept = left.length === 0 ? null : { samples: null, ...keptAs };
  const count = taken.reduce((sum, stat) => sum + stat.count, 0);
  const minutes = hour.minutes === null ? [] : taken;
  return { kept, samples: [], minutes, hours: hour.minutes === null ? taken : hoursOf(taken), count };
}

const isOf = (stretch: HourStretch, device: number): boolean => stretch.device === null || stretch.device === device;
const isIn = ({ fromMs, toMs, takesParts }: HourStretch, startMs: number, endMs: number): boolean =>
  takesParts ? startMs < toMs && endMs > fromMs : startMs >= fromMs && endMs <= toMs;

function statsOf(samples: readonly RowSample[], slotMs: number): readonly SlotStat[] {
  const found = new Map<number, Map<number, SlotStat>>();
  for (const { offsetMs, device, value, quality } of samples) {
    const slot = Math.floor(offsetMs / slotMs);
    let ofSlot = found.get(slot);
    if (ofSlot === undefined) found.set(slot, (ofSlot = new Map()));
    const one = { count: 1, questionable: Number(quality !== 'valid'), min: value, max: value, sum: value };
    ofSlot.set(device, { slot, device, ...addTo(ofSlot.get(device), one) });
  }
  return sorted([...found.values()].flatMap((ofSlot) => [...ofSlot.values()]));
}

function hoursOf(minutes: readonly SlotStat[]): readonly SlotStat[] {
  const found = new Map<number, SlotStat>();
  for (const stat of minutes) found.set(stat.device, { ...addTo(found.get(stat.device), stat), slot: 0, device: stat.device });
  return sorted([...found.values()]);
}

function sorted(stats: SlotStat[]): readonly SlotStat[] {
  return stats.sort((a, b) => a.slot - b.slot || a.device - b.device);
}
