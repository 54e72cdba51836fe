import type { StaffRole } from '@vigil/contracts';
import { type Escalation, type EscalationStep, type OnDuty, type PlannedPage } from './escalation.js';
import { declinedNow, earlierOf, runAgain } from './escalation-answers.js';
import { ESCALATION_TABLE } from './escalation-table.js';
import { type PagingRoute, targetKey } from './paging-policy.js';

/** Wall time after which an alarm for which nobody was found asks again who is there. */
export const NOBODY_RETRY_MS = 30_000;

/**
 * What is due now: the pages of the next step that finds anybody, or the end of the policy. Where somebody was to be there by now and nobody has said to
 * be, it runs again first.
 *
 * Pure and unconditional: receipts never steer (D12). Calling it before `nextAtMs`, or where nothing is due, changes nothing.
 *
 * @param route the one that the escalation has pinned
 * @param people whom the targets of its steps find at this moment, and whom a page can reach
 */
export function nextPages(escalation: Escalation, route: PagingRoute, people: readonly OnDuty[], nowMs: number): EscalationStep {
  const nothing: EscalationStep = { escalation, pages: [], skipped: [], exhausted: false, because: null };
  if (escalation.nextAtMs === null || nowMs < escalation.nextAtMs) return nothing;
  switch (ESCALATION_TABLE[escalation.state].due) {
    case 'tell':
      return tell(escalation, route, people, nowMs, null);
    case 'ask':
      return tell(notThere(escalation, nowMs), route, people, nowMs, 'nobody who accepted has said to be there');
    default:
      return nothing;
  }
}

/** When somebody is told next, and who: nobody where nobody is found, who is then asked for again at that time. */
export interface NextTold {
  /** Wall time; null where nobody is told any more unless something happens. */
  readonly nextAtMs: number | null;
  readonly pages: readonly PlannedPage[];
}

/** What is going to be told of one that runs, if nobody answers and nobody comes on duty or leaves. Pure. */
export function nextTold(escalation: Escalation, route: PagingRoute, people: readonly OnDuty[]): NextTold {
  if (escalation.state !== 'running' || escalation.nextAtMs === null) return { nextAtMs: null, pages: [] };
  const due = nextPages(escalation, route, people, escalation.nextAtMs);
  if (due.pages.length > 0) return { nextAtMs: escalation.nextAtMs, pages: due.pages };
  const { state, nextAtMs } = due.escalation;
  if (state !== 'running' || nextAtMs === null) return { nextAtMs: null, pages: [] };
  // Nobody is left in this round: it begins again, or asks again who is there.
  return { nextAtMs, pages: nextPages(due.escalation, route, people, nextAtMs).pages };
}

/** Who accepted has not come in time, as far as anybody knows: they count no more, and are told so. */
function notThere(escalation: Escalation, nowMs: number): Escalation {
  const earlier = earlierOf(escalation, escalation.accepts, 'notThere');
  return { ...runAgain(escalation, nowMs), accepts: [], earlier };
}

function tell(
  old: Escalation,
  route: PagingRoute,
  people: readonly OnDuty[],
  nowMs: number,
  because: string | null,
): EscalationStep {
  const skipped: number[] = [];
  for (let step = old.step + 1; step < route.steps.length; step++) {
    const pages = stepPages(old, route, people, step);
    if (pages.length === 0) {
      skipped.push(step);
      continue;
    }
    const told = pages.map((page) => page.staffId);
    const all = [...pages, ...earlierAcceptors(old, step).filter((page) => !told.includes(page.staffId))];
    const escalation = {
      ...allTold(old),
      rev: old.rev + 1,
      step,
      told,
      nextAtMs: nowMs + route.steps[step]!.waitMs,
      foundNobody: false,
    };
    return {
      escalation,
      pages: because === null ? all : all.map((page) => withReason(page, because)),
      skipped,
      exhausted: false,
      because,
    };
  }
  return old.step < 0 ? askAgain(old, skipped, nowMs, because) : ranOut(old, route, skipped, nowMs, because);
}

/** Nobody was found at all: said once, and asked for again while the alarm lasts, because somebody may come on duty. */
function askAgain(old: Escalation, skipped: readonly number[], nowMs: number, because: string | null): EscalationStep {
  return {
    escalation: { ...allTold(old), rev: old.rev + 1, nextAtMs: nowMs + NOBODY_RETRY_MS, foundNobody: true, isReported: true },
    pages: earlierAcceptors(old, 0),
    skipped: old.foundNobody ? [] : skipped,
    exhausted: !old.isReported,
    because,
  };
}

/** The policy's end: begun again after its time where it repeats, ended where it does not. Said once either way. */
function ranOut(
  old: Escalation,
  route: PagingRoute,
  skipped: readonly number[],
  nowMs: number,
  because: string | null,
): EscalationStep {
  const { repeat } = route;
  const result = { pages: earlierAcceptors(old, old.step), skipped, exhausted: !old.isReported, because };
  const told = { ...allTold(old), rev: old.rev + 1, isReported: true };
  if (repeat === null || (repeat.times !== null && old.repeats >= repeat.times)) {
    const ended = { ...told, state: 'ended', endedWhy: 'ranOut', step: route.steps.length, nextAtMs: null } as const;
    // Its last end is said too: until then it was going to begin again.
    return { ...result, escalation: ended, exhausted: result.exhausted || old.repeats > 0 };
  }
  const again = { step: -1, told: [], round: old.round + 1, repeats: old.repeats + 1, nextAtMs: nowMs + repeat.afterMs };
  return { ...result, escalation: { ...told, ...again, foundNobody: false } };
}

/** Those whom the targets of the step find, each once, but for who is going already and who has declined in this round. */
function stepPages(escalation: Escalation, route: PagingRoute, people: readonly OnDuty[], step: number): readonly PlannedPage[] {
  const declined = escalation.pinned.declineEscalates ? declinedNow(escalation) : new Set();
  const pages = new Map<string, PlannedPage>();
  for (const target of route.steps[step]!.tell) {
    for (const person of preferBed(people.filter((each) => each.target === targetKey(target)))) {
      const { staffId } = person;
      const knows = pages.has(staffId) || declined.has(staffId) || escalation.accepts.some((each) => each.by === staffId);
      if (!knows) pages.set(staffId, { staffId, step, reason: reasonFor(person, target, step), kind: 'alarm' });
    }
  }
  return [...pages.values()];
}

/** Who said "I am going", and is not to be counted on any more, has to know; on duty for the bed or not. */
function earlierAcceptors(escalation: Escalation, step: number): readonly PlannedPage[] {
  return escalation.earlier
    .filter((each) => !each.isTold)
    .map(({ by, why }) => {
      const words = why === 'lessUrgent' ? 'accepted it when it was less urgent' : 'accepted it and has not said to be there';
      return { staffId: by, step, reason: `step ${step + 1}: ${words}`, kind: 'alarm' } as const;
    });
}

function allTold(escalation: Escalation): Escalation {
  return { ...escalation, earlier: escalation.earlier.map((each) => ({ ...each, isTold: true })) };
}

function withReason(page: PlannedPage, because: string): PlannedPage {
  return { ...page, reason: `${page.reason}; ${because}` };
}

/** Those assigned to the bed come before those who answer for the whole unit in the same role. */
function preferBed(people: readonly OnDuty[]): readonly OnDuty[] {
  const own = people.filter((each) => each.forBed);
  return own.length > 0 ? own : people;
}

const ROLE_WORDS: Readonly<Record<StaffRole, string>> = {
  primary: 'primary nurse',
  buddy: 'buddy nurse',
  charge: 'charge nurse',
  'rapid-response': 'rapid response',
};

function reasonFor(person: OnDuty, target: PagingRoute['steps'][number]['tell'][number], step: number): string {
  switch (target.kind) {
    case 'role':
      return `step ${step + 1}: ${ROLE_WORDS[target.role]} ${person.forBed ? 'of this bed' : 'of the care unit'}`;
    case 'schedule':
      return `step ${step + 1}: on call by the schedule ${target.scheduleId}`;
    case 'person':
      return `step ${step + 1}: named in the policy`;
  }
}
