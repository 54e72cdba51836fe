import type { LogEventOf, OnCallTroubleCode, Priority } from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import type { CareUnitState } from './state.js';

/** Who was to be told is not, or nothing says that they would be: `high`. One of several ways or people is missing: `medium`. */
const TROUBLE_PRIORITY: Readonly<Record<OnCallTroubleCode, Priority>> = {
  nobodyOnCall: 'high',
  unreachable: 'medium',
  undelivered: 'high',
  escalatorStopped: 'high',
  canaryLate: 'high',
  stationSilent: 'medium',
  unitUnwatched: 'high',
};

/** Nobody is on call in an hour, and somebody is now: there is time to put it right. */
export const NOBODY_SOON = 'in-1h';

/** Subjects of one trouble that are kept; the store tells of fewer at a time, so that those of the watchdog have room. */
const SUBJECTS_MAX = 256;
/** Of those, as many as the alarm names. */
const SUBJECTS_TOLD_MAX = 16;

/** The condition that a trouble is; no rule of a site can have this name. */
export const troubleCondition = (trouble: OnCallTroubleCode): string => `onCall.${trouble}`;

/**
 * Something is wrong with being told at all in this care unit, or no longer is. One alarm per trouble, however many subjects it has;
 * it ends with the last of them. Saying again what is known changes nothing.
 */
export function stepOnCallTrouble(unit: CareUnitState, event: LogEventOf<'onCallTrouble'>, conditions: Conditions): void {
  const { trouble, subject, active, atMs } = event;
  const subjects = (unit.troubles[trouble] ??= []);
  const at = subjects.indexOf(subject);
  if (active === at >= 0) return;
  if (active && subjects.length >= SUBJECTS_MAX) return;
  if (active) subjects.push(subject);
  else subjects.splice(at, 1);
  if (subjects.length === 0) {
    delete unit.troubles[trouble];
    conditions.end(troubleCondition(trouble), atMs);
    return;
  }
  conditions.hold(
    {
      conditionCode: troubleCondition(trouble),
      kind: 'technical',
      priority:
        trouble === 'nobodyOnCall' && subjects.every((each) => each === NOBODY_SOON) ? 'medium' : TROUBLE_PRIORITY[trouble],
      metric: null,
      evidence: { ...NO_EVIDENCE, samples: subjects.length, because: subjects.slice(0, SUBJECTS_TOLD_MAX) },
      ruleId: troubleCondition(trouble),
      origin: event.origin,
    },
    atMs,
    true,
  );
}
