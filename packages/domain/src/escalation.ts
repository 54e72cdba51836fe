import type { AlarmId, DeclineReason, EscalationState, PageKind, PolicyHash, StaffId } from '@vigil/contracts';
import { type PagingPolicy, type RoutedAlarm, routeFor } from './paging-policy.js';

/** "I am going", and "I am there". Wall times. */
export interface Accept {
  readonly by: StaffId;
  readonly atMs: number;
  readonly arrivedAtMs: number | null;
}

/** A person's answer that somebody else has to go (D25). */
export interface Decline {
  readonly by: StaffId;
  readonly atMs: number;
  readonly reason: DeclineReason;
  /** The round in which it was said: whoever is asked again may answer otherwise. */
  readonly round: number;
}

/** Who had accepted and does not count any more: it became more urgent, they did not say to be there, or they gave it back. */
export interface EarlierAccept {
  readonly by: StaffId;
  readonly atMs: number;
  readonly why: 'lessUrgent' | 'notThere' | 'passed';
  /** They know of it, so that they are told once. Who gave it back knows. */
  readonly isTold: boolean;
}

/** What the policy said when it began: what happens to it later is decided by that, whatever becomes of the policy. */
export interface Pinned {
  readonly stepsCount: number;
  readonly acceptsNeeded: number;
  /** Wall time; null: nobody asks whether somebody is there. */
  readonly arriveWithinMs: number | null;
  readonly declineEscalates: boolean;
}

/** `ranOut`: nobody was left to be told. `over`: the condition ended. `shelved`: a person put it away for a while. */
export type EndedWhy = 'ranOut' | 'over' | 'shelved';

/** Plain data; one per alarm. `rev` counts its changes and guards commands (D11). Times are wall time. */
export interface Escalation {
  readonly alarmId: AlarmId;
  readonly state: EscalationState;
  readonly rev: number;
  /** Index of the policy step that was told last; -1 before the first. */
  readonly step: number;
  /** Wall time at which the next step is due, or somebody should be there; null when nothing is. */
  readonly nextAtMs: number | null;
  readonly startedAtMs: number;
  /** Version of the policy and index of its route that were in force when it began. Null: of before they had versions; nobody is paged. */
  readonly policyHash: PolicyHash | null;
  readonly route: number | null;
  readonly pinned: Pinned;
  /** How often it has begun again at the first step. */
  readonly round: number;
  /** How often of those because the policy repeats. */
  readonly repeats: number;
  /** Whom the last step told. */
  readonly told: readonly StaffId[];
  /** Who is going, in the order of their word. */
  readonly accepts: readonly Accept[];
  readonly earlier: readonly EarlierAccept[];
  readonly declines: readonly Decline[];
  /** Wall time by which somebody should be there; null where nobody asks, or somebody is. */
  readonly arriveByMs: number | null;
  /** Nobody at all was found when it was last due: asked for again every 30 s. */
  readonly foundNobody: boolean;
  /** That nobody came has been said since it began or was last accepted: once is enough. */
  readonly isReported: boolean;
  /** Also of one that was accepted: nobody is asked for any more. */
  readonly endedWhy: EndedWhy | null;
}

/** What of an alarm starts its escalation. */
export interface EscalatingAlarm extends RoutedAlarm {
  readonly alarmId: AlarmId;
}

const PAGES_NOBODY: Pinned = { stepsCount: 0, acceptsNeeded: 1, arriveWithinMs: null, declineEscalates: true };

/** Starts with the first step due at `startMs`, or stays idle where the policy pages nobody for this alarm. */
export function startEscalation(alarm: EscalatingAlarm, policy: PagingPolicy, startMs: number): Escalation {
  const index = routeFor(policy, alarm);
  const route = index === null ? null : policy.routes[index]!;
  const pages = route !== null && route.steps.length > 0;
  return {
    alarmId: alarm.alarmId,
    state: pages ? 'running' : 'idle',
    rev: 1,
    step: -1,
    nextAtMs: pages ? startMs : null,
    startedAtMs: startMs,
    policyHash: policy.hash as PolicyHash,
    route: index,
    pinned:
      route === null
        ? { ...PAGES_NOBODY, declineEscalates: policy.declineEscalates }
        : {
            stepsCount: route.steps.length,
            acceptsNeeded: route.acceptsNeeded,
            arriveWithinMs: route.arriveWithinMs,
            declineEscalates: policy.declineEscalates,
          },
    round: 0,
    repeats: 0,
    told: [],
    accepts: [],
    earlier: [],
    declines: [],
    arriveByMs: null,
    foundNobody: false,
    isReported: false,
    endedWhy: null,
  };
}

/** One person whom a target of a policy found for an alarm. Who answers for several targets is there once for each. */
export interface OnDuty {
  readonly staffId: StaffId;
  /** `targetKey` of what found them. */
  readonly target: string;
  /** True when the person answers for this very bed, false for the whole care unit. */
  readonly forBed: boolean;
}

/** One person to be told. Every page carries the reason why this person (docs/architecture.md, step 9). */
export interface PlannedPage {
  readonly staffId: StaffId;
  readonly step: number;
  readonly reason: string;
  readonly kind: PageKind;
}

export interface EscalationStep {
  readonly escalation: Escalation;
  readonly pages: readonly PlannedPage[];
  /** Indexes of steps that told nobody: skipped at once and reported (FR-E4). */
  readonly skipped: readonly number[];
  /** True when the policy has ended without enough who accepted, or has found nobody: an alarm of its own (D10). */
  readonly exhausted: boolean;
  /** Why it was due, where it was not for the next step: nobody said to be there, it repeats. */
  readonly because: string | null;
}

/** Everybody whom the next step may tell: whose ways to be reached have to be known before. */
export function mayBeTold(escalation: Escalation, people: readonly OnDuty[]): readonly StaffId[] {
  const earlier = escalation.earlier.map((each) => each.by);
  return [...new Set([...people.map((each) => each.staffId), ...escalation.accepts.map((each) => each.by), ...earlier])];
}

/** Who accepted last, of those who are going; null where nobody is. */
export function lastAccept(escalation: Escalation): Accept | null {
  return escalation.accepts.at(-1) ?? null;
}
