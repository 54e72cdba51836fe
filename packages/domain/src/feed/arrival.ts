import type { FeedMove } from '@vigil/contracts';
import { apply, type FeedDecision, ignore, quarantine } from './decision.js';
import { isOurs, type FeedKnown, type KnownPatient, type KnownPlace, type KnownStay } from './known.js';
import { stayMeant, wasThere } from './stays.js';
import { recorded } from './who.js';

/** Somebody comes to a bed: an admission, or a transfer of one who was at no bed of ours. @param who null: not on record yet */
export function arrival(move: FeedMove, known: FeedKnown, who: KnownPatient | null): FeedDecision {
  const { place } = known;
  const open = who?.stay ?? null;
  if (place === 'none') return quarantine('missing-field');
  if (place === 'elsewhere' && open === null) return ignore('not-our-unit');
  if (!isOurs(place)) return quarantine('unknown-place');
  if (open !== null) return besides(open, move, place);
  if (known.stay !== null && move.atMs < known.stay.dischargedMs!) {
    return wasThere(known.stay, place.bedId, move.atMs) ? ignore('older-than-known') : quarantine('overlap');
  }
  if (place.taken !== null) return quarantine('bed-taken');
  const { visit, atMs } = move;
  if (who !== null) return apply({ do: 'admit', patientId: who.patient.patientId, bedId: place.bedId, visit, atMs });
  const person = recorded(move, known);
  if (person.do !== 'recordPatient') return person;
  return apply(person, { do: 'admit', patientId: 'recorded', bedId: place.bedId, visit, atMs });
}

/** An admission while the patient has a stay already: the same again, or one of the two is wrong. */
function besides(open: KnownStay, { visit, atMs }: FeedMove, { bedId }: KnownPlace): FeedDecision {
  const isAnother =
    visit !== null && open.visit !== null && (visit.system !== open.visit.system || visit.value !== open.visit.value);
  if (isAnother) return quarantine('patient-elsewhere');
  if (open.bedId === bedId) return ignore(atMs < open.admittedMs ? 'older-than-known' : 'no-change');
  if (wasThere(open, bedId, atMs)) return ignore('older-than-known');
  return quarantine(atMs < open.inBedSinceMs ? 'time-before-stay' : 'patient-elsewhere');
}

/** A02. Who was at no bed of ours arrives; whom it has come from one of ours, we would have to know. */
export function transfer(move: FeedMove, known: FeedKnown, who: KnownPatient | null): FeedDecision {
  const { place, from } = known;
  const stay = who === null ? 'none' : stayMeant(move, known, who);
  if (stay === 'other') return quarantine('patient-elsewhere');
  if (stay === 'none' || stay.dischargedMs !== null) {
    const isUnknown = stay === 'none' || move.atMs >= stay.dischargedMs!;
    return isUnknown && isOurs(from) ? quarantine('stay-unknown') : arrival(move, known, who);
  }
  if (place === 'none') return quarantine('missing-field');
  if (!isOurs(place)) return quarantine('unknown-place');
  if (place.bedId === stay.bedId) return ignore(move.atMs < stay.inBedSinceMs ? 'older-than-known' : 'no-change');
  if (move.atMs <= stay.inBedSinceMs) {
    return wasThere(stay, place.bedId, move.atMs) ? ignore('older-than-known') : quarantine('time-before-stay');
  }
  if (isOurs(from) && from.bedId !== stay.bedId) return quarantine('patient-elsewhere');
  if (place.taken !== null) return quarantine('bed-taken');
  return apply({ do: 'transfer', encounterId: stay.encounterId, bedId: place.bedId, atMs: move.atMs });
}
