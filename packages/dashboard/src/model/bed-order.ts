import type { AlarmView, BedId, StaffId } from '@vigil/contracts';
import { byBed } from './alarm-order.js';
import type { BedShow, BedSort } from './beds-search.js';
import type { BedInfo, UnitState } from './unit-state.js';

export interface BedOrder {
  readonly order: readonly BedId[];
  /** Beds that the filter keeps away, and how many of them have an active alarm. */
  readonly hidden: number;
  readonly hiddenAlarming: number;
}

export interface BedsWanted {
  readonly sort: BedSort;
  readonly show: BedShow;
  /** Who asks; null on a station with nobody signed in: then nothing is theirs. */
  readonly staffId: StaffId | null;
  /** Event time, for what has expired; null while the picture is not live. */
  readonly eventMs: number | null;
}

/**
 * Which beds stand where. Fixed places unless a person asks: whoever knows where bed 7 is looks there first. Beds of the same rank
 * keep their fixed order, so that no more moves than has to.
 *
 * @param alarms active ones, ranked
 */
export function bedOrder(unit: UnitState, alarms: readonly AlarmView[], wanted: BedsWanted): BedOrder {
  const ofBed = byBed(alarms);
  const isShown = (bedId: BedId): boolean => {
    if (wanted.show === 'alarming') return ofBed.has(bedId);
    return wanted.show === 'all' || isMine(unit.beds.get(bedId), wanted.staffId);
  };
  const shown = unit.order.filter(isShown);
  const away = unit.order.filter((bedId) => !isShown(bedId));
  return {
    order: sorted(shown, unit, alarms, wanted),
    hidden: away.length,
    hiddenAlarming: away.filter((bedId) => ofBed.has(bedId)).length,
  };
}

export function isMine(bed: BedInfo | undefined, staffId: StaffId | null): boolean {
  return staffId !== null && (bed?.nurses.some((nurse) => nurse.staffId === staffId && nurse.role === 'primary') ?? false);
}

function sorted(
  beds: readonly BedId[],
  unit: UnitState,
  alarms: readonly AlarmView[],
  { sort, eventMs }: BedsWanted,
): readonly BedId[] {
  if (sort === 'fixed') return beds;
  const rank = sort === 'attention' ? byAttention(alarms) : (bedId: BedId): number => -newsOf(unit.beds.get(bedId), eventMs);
  const ranks = new Map(beds.map((bedId) => [bedId, rank(bedId)]));
  return [...beds].sort((a, b) => ranks.get(a)! - ranks.get(b)!);
}

function byAttention(alarms: readonly AlarmView[]): (bedId: BedId) => number {
  const first = new Map<BedId, number>();
  for (const [i, { bedId }] of alarms.entries()) if (bedId && !first.has(bedId)) first.set(bedId, i);
  return (bedId) => first.get(bedId) ?? alarms.length;
}

/** The most that either basis can be, while it holds; -1 without one, which is not the same as nought. */
function newsOf(bed: BedInfo | undefined, eventMs: number | null): number {
  const valid = (bed?.scores ?? []).filter(
    ({ encounterId, validUntilMs }) =>
      encounterId === bed?.encounter?.encounterId && (eventMs === null || eventMs < validUntilMs),
  );
  return Math.max(-1, ...valid.map(({ total, max }) => total ?? max));
}
