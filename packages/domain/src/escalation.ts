import type { AlarmId, AlarmTransition, EscalationState, Priority, StaffId, StaffRole } from '@vigil/contracts';

/** Who is told, in order. Times are wall time. */
export interface EscalationPolicy {
  readonly steps: readonly { readonly tell: StaffRole; readonly waitMs: number }[];
  /** Priorities that page at all. */
  readonly priorities: readonly Priority[];
}

/** Plain data; one row per alarm. `rev` counts its changes and guards commands (D11). */
export interface Escalation {
  readonly alarmId: AlarmId;
  readonly state: EscalationState;
  readonly rev: number;
  /** Index of the policy step that was told last; -1 before the first. */
  readonly step: number;
  /** Wall time at which the next step is due; null when none is. */
  readonly nextAtMs: number | null;
  readonly startedAtMs: number;
  /** Who accepted last. While it runs: who had accepted it before it became more urgent, and is told of that too. */
  readonly acceptedBy: StaffId | null;
  readonly acceptedAtMs: number | null;
}

/** Starts with the first step due at once, or stays idle where the policy does not page for this priority. */
export function startEscalation(alarmId: AlarmId, priority: Priority, policy: EscalationPolicy, nowMs: number): Escalation {
  const pages = policy.priorities.includes(priority) && policy.steps.length > 0;
  return {
    alarmId,
    state: pages ? 'running' : 'idle',
    rev: 1,
    step: -1,
    nextAtMs: pages ? nowMs : null,
    startedAtMs: nowMs,
    acceptedBy: null,
    acceptedAtMs: null,
  };
}

export interface OnDuty {
  readonly staffId: StaffId;
  readonly role: StaffRole;
  /** True when the person answers for this very bed, false for the whole care unit. */
  readonly forBed: boolean;
}

/** One person to be told. Every page carries the reason why this person (docs/architecture.md, step 9). */
export interface PlannedPage {
  readonly staffId: StaffId;
  readonly step: number;
  readonly reason: string;
}

export interface EscalationStep {
  readonly escalation: Escalation;
  readonly pages: readonly PlannedPage[];
  /** Steps for which nobody was on duty: skipped at once and reported (FR-E4). */
  readonly skipped: readonly number[];
  /** True when the policy has ended without anybody accepting, or has found nobody: an alarm of its own (D10). */
  readonly exhausted: boolean;
}

/**
 * What is due now: the pages of the next step that has somebody on duty, or the end of the policy.
 *
 * Pure and unconditional: receipts never steer (D12). Calling it before `nextAtMs`, or in any state but running,
 * changes nothing.
 */
export function nextPages(
  escalation: Escalation,
  policy: EscalationPolicy,
  onDuty: readonly OnDuty[],
  nowMs: number,
): EscalationStep {
  const nothing: EscalationStep = { escalation, pages: [], skipped: [], exhausted: false };
  if (escalation.state !== 'running' || escalation.nextAtMs === null || nowMs < escalation.nextAtMs) return nothing;

  const skipped: number[] = [];
  for (let step = escalation.step + 1; step < policy.steps.length; step++) {
    const { tell, waitMs } = policy.steps[step]!;
    const people = preferBed(onDuty.filter((p) => p.role === tell));
    if (people.length === 0) {
      skipped.push(step);
      continue;
    }
    const told = people.map((p) => ({ staffId: p.staffId, step, reason: reasonFor(p, step) }));
    return {
      escalation: { ...escalation, rev: escalation.rev + 1, step, nextAtMs: nowMs + waitMs },
      pages: [...told, ...earlierAcceptor(escalation, step).filter((p) => !people.some((each) => each.staffId === p.staffId))],
      skipped,
      exhausted: false,
    };
  }
  return escalation.step < 0 ? askAgain(escalation, skipped, nowMs) : ranOut(escalation, policy, skipped);
}

/** Wall time after which an alarm for which nobody was on duty asks again who is. */
export const NOBODY_RETRY_MS = 30_000;

/** Nobody was on duty at all: said once, and asked for again while the alarm lasts, because somebody may come on duty. */
function askAgain(escalation: Escalation, skipped: readonly number[], nowMs: number): EscalationStep {
  const first = isFirst(escalation);
  return {
    escalation: { ...escalation, rev: escalation.rev + 1, nextAtMs: nowMs + NOBODY_RETRY_MS },
    pages: earlierAcceptor(escalation, 0),
    skipped: first ? skipped : [],
    exhausted: first,
  };
}

/** Nobody was asked for yet since it started. */
function isFirst({ step, nextAtMs, startedAtMs }: Escalation): boolean {
  return step < 0 && nextAtMs === startedAtMs;
}

/** Who said "I am going" to something less urgent has to know how urgent it is; on duty for the bed or not. */
function earlierAcceptor(escalation: Escalation, step: number): readonly PlannedPage[] {
  if (escalation.acceptedBy === null || !isFirst(escalation)) return [];
  return [{ staffId: escalation.acceptedBy, step, reason: `step ${step + 1}: accepted it when it was less urgent` }];
}

function ranOut(escalation: Escalation, policy: EscalationPolicy, skipped: readonly number[]): EscalationStep {
  return {
    escalation: { ...escalation, rev: escalation.rev + 1, state: 'ended', step: policy.steps.length, nextAtMs: null },
    pages: [],
    skipped,
    exhausted: true,
  };
}

/** Accept: "I am going". Total; answers null where there is nothing left to accept. */
export function acceptEscalation(escalation: Escalation, by: StaffId, nowMs: number): Escalation | null {
  if (escalation.state === 'accepted') return null;
  return { ...escalation, state: 'accepted', rev: escalation.rev + 1, nextAtMs: null, acceptedBy: by, acceptedAtMs: nowMs };
}

/** The alarm's condition has ended: nobody else is told. An accepted escalation stays accepted, so that it shows who went. */
export function resolveEscalation(escalation: Escalation): Escalation {
  if (escalation.state !== 'running' && escalation.state !== 'pending') return escalation;
  return { ...escalation, state: 'ended', rev: escalation.rev + 1, nextAtMs: null };
}

/** What a change of the alarm may mean for its escalation. */
export interface AlarmNews extends Pick<AlarmTransition, 'cause' | 'priority' | 'conditionCode'> {
  /** It has had this priority, or a higher one, before. Matters for a rise only. */
  readonly wasAsUrgent: boolean;
  /** Its condition held until now. */
  readonly wasActive: boolean;
  /** It came to a bed of another care unit: nobody there was told. */
  readonly isElsewhere: boolean;
}

/**
 * What becomes of the escalation when the alarm changes; the same object where nothing does. Decides for:
 *
 * - a rise: begins anew at its first step, whether it runs, ran out, or was accepted: acceptance covers the priorities that the alarm
 *   had until then, and none above. One that goes down and up again is no news, or it would never reach the second person;
 * - another care unit: begins anew there, unless somebody has accepted: that person goes along;
 * - the word that what a gateway raised holds: its wait is over;
 * - the end: nobody else is told.
 *
 * @param startMs wall time at which the first page may leave
 */
export function followAlarm(old: Escalation, news: AlarmNews, policy: EscalationPolicy, startMs: number): Escalation {
  switch (news.cause) {
    case 'raised': {
      const isUnderWay = old.state === 'accepted' || (old.state === 'running' && old.step >= 0);
      return news.wasAsUrgent && isUnderWay ? old : beginAnew(old, news.priority, policy, startMs);
    }
    case 'carried':
      return mustTellAnew(old, news, policy) ? beginAnew(old, news.priority, policy, startMs) : old;
    case 'confirmed':
      // Once it has told somebody, it goes on as it is.
      if (old.state !== 'running' || old.step >= 0) return old;
      return { ...old, rev: old.rev + 1, startedAtMs: startMs, nextAtMs: startMs };
    case 'end':
    case 'closed':
      return resolveEscalation(old);
    default:
      return old;
  }
}

/** The alarm that says "not accepted" goes along with the one that it speaks of, which tells the new unit itself. */
function mustTellAnew(old: Escalation, news: AlarmNews, policy: EscalationPolicy): boolean {
  if (!news.isElsewhere || news.conditionCode === 'notAccepted') return false;
  const hasRunOut = old.state === 'ended' && old.step >= policy.steps.length;
  return old.state === 'running' || (hasRunOut && news.wasActive);
}

/** A wait for the word that it holds postpones nothing that was under way before. */
function beginAnew(old: Escalation, priority: Priority, policy: EscalationPolicy, startMs: number): Escalation {
  const nextMs = old.state === 'running' ? Math.min(startMs, old.nextAtMs ?? startMs) : startMs;
  const started = startEscalation(old.alarmId, priority, policy, nextMs);
  if (started.state !== 'running') return old;
  return { ...started, rev: old.rev + 1, acceptedBy: old.acceptedBy, acceptedAtMs: old.acceptedAtMs };
}

/** Those assigned to the bed come before those who answer for the whole unit in the same role. */
function preferBed(people: readonly OnDuty[]): readonly OnDuty[] {
  const own = people.filter((p) => p.forBed);
  return own.length > 0 ? own : people;
}

function reasonFor(person: OnDuty, step: number): string {
  const who = person.role === 'primary' ? 'primary nurse' : 'charge nurse';
  return `step ${step + 1}: ${who} ${person.forBed ? 'of this bed' : 'of the care unit'}`;
}
