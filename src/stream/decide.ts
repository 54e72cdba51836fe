import type { LogEvent, LogEventOf, ScoreSnapshot } from '@vigil/contracts';
import type { StepCounts, StepGuard, StepResult, TransitionEffect } from '@vigil/domain';
import type { DeadLetter } from '../ports/dead-letters.js';
import type { Located } from '../ports/event-log.js';
import { letterOfFailure } from './dead-letter-of.js';

/** What the events of one batch have done to the alarms of a partition. */
export interface Decided {
  readonly effects: TransitionEffect[];
  readonly scores: ScoreSnapshot[];
  readonly appends: LogEvent[];
  readonly rejects: LogEventOf<'reject'>[];
  readonly dead: DeadLetter[];
  readonly counts: Partial<Record<keyof StepCounts, number>>;
  activated: boolean;
}

export function nothingDecided(): Decided {
  return { effects: [], scores: [], appends: [], rejects: [], dead: [], counts: {}, activated: false };
}

/**
 * True when there is something that must be stored before the next event is read. An estimate is none: nothing acts on it but
 * rules, which have seen it. A score that somebody charted is, because that person waits for it.
 */
export function isNews({ effects, scores, appends, rejects, dead, activated }: Decided): boolean {
  if (activated || effects.length + appends.length + rejects.length + dead.length > 0) return true;
  return scores.some(({ basis }) => basis === 'charted');
}

/**
 * Steps through one event; a bug in it costs this event only, which is put aside. Answers the claim that did not hold, or null.
 */
export function decideOne(guard: StepGuard, located: Located, into: Decided): string | null {
  const stepped = guard.step(located.event);
  if ('failed' in stepped) {
    into.dead.push(letterOfFailure(located, stepped.failed));
    return stepped.failed;
  }
  gather(stepped.result, into);
  return null;
}

function gather(result: StepResult, into: Decided): void {
  for (const effect of result.effects) into.effects.push(effect);
  for (const score of result.scores) into.scores.push(score);
  for (const append of result.appends) into.appends.push(append);
  for (const reject of result.rejects) into.rejects.push(reject);
  into.activated ||= result.activated;
  for (const key in result.counts) {
    const name = key as keyof StepCounts;
    const count = result.counts[name];
    if (count > 0) into.counts[name] = (into.counts[name] ?? 0) + count;
  }
}
