import type { DisplaySettings } from '@vigil/contracts';
import type { BedInfo, UnitState } from './unit-state.js';

type Names = DisplaySettings['stationNames'];

/** The same bed gives the same object, so that a tile renders only when something of it has changed. */
const masked = new WeakMap<BedInfo, { readonly names: Names; readonly bed: BedInfo }>();

/** `J. N.` of `NOVAKOVA, Jana`: enough for those who know who lies there. Whole letters, whatever they are made of. */
export function initialsOf(displayName: string): string {
  const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const [surname = '', first = ''] = displayName.split(',', 2).map((part) => part.trim());
  const letters = [first, surname].flatMap((part) => [...segments.segment(part)].slice(0, 1).map(({ segment }) => `${segment}.`));
  return letters.join(' ');
}

function maskedBed(bed: BedInfo, names: Names): BedInfo {
  if (!bed.encounter) return bed;
  const known = masked.get(bed);
  if (known?.names === names) return known.bed;
  const displayName = names === 'initials' ? initialsOf(bed.encounter.displayName) : '';
  const next = { ...bed, encounter: { ...bed.encounter, displayName, birthDate: '' } };
  masked.set(bed, { names, bed: next });
  return next;
}

/** What of a unit is on the screen: at a station with nobody signed in no more of a name than the site allows. */
export function withNames(state: UnitState, names: Names, isSignedIn: boolean): UnitState {
  if (isSignedIn || names === 'full') return state;
  return { ...state, beds: new Map([...state.beds].map(([id, bed]) => [id, maskedBed(bed, names)])) };
}
