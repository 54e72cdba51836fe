import type { FeedMove } from '@vigil/contracts';
import { apply, type FeedDecision, ignore, quarantine } from './decision.js';
import type { FeedKnown, KnownPatient } from './known.js';
import { meant, recorded } from './who.js';

/** A40. @param who who survives; null: not on record yet, as with a number given in an emergency that goes into the real one */
export function merge(move: FeedMove, known: FeedKnown, who: KnownPatient | null): FeedDecision {
  const from = meant(known.merged);
  if (from === 'nobody') return ignore('not-our-unit');
  if (from === 'several') return quarantine('ambiguous-patient');
  if (who?.patient.patientId === from.patient.patientId) return ignore('no-change');
  // It went into somebody else before: one of the two merges is wrong.
  if (known.merged.some(({ mergedInto }) => mergedInto !== null)) return quarantine('ambiguous-patient');
  if (who !== null) {
    if (who.stay !== null && from.stay !== null) return quarantine('merge-of-two-stays');
    return apply({ do: 'merge', from: from.patient.patientId, into: who.patient.patientId });
  }
  const person = recorded(move, known);
  if (person.do !== 'recordPatient') return person;
  return apply(person, { do: 'merge', from: from.patient.patientId, into: 'recorded' });
}
