import type { AlarmKind, AlarmTransition } from '@vigil/contracts';
import { type Escalation, startEscalation } from './escalation.js';
import { acceptEscalation, earlierOf } from './escalation-answers.js';
import { ESCALATION_TABLE, type EscalationEventKind } from './escalation-table.js';
import type { PagingPolicy } from './paging-policy.js';

/** What a change of the alarm may mean for its escalation. */
export interface AlarmNews extends Pick<AlarmTransition, 'cause' | 'priority' | 'conditionCode' | 'active'> {
  readonly kind: AlarmKind;
  /** It has had this priority, or a higher one, before. Matters for a rise only. */
  readonly wasAsUrgent: boolean;
  /** Its condition held until now. */
  readonly wasActive: boolean;
  /** It came to another bed: whoever was told was told of one that is empty now. */
  readonly isElsewhere: boolean;
  /** A person has it put away. */
  readonly isShelved: boolean;
}

/**
 * What becomes of the escalation when the alarm changes; the same object where nothing does. Decides for:
 *
 * - a rise: begins anew at its first step, whether it runs, ran out, or was accepted: acceptance covers the priorities that the alarm
 *   had until then, and none above. One that goes down and up again is no news, or it would never reach the second person;
 * - another bed: begins anew there, also where nobody was paged for it before, unless somebody has accepted: that person goes along;
 * - the word that what a gateway raised holds: its wait is over;
 * - put away for a while: nobody is told until that is over, and then from the first step, whoever has accepted meanwhile;
 * - acknowledged long ago and holding still: begins anew where nobody went;
 * - the end: nobody else is told, and nobody is asked to be there.
 *
 * What begins anew follows `policy`, which is in force now, and pins it.
 *
 * @param startMs wall time at which the first page may leave
 */
export function followAlarm(old: Escalation, news: AlarmNews, policy: PagingPolicy, startMs: number): Escalation {
  const event = eventOf(old, news);
  if (event === null) return old;
  switch (ESCALATION_TABLE[old.state][event]) {
    case 'anew':
      return beginAnew(old, news, policy, startMs, event);
    case 'anewIfHeld':
      // Ended for another reason than that nobody was left: nobody is needed.
      return news.wasActive && !news.isShelved && (old.state === 'idle' || old.endedWhy === 'ranOut')
        ? beginAnew(old, news, policy, startMs, event)
        : old;
    case 'hurry':
      // Once it has told somebody, it goes on as it is.
      return old.step >= 0 || old.repeats > 0 ? old : { ...old, rev: old.rev + 1, startedAtMs: startMs, nextAtMs: startMs };
    case 'end':
      return resolveEscalation(old);
    case 'settle':
      return old.endedWhy === 'over' ? old : { ...old, ...QUIET, rev: old.rev + 1, endedWhy: 'over' };
    case 'putAway':
      return old.endedWhy === 'shelved' || old.endedWhy === 'over' ? old : shelveEscalation(old);
    default:
      return old;
  }
}

/** The alarm's condition has ended: nobody else is told. An accepted escalation stays accepted, so that it shows who went. */
export function resolveEscalation(escalation: Escalation): Escalation {
  if (escalation.state !== 'running' && escalation.state !== 'pending') return escalation;
  return { ...escalation, ...QUIET, state: 'ended', rev: escalation.rev + 1, endedWhy: 'over' };
}

/** A person has put the alarm away: nobody is told, whoever has accepted. */
export function shelveEscalation(escalation: Escalation): Escalation {
  if (escalation.state === 'idle') return escalation;
  return { ...escalation, ...QUIET, state: 'ended', rev: escalation.rev + 1, endedWhy: 'shelved' };
}

const QUIET = { nextAtMs: null, arriveByMs: null, foundNobody: false } as const;

function eventOf(old: Escalation, news: AlarmNews): EscalationEventKind | null {
  switch (news.cause) {
    case 'raised': {
      const isUnderWay = old.state === 'accepted' || (old.state === 'running' && (old.step >= 0 || old.repeats > 0));
      return news.isShelved || (news.wasAsUrgent && isUnderWay) ? null : 'rise';
    }
    case 'carried':
      // The alarm that says "not accepted" goes along with the one that it speaks of, which tells the new unit itself.
      return news.isElsewhere && news.conditionCode !== 'notAccepted' ? 'elsewhere' : null;
    case 'confirmed':
      return 'confirm';
    case 'shelved':
      return 'shelve';
    case 'unshelved':
      return news.active ? 'unshelve' : null;
    case 'reminded':
      return news.active && !news.isShelved ? 'remind' : null;
    case 'end':
    case 'closed':
      return 'over';
    default:
      return null;
  }
}

/** A wait for the word that it holds postpones nothing that was under way before. */
function beginAnew(
  old: Escalation,
  news: AlarmNews,
  policy: PagingPolicy,
  startMs: number,
  event: EscalationEventKind,
): Escalation {
  const nextMs = old.state === 'running' ? Math.min(startMs, old.nextAtMs ?? startMs) : startMs;
  const started = startEscalation({ ...news, alarmId: old.alarmId }, policy, nextMs);
  if (started.state !== 'running') return old;
  const anew = { ...started, round: old.round + 1 };
  // Who went to something less urgent has to know how urgent it is now.
  if (event === 'rise') return { ...anew, rev: old.rev + 1, earlier: earlierOf(old, old.accepts, 'lessUrgent') };
  // Who is going goes along to the other bed, where fewer may be needed.
  const going = event === 'elsewhere' ? old.accepts : [];
  const kept = going.reduce<Escalation>((each, accept) => acceptEscalation(each, accept.by, accept.atMs) ?? each, anew);
  return { ...kept, rev: old.rev + 1 };
}
