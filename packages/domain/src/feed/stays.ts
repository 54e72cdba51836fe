import type { BedId, FeedMove } from '@vigil/contracts';
import { isOurs, type FeedKnown, type KnownPatient, type KnownStay } from './known.js';

/**
 * The stay that a message is about. By its visit number; without one it is the patient's open stay. A number that is not known here
 * is that of a stay which somebody opened by hand without one, if the message names its bed as well; else of another stay (`other`).
 */
export function stayMeant(move: FeedMove, known: FeedKnown, who: KnownPatient): KnownStay | 'none' | 'other' {
  if (known.stay !== null) return known.stay;
  const open = who.stay;
  if (open === null) return 'none';
  if (move.visit === null) return open;
  const namesBed = [known.place, known.from].some((place) => isOurs(place) && place.bedId === open.bedId);
  return open.visit === null && namesBed ? open : 'other';
}

/** True where it is on record that the stay was in this bed at that time: then the message says nothing new. */
export function wasThere(stay: KnownStay, bedId: BedId, atMs: number): boolean {
  if (atMs >= stay.inBedSinceMs) return stay.bedId === bedId;
  return stay.before !== null && stay.before.bedId === bedId && atMs >= stay.before.fromMs;
}
