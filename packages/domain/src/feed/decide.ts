import type { FeedMove, QuarantineReason } from '@vigil/contracts';
import { arrival, transfer } from './arrival.js';
import { apply, type DecideFeed, type FeedDecision, ignore, quarantine } from './decision.js';
import { type FeedKnown, isOurs, type KnownPatient } from './known.js';
import { cancelAdmit, cancelDischarge, cancelTransfer, discharge } from './leaving.js';
import { merge } from './merge.js';
import { differing, maySucceed, meant, news } from './who.js';

/** Clocks of two systems may differ by this much. */
const AHEAD_MS_MAX = 60_000;
/** Kinds of which an unknown place is a place of somebody who comes. */
const COMES: readonly FeedMove['kind'][] = ['admit', 'register', 'transfer'];

/**
 * The rules of ADR 0056, in this order: what waits for an earlier one waits; what is about nobody here and no bed of ours is ignored;
 * the patient must be one, found by the authority's identifiers, and the same by name, birth date and sex; the time must have been;
 * then what each kind needs.
 */
export const decideFeed: DecideFeed = (move, known) => {
  if (known.waitsForEarlier) return quarantine('waits-for-earlier');
  const who = meant(known.patients);
  if (who === 'several') return quarantine('ambiguous-patient');
  const patient = who === 'nobody' ? null : who;
  if (isNothingToUs(move, known, patient)) return ignore(move.outpatient === true ? 'outpatient' : 'not-our-unit');
  const doubt = doubtOf(move, known, patient);
  if (doubt !== null) return quarantine(doubt);
  return BY_KIND[move.kind](move, known, patient);
};

function isNothingToUs(move: FeedMove, known: FeedKnown, who: KnownPatient | null): boolean {
  if (isOurs(known.place) || isOurs(known.from)) return false;
  if (move.outpatient === true && COMES.includes(move.kind)) return who === null || who.stay === null;
  if (who !== null || known.merged.length > 0 || known.stay !== null) return false;
  return known.place !== 'unknown' || !COMES.includes(move.kind);
}

/** Why it can't be this person, or not at this time. */
function doubtOf(move: FeedMove, known: FeedKnown, who: KnownPatient | null): QuarantineReason | null {
  if (known.stay !== null && !known.patients.some(({ patient }) => patient.patientId === known.stay!.patientId)) {
    return known.identifiers.length === 0 ? 'no-identifier' : 'ambiguous-patient';
  }
  if (who !== null && !known.confirmed) {
    const isSame =
      move.kind === 'update' ? maySucceed(move.person, who.patient) : differing(move.person, who.patient).length === 0;
    if (!isSame) return 'person-differs';
  }
  return move.atMs > known.nowMs + AHEAD_MS_MAX ? 'time-in-future' : null;
}

type ByKind = Record<FeedMove['kind'], (move: FeedMove, known: FeedKnown, who: KnownPatient | null) => FeedDecision>;

/** A kind without a row does not compile. */
const BY_KIND: ByKind = {
  admit: arrival,
  // Somebody is registered somewhere: that alone puts nobody into a bed.
  register: (move, known, who) => (known.place === 'none' ? ignore('no-change') : arrival(move, known, who)),
  transfer,
  discharge: ofPatient(discharge),
  update: ofPatient(update),
  cancelAdmit: ofPatient(cancelAdmit),
  cancelTransfer: ofPatient(cancelTransfer),
  cancelDischarge: ofPatient(cancelDischarge),
  merge,
};

/** Of somebody who is not on record, these can't be. */
function ofPatient(decide: (move: FeedMove, known: FeedKnown, who: KnownPatient) => FeedDecision): ByKind[FeedMove['kind']] {
  return (move, known, who) => (who === null ? quarantine('no-identifier') : decide(move, known, who));
}

/** A08. Moves nobody, whatever place it names. */
function update({ person }: FeedMove, _: FeedKnown, { patient }: KnownPatient): FeedDecision {
  const changed = news(person, patient);
  if (Object.keys(changed).length === 0) return ignore('no-change');
  return apply({ do: 'updatePatient', patientId: patient.patientId, person: changed });
}
