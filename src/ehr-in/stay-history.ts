import { type FhirEncounter, instantMs } from './reading.js';
import type { StayHistory, Step } from './stay-steps.js';

/** Source: FHIR R4, EncounterStatus. `planned` and `unknown` move nobody. */
const STATES: Readonly<Record<string, StayHistory['state']>> = {
  arrived: 'open',
  triaged: 'open',
  'in-progress': 'open',
  onleave: 'open',
  finished: 'over',
  cancelled: 'void',
  'entered-in-error': 'void',
};
/** Somebody who lies in no bed. Source: HL7 v3 ActCode, ActEncounterCode: ambulatory, virtual, home, field, pre-admission. */
const NO_BED: ReadonlySet<string> = new Set(['AMB', 'VR', 'HH', 'FLD', 'PRENC']);
/** Not there yet. Source: FHIR R4, EncounterLocationStatus. */
const NOT_YET: ReadonlySet<string> = new Set(['planned', 'reserved']);

/** True for one that lies in no bed, and for one that has not begun. */
export function movesNobody(encounter: FhirEncounter): boolean {
  return NO_BED.has(encounter.class?.code ?? '') || STATES[encounter.status] === undefined;
}

/**
 * What an Encounter says of where somebody lay when. A place without a time has the one that it was told with, or that of the
 * admission if it is the first, or that of this version; an end likewise. Of places at the same time those count that are beds of
 * ours, because servers name the ward beside the bed.
 *
 * @param told what was told of it before
 * @param isOurs whether the Location of this id is a bed of ours
 */
export function historyOf(
  encounter: FhirEncounter,
  told: readonly Step[],
  isOurs: (locationId: string) => boolean,
  locationIdOf: (reference: string | undefined) => string | null,
  versionMs: number,
): StayHistory {
  const admittedMs = instantMs(encounter.period?.start);
  const named = encounter.location.flatMap(({ location, status, period }, at) => {
    const place = locationIdOf(location.reference);
    if (place === null || NOT_YET.has(status ?? 'active')) return [];
    const saidMs = instantMs(period?.start) ?? (at === 0 ? admittedMs : null);
    const fromMs = saidMs ?? told.find((step) => step.place === place)?.atMs ?? versionMs;
    return [{ place, fromMs, toMs: instantMs(period?.end) ?? Infinity }];
  });
  const ours = named.filter(({ place }) => isOurs(place));
  const places = named
    .filter((each) => isOurs(each.place) || !ours.some((other) => other.fromMs < each.toMs && each.fromMs < other.toMs))
    .sort((a, b) => a.fromMs - b.fromMs);
  const state = STATES[encounter.status] ?? 'open';
  return {
    state,
    // Without any place it says nothing of places: what was told holds.
    places: places.length > 0 ? places : placesOf(told),
    endMs: instantMs(encounter.period?.end) ?? told.find(({ kind }) => kind === 'discharge')?.atMs ?? null,
    versionMs,
  };
}

function placesOf(told: readonly Step[]): StayHistory['places'] {
  return told.flatMap(({ place, atMs }) => (place === null ? [] : [{ place, fromMs: atMs }]));
}
