import type { LogEventOf } from '@vigil/contracts';
import { NO_EVIDENCE } from './conditions.js';
import { careUnitHere } from './placed.js';
import { STAY_CORRECTED } from './rules/built-in.js';
import { isAlarming } from './rules/delays.js';
import { emptyMemoryOf } from './rules/memory.js';
import { dropShelves } from './shelves.js';
import { endStandby, type StandbyOut } from './standby.js';
import type { ActiveRules, BedState, LimitState } from './state.js';
import { forgetLeft, noteLeft, TAKEN_MAX } from './stay.js';

/**
 * Another person lies here than was believed. The alarms are about who lies here: they go on under their ids, each told once of the
 * right stay. What was set, charted or learnt of the wrong person goes, and that it happened is said until somebody has seen it.
 *
 * Call it where the wrong stay is the one that is here. Told again, it changes nothing.
 *
 * @returns true where it has changed something: rules that look at other rules, or at scores that are gone, then have to be asked anew
 */
export function stepStayCorrected(
  bed: BedState,
  event: LogEventOf<'stayCorrected'>,
  rules: ActiveRules | null,
  out: StandbyOut,
): boolean {
  const wrong = bed.encounter;
  if (wrong?.encounterId !== event.wrongEncounterId || bed.taken?.includes(event.id) === true) return false;
  const { encounterId, patientId, ageGroup, atMs } = event;
  const { conditions } = out;
  bed.taken = [...(bed.taken ?? []), event.id].slice(-TAKEN_MAX);
  endStandby(bed, 'left', atMs, out);
  dropShelves(bed, 'left', atMs, out.appends);
  noteLeft(bed, { encounterId: wrong.encounterId, atMs, toBedId: null, eventId: event.id });
  forgetLeft(bed, encounterId);
  const sinceMs = Math.max(event.sinceMs, lastLeftMs(bed, event, wrong.sinceMs));
  const careUnitId = careUnitHere(bed, event.careUnitId ?? wrong.careUnitId, atMs);
  bed.encounter = {
    ...{ encounterId, patientId, sinceMs },
    ...(ageGroup === undefined ? {} : { ageGroup }),
    ...(careUnitId === undefined ? {} : { careUnitId }),
  };
  forgetPerson(bed, wrong.sinceMs, sinceMs, rules);
  conditions.closeOne(STAY_CORRECTED, atMs);
  for (const open of Object.values(bed.alarms)) conditions.correct(open, encounterId, atMs);
  conditions.raise(
    {
      ...{ conditionCode: STAY_CORRECTED, kind: 'technical', priority: 'medium', metric: null },
      ...{ evidence: NO_EVIDENCE, ruleId: STAY_CORRECTED, origin: event.origin },
    },
    atMs,
  );
  return true;
}

/** Two records were one person: nothing that watches the stay changes. One of before another merge is old. */
export function stepPatientMerged(bed: BedState, event: LogEventOf<'patientMerged'>): void {
  const { encounter } = bed;
  if (encounter?.encounterId !== event.encounterId || encounter.patientId !== event.fromPatientId) return;
  bed.encounter = { ...encounter, patientId: event.patientId };
}

/** What was measured here before somebody else left is not of who lies here now. Who left since the wrong stay began says nothing. */
function lastLeftMs({ left = [] }: BedState, event: LogEventOf<'stayCorrected'>, wrongSinceMs: number): number {
  const { encounterId, wrongEncounterId } = event;
  const others = left.filter((each) => each.encounterId !== encounterId && each.encounterId !== wrongEncounterId);
  return Math.max(0, ...others.map((each) => each.atMs).filter((atMs) => atMs <= wrongSinceMs));
}

/** Kinds of rules that remember nothing but what was measured lately. */
const MEASURING: ReadonlySet<string> = new Set(['window', 'rateOfChange', 'eventCount']);

/**
 * Since the wrong stay began, this bed has measured who lies here now from `sinceMs` on. What was measured before that goes; what people
 * have set or charted, and what is usual for a person, goes in any case. An alarm that holds keeps its phase, so that readings can end it.
 */
function forgetPerson(bed: BedState, wrongSinceMs: number, sinceMs: number, rules: ActiveRules | null): void {
  const isAllMine = wrongSinceMs >= sinceMs;
  bed.overrides = {};
  delete bed.scores;
  for (const [id, state] of Object.entries(bed.rules ?? {})) {
    const rule = rules?.ruleSet.rules.find((each) => each.id === id);
    if (rule !== undefined && (rule.kind === 'composite' || (isAllMine && MEASURING.has(rule.kind)))) continue;
    beginAnew(state, Infinity);
    Object.assign(state, { isKnown: false, memory: rule === undefined ? null : emptyMemoryOf(rule) });
  }
  if (isAllMine) return;
  for (const state of Object.values(bed.windows)) state.open = state.open.filter(({ startMs }) => startMs >= sinceMs);
  for (const state of Object.values(bed.limits)) beginAnew(state, sinceMs);
}

/** A delay that began before `sinceMs` begins with the next reading. */
function beginAnew(state: LimitState, sinceMs: number): void {
  if (isAlarming(state) || state.sinceMs >= sinceMs) return;
  state.phase = 'inside';
  delete state.levels;
}
