import type { AudioPause, LimitsOffRow, Shelf } from '@vigil/contracts';
import { isWider } from '@vigil/domain';
import type { StayInBed, UnitNow } from './unit-not-watched.js';

export interface LimitsOffFacts extends UnitNow {
  readonly shelves: readonly Shelf[];
  readonly pauses: readonly AudioPause[];
}

const NOTHING = { conditionCode: null, isWaiting: false, stationId: null } as const;
const NO_MORE = { metric: null, deviceId: null } as const;

/** Everything by which the beds of a unit alarm less than the unit would have it, bed by bed; then what concerns its screens. Pure. */
export function limitsOff({ stays, items, shelves, pauses }: LimitsOffFacts): readonly LimitsOffRow[] {
  const lines = items.filter(({ limits }) => limits === undefined || isWider(limits.own, limits.unit));
  const ofBeds = stays.flatMap((each): LimitsOffRow[] => [
    ...lines.filter(({ bedId }) => bedId === each.bed.bedId).map((line) => ({ ...line, ...NOTHING })),
    ...shelves.filter(({ encounterId }) => encounterId === each.stay.encounterId).map((shelf) => shelved(each, shelf)),
  ]);
  return [...ofBeds, ...pauses.map(paused)];
}

function shelved({ bed, stay }: StayInBed, { conditionCode, state, fromMs, toMs, by }: Shelf): LimitsOffRow {
  return {
    ...{ bedId: bed.bedId, bedLabel: bed.label, careUnitId: bed.careUnitId, encounterId: stay.encounterId, ...NO_MORE },
    ...{ kind: 'shelved', sinceMs: fromMs, untilMs: toMs, by, conditionCode, isWaiting: state === 'waiting', stationId: null },
  };
}

function paused({ careUnitId, stationId, fromWallMs, untilWallMs, by }: AudioPause): LimitsOffRow {
  return {
    ...{ bedId: null, bedLabel: null, careUnitId, encounterId: null, ...NO_MORE, ...NOTHING },
    ...{ kind: 'audio-paused', sinceMs: fromWallMs, untilMs: untilWallMs, by, stationId },
  };
}
