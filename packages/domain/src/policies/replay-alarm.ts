import type { AlarmId, StaffId } from '@vigil/contracts';
import { PRIORITY_RANK } from '../alarm.js';
import { acceptEscalation, arriveEscalation, declineEscalation, passEscalation } from '../escalation-answers.js';
import { type Escalation, startEscalation } from '../escalation.js';
import { followAlarm, resolveEscalation, shelveEscalation } from '../follow-alarm.js';
import { NOBODY_RETRY_MS, nextPages } from '../next-pages.js';
import type { PagingPolicy } from '../paging-policy.js';
import type { PeopleThen } from './people-then.js';
import type { RecordedAlarm, RecordedAnswer, RecordedChange } from './recorded.js';

export interface ReplayedPage {
  readonly staffId: StaffId;
  readonly atWallMs: number;
  readonly route: number;
  readonly step: number;
}

export interface ReplayedAlarm {
  readonly startWallMs: number;
  readonly pages: readonly ReplayedPage[];
  /** The policy pages for it, at least at one time. */
  readonly wasPaged: boolean;
  readonly ranOut: number;
  readonly skippedSteps: number;
  readonly isCut: boolean;
}

/** Steps of one alarm: one that repeats every 5 minutes for a week, with two steps each time, is looked at whole. */
const STEPS_MAX = 5_000;

export interface ReplayContext {
  /** The policy of a place, of which the first care unit by name decides. */
  readonly policyOf: (careUnitIds: readonly string[]) => PagingPolicy;
  readonly people: PeopleThen;
  /** Nothing that is due from here on happens. */
  readonly toWallMs: number;
}

type Happening = { readonly atWallMs: number } & (
  { readonly change: RecordedChange; readonly answer: null } | { readonly change: null; readonly answer: RecordedAnswer }
);

/** What the machine of escalations, under a policy, would have done with one alarm. Pure; the same in, the same out. */
export function replayAlarm(alarm: RecordedAlarm, context: ReplayContext): ReplayedAlarm {
  return new Replay(alarm, context).run();
}

class Replay {
  private escalation: Escalation | null = null;
  private policy: PagingPolicy | null = null;
  private last: RecordedChange | null = null;
  private highest = -1;
  private readonly pages: ReplayedPage[] = [];
  private readonly counts = { ranOut: 0, skippedSteps: 0, steps: 0 };
  private wasPaged = false;

  constructor(
    private readonly alarm: RecordedAlarm,
    private readonly context: ReplayContext,
  ) {}

  run(): ReplayedAlarm {
    const { changes, answers } = this.alarm;
    const happenings: Happening[] = [
      ...changes.map((change) => ({ atWallMs: change.atWallMs, change, answer: null })),
      ...answers.map((answer) => ({ atWallMs: answer.atWallMs, change: null, answer })),
    ];
    happenings.sort((a, b) => a.atWallMs - b.atWallMs);
    for (const { atWallMs, change, answer } of happenings) {
      this.dueUntil(atWallMs);
      if (change !== null) this.follow(change);
      else this.say(answer);
    }
    this.dueUntil(this.context.toWallMs);
    return {
      startWallMs: changes[0]!.atWallMs,
      ...{ pages: this.pages, wasPaged: this.wasPaged, ranOut: this.counts.ranOut, skippedSteps: this.counts.skippedSteps },
      isCut: this.counts.steps >= STEPS_MAX,
    };
  }

  private follow(change: RecordedChange): void {
    const { last: before, alarm } = this;
    const policy = this.context.policyOf(change.careUnitIds);
    const routed = { priority: change.priority, kind: alarm.kind, conditionCode: alarm.conditionCode };
    const old = this.escalation;
    if (old === null || before === null) {
      const started = startEscalation({ ...routed, alarmId: 'simulated' as AlarmId }, policy, change.atWallMs);
      const asItIs = change.isShelved ? shelveEscalation(started) : started;
      this.take(change.active ? asItIs : resolveEscalation(started), policy);
    } else {
      const news = {
        ...{ ...routed, cause: change.cause, active: change.active, isShelved: change.isShelved, wasActive: before.active },
        wasAsUrgent: PRIORITY_RANK[change.priority] <= this.highest,
        isElsewhere: change.cause === 'carried' && change.bedId !== before.bedId,
      };
      const next = followAlarm(old, news, policy, change.atWallMs);
      // What began anew has pinned the policy that is in force there.
      this.take(next, next.policyHash === policy.hash ? policy : (this.policy ?? policy));
    }
    this.last = change;
    // Who is told anew knows nothing of how urgent it was before.
    const isAnew = change.cause === 'unshelved' || change.cause === 'carried';
    this.highest = Math.max(isAnew ? -1 : this.highest, PRIORITY_RANK[change.priority]);
  }

  private take(escalation: Escalation, policy: PagingPolicy): void {
    this.escalation = escalation;
    this.policy = policy;
    if (escalation.state === 'running') this.wasPaged = true;
  }

  private say({ by, answer, reason, atWallMs }: RecordedAnswer): void {
    const old = this.escalation;
    if (old === null) return;
    this.escalation = answered(old, by, answer, reason, atWallMs) ?? old;
  }

  /** All that is due before `untilMs`, each at its own time. */
  private dueUntil(untilMs: number): void {
    for (; this.counts.steps < STEPS_MAX; this.counts.steps++) {
      const { escalation, policy, last } = this;
      if (escalation === null || policy === null || last === null || escalation.route === null) return;
      const atMs = escalation.nextAtMs;
      const route = policy.routes[escalation.route];
      if (atMs === null || atMs >= untilMs || route === undefined) return;
      const step = nextPages(escalation, route, this.context.people.at(route, last, atMs), atMs);
      if (step.escalation === escalation) return;
      for (const page of step.pages) {
        this.pages.push({ staffId: page.staffId, atWallMs: atMs, route: escalation.route, step: page.step });
      }
      this.counts.skippedSteps += step.skipped.length;
      if (step.exhausted && !step.escalation.foundNobody) this.counts.ranOut++;
      this.escalation = this.nobodyUntil(step.escalation);
    }
  }

  /** Asking again finds nobody until somebody comes: those askings need not be gone through one by one. */
  private nobodyUntil(escalation: Escalation): Escalation {
    const { nextAtMs, foundNobody } = escalation;
    if (!foundNobody || nextAtMs === null) return escalation;
    const changeMs = this.context.people.nextChangeMs(nextAtMs - NOBODY_RETRY_MS) ?? this.context.toWallMs;
    const askings = Math.max(0, Math.ceil((changeMs - nextAtMs) / NOBODY_RETRY_MS));
    return askings === 0 ? escalation : { ...escalation, nextAtMs: nextAtMs + askings * NOBODY_RETRY_MS };
  }
}

function answered(
  old: Escalation,
  by: StaffId,
  answer: RecordedAnswer['answer'],
  reason: RecordedAnswer['reason'],
  atMs: number,
): Escalation | null {
  switch (answer) {
    case 'accept':
      return acceptEscalation(old, by, atMs);
    case 'arrive':
      return arriveEscalation(old, by, atMs);
    case 'decline':
      return declineEscalation(old, by, reason ?? 'other', atMs);
    case 'pass':
      return passEscalation(old, by, reason ?? 'other', atMs);
  }
}
