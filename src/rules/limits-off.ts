import type { AudioPause, LimitsOffRow, Shelf } from '@vigil/contracts';
import { isWider } from '@vigil/domain';
import type { StationToWatch } from '../ports/station-watches.js';
import type { StayInBed, UnitNow } from './unit-not-watched.js';

export interface LimitsOffFacts extends UnitNow {
  readonly shelves: readonly Shelf[];
  readonly pauses: readonly AudioPause[];
  /** Of this care unit. */
  readonly stations: readonly StationToWatch[];
  readonly wallMs: number;
}

const NOTHING = { conditionCode: null, isWaiting: false, stationId: null } as const;
const NO_MORE = { metric: null, deviceId: null } as const;

/** Everything by which the beds of a unit alarm less than the unit would have it, bed by bed; then what concerns its screens. Pure. */
export function limitsOff({ stays, items, shelves, pauses, stations, wallMs }: LimitsOffFacts): readonly LimitsOffRow[] {
  const lines = items.filter(({ limits }) => limits === undefined || isWider(limits.own, limits.unit));
  const ofBeds = stays.flatMap((each): LimitsOffRow[] => [
    ...lines.filter(({ bedId }) => bedId === each.bed.bedId).map((line) => ({ ...line, ...NOTHING })),
    ...shelves.filter(({ encounterId }) => encounterId === each.stay.encounterId).map((shelf) => shelved(each, shelf)),
  ]);
  return [...ofBeds, ...pauses.map(paused), ...stations.flatMap((station) => stationOff(station, wallMs))];
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

function stationOff({ careUnitId, stationId, off }: StationToWatch, wallMs: number): readonly LimitsOffRow[] {
  if (off === null || off.untilMs <= wallMs) return [];
  return [
    {
      ...{ bedId: null, bedLabel: null, careUnitId, encounterId: null, ...NO_MORE, ...NOTHING },
      ...{ kind: 'station-off', sinceMs: off.fromMs, untilMs: off.untilMs, by: off.by, stationId },
    },
  ];
}
