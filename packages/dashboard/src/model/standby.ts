import type { BedId, LimitsOffBoard, StandbyPlace, StandbyView } from '@vigil/contracts';
import { t } from '../words/words.js';
import { clockText } from './format.js';
import type { UnitState } from './unit-state.js';

/** That a patient is away from the monitor, as a tile says it. Event times; null what is not known here. */
export interface StandbyShown {
  readonly place: StandbyPlace | null;
  readonly byName: string | null;
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

/**
 * Who is away, by bed. The board of the live channel decides as soon as it is there, because it is of now; where somebody is and who
 * said so comes from the list, of the same stay.
 */
export function standbyByBed(
  list: readonly StandbyView[],
  board: LimitsOffBoard | null,
  unit: UnitState,
): ReadonlyMap<BedId, StandbyShown> {
  const nameOf = (bedId: BedId, staffId: string | null): string | null => {
    const here = unit.beds.get(bedId)?.nurses ?? [];
    const others = [...unit.beds.values()].flatMap(({ nurses }) => nurses);
    return [...here, ...others].find((nurse) => nurse.staffId === staffId)?.name ?? null;
  };
  const shown = new Map<BedId, StandbyShown>();
  if (board === null) {
    for (const { bedId, encounterId, place, setBy, fromMs, toMs, endedMs } of list)
      if (endedMs === null && unit.beds.get(bedId)?.encounter?.encounterId === encounterId)
        shown.set(bedId, { place, byName: nameOf(bedId, setBy), sinceMs: fromMs, untilMs: toMs });
    return shown;
  }
  for (const { kind, bedId, encounterId, by, sinceMs, untilMs } of board.rows) {
    if (kind !== 'standby' || bedId === null || unit.beds.get(bedId)?.encounter?.encounterId !== encounterId) continue;
    const known = list.find((each) => each.encounterId === encounterId && each.endedMs === null);
    shown.set(bedId, { place: known?.place ?? null, byName: nameOf(bedId, by ?? known?.setBy ?? null), sinceMs, untilMs });
  }
  return shown;
}

/** `CT or X-ray · since 13:40 · back by 14:30 · K. Ito` */
export function standbyText({ place, byName, sinceMs, untilMs }: StandbyShown): string {
  const minutes = (ms: number): string => clockText(ms).replace(/^(\d+:\d\d):\d\d/, '$1');
  return [
    place === null ? '' : t(`beds:place.${place}`),
    sinceMs === null ? '' : t('beds:standbySince', { time: minutes(sinceMs) }),
    untilMs === null ? '' : t('beds:standbyUntil', { time: minutes(untilMs) }),
    byName === null ? '' : t('beds:standbyBy', { name: byName }),
  ]
    .filter(Boolean)
    .join(' · ');
}
