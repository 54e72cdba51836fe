import type { FeedMove } from '@vigil/contracts';
import { apply, type FeedDecision, ignore, quarantine } from './decision.js';
import { isOurs, type FeedKnown, type KnownPatient, type KnownStay } from './known.js';
import { stayMeant } from './stays.js';

type Found = { readonly stay: KnownStay } | { readonly decision: FeedDecision };

/** A03 */
export function discharge(move: FeedMove, known: FeedKnown, who: KnownPatient): FeedDecision {
  const found = find(move, known, who);
  if ('decision' in found) return found.decision;
  const { stay } = found;
  if (stay.dischargedMs !== null) return ignore('no-change');
  if (move.atMs < stay.inBedSinceMs) return quarantine('time-before-stay');
  if (isElsewhere(known, stay)) return quarantine('patient-elsewhere');
  return apply({ do: 'discharge', encounterId: stay.encounterId, atMs: move.atMs });
}

/** A11. Who has been in a second bed was admitted: what then was wrong, a person has to say. */
export function cancelAdmit(move: FeedMove, known: FeedKnown, who: KnownPatient): FeedDecision {
  const found = find(move, known, who);
  if ('decision' in found) return found.decision;
  const { stay } = found;
  if (stay.dischargedMs !== null || stay.before !== null) return quarantine('overlap');
  if (move.atMs < stay.admittedMs) return quarantine('time-before-stay');
  if (isElsewhere(known, stay)) return quarantine('patient-elsewhere');
  return apply({ do: 'void', encounterId: stay.encounterId, atMs: move.atMs });
}

/** A12. Back to the bed of before, and to no other. */
export function cancelTransfer(move: FeedMove, known: FeedKnown, who: KnownPatient): FeedDecision {
  const found = find(move, known, who);
  if ('decision' in found) return found.decision;
  const { stay } = found;
  const { place } = known;
  if (stay.dischargedMs !== null) return quarantine('overlap');
  if (place === 'unknown' || place === 'elsewhere') return quarantine('unknown-place');
  if (stay.before === null) {
    return isOurs(place) && place.bedId === stay.bedId ? ignore('no-change') : quarantine('stay-unknown');
  }
  if (isOurs(place) && place.bedId !== stay.before.bedId) return quarantine('patient-elsewhere');
  if (move.atMs < stay.inBedSinceMs) return quarantine('time-before-stay');
  if (isOurs(place) && place.taken !== null) return quarantine('bed-taken');
  return apply({ do: 'cancelTransfer', encounterId: stay.encounterId, bedId: stay.before.bedId, atMs: move.atMs });
}

/** A13. To the bed where the stay was, or to the one that the message names. */
export function cancelDischarge(move: FeedMove, known: FeedKnown, who: KnownPatient): FeedDecision {
  const found = find(move, known, who);
  if ('decision' in found) return found.decision;
  const { stay } = found;
  const { place } = known;
  if (stay.dischargedMs === null) return ignore('no-change');
  if (who.stay !== null) return quarantine('patient-elsewhere');
  if (place === 'unknown' || place === 'elsewhere') return quarantine('unknown-place');
  if (move.atMs < stay.dischargedMs) return quarantine('time-before-stay');
  if (isOurs(place) && place.taken !== null) return quarantine('bed-taken');
  const bedId = isOurs(place) ? place.bedId : stay.bedId;
  return apply({ do: 'reopen', encounterId: stay.encounterId, bedId, atMs: move.atMs });
}

/** What ends or takes back a stay that we have not is nothing to us, unless it names a bed of ours. */
function find(move: FeedMove, known: FeedKnown, who: KnownPatient): Found {
  const stay = stayMeant(move, known, who);
  if (stay === 'other') return { decision: quarantine('stay-unknown') };
  if (stay !== 'none') return { stay };
  return { decision: isOurs(known.place) ? quarantine('stay-unknown') : ignore('not-our-unit') };
}

/** The stay was found by the patient alone, and the message names another bed of ours. */
function isElsewhere({ place, stay: byVisit }: FeedKnown, stay: KnownStay): boolean {
  return byVisit === null && isOurs(place) && place.bedId !== stay.bedId;
}
