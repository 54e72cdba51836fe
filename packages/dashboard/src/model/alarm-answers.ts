import type { AlarmView } from '@vigil/contracts';

export type AnswerKind = 'arrive' | 'pass' | 'decline';

/**
 * What somebody can say to an alarm now beside accept: who goes says "I am there" or gives it back; who does not, while others are
 * being told, that somebody else has to go, or that they are there already. The server decides again.
 */
export function answersOf({ escalation }: AlarmView, staffId: string): readonly AnswerKind[] {
  const mine = escalation.accepts.find((each) => each.staffId === staffId);
  const isGoing = mine !== undefined || escalation.acceptedBy === staffId;
  if (isGoing && escalation.state !== 'ended')
    return mine !== undefined && mine.arrivedAtMs !== null ? ['pass'] : ['arrive', 'pass'];
  const runs = escalation.state === 'running' || escalation.state === 'pending';
  return runs ? ['decline', 'arrive'] : [];
}
