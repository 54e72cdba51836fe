import type { DeclineReason, StaffId } from '@vigil/contracts';
import type { Accept, EarlierAccept, Escalation } from './escalation.js';
import { ESCALATION_TABLE } from './escalation-table.js';

/** The newest are kept; more people than this answer no alarm. */
const DECLINES_MAX = 20;
const EARLIER_MAX = 10;
/** As many as a view shows. */
const ACCEPTS_MAX = 10;

/**
 * "I am going". Enough of them stop it; until then it runs on. Saying so again changes nothing: the same object. Accepting after the policy has
 * ended is accepting still.
 *
 * @returns null where enough others have accepted already
 */
export function acceptEscalation(escalation: Escalation, by: StaffId, nowMs: number): Escalation | null {
  if (escalation.accepts.some((each) => each.by === by)) return escalation;
  if (ESCALATION_TABLE[escalation.state].accept === 'refuse') return null;
  return withAccept(escalation, { by, atMs: nowMs, arrivedAtMs: null }, nowMs);
}

/** "I am there". Of somebody who had not accepted it is both. Null where nothing runs that it could answer. */
export function arriveEscalation(escalation: Escalation, by: StaffId, nowMs: number): Escalation | null {
  const isOver = escalation.state === 'ended' && escalation.endedWhy !== 'ranOut';
  if (ESCALATION_TABLE[escalation.state].arrive === 'refuse' || isOver) return null;
  const known = escalation.accepts.find((each) => each.by === by);
  if (known !== undefined && known.arrivedAtMs !== null) return escalation;
  if (known === undefined) return withAccept(escalation, { by, atMs: nowMs, arrivedAtMs: nowMs }, nowMs);
  const accepts = escalation.accepts.map((each) => (each === known ? { ...known, arrivedAtMs: nowMs } : each));
  return { ...escalation, rev: escalation.rev + 1, accepts, ...askedFor({ ...escalation, accepts }, nowMs) };
}

/**
 * "Somebody else has to go." Once all whom the step told have answered and not enough are going, the next step is due at once, where
 * the policy says so (D25). Null where nothing runs.
 */
export function declineEscalation(escalation: Escalation, by: StaffId, reason: DeclineReason, nowMs: number): Escalation | null {
  if (ESCALATION_TABLE[escalation.state].decline === 'refuse') return null;
  if (escalation.declines.some((each) => each.by === by && each.round === escalation.round)) return escalation;
  const noted = withDecline(withdrawn(escalation, by), by, reason, nowMs);
  return hastened({ ...noted, rev: escalation.rev + 1 }, nowMs);
}

/** Who is going needs help, or can not go after all: the next step is due at once. Null for anybody else, and where nothing runs. */
export function passEscalation(escalation: Escalation, by: StaffId, reason: DeclineReason, nowMs: number): Escalation | null {
  const isGoing = escalation.accepts.some((each) => each.by === by);
  const isOver = escalation.endedWhy !== null;
  if (!isGoing || isOver || ESCALATION_TABLE[escalation.state].pass === 'refuse') return null;
  const without = withdrawn(escalation, by);
  const running = runAgain(without, nowMs);
  return { ...withDecline(running, by, reason, nowMs), rev: escalation.rev + 1 };
}

/** It runs from its next step, or from the first where it had come past the last. Idle where the policy pages nobody. */
export function runAgain(escalation: Escalation, atMs: number): Escalation {
  if (escalation.route === null || escalation.pinned.stepsCount === 0) {
    return { ...escalation, state: 'idle', nextAtMs: null, arriveByMs: null, endedWhy: null };
  }
  const isPast = escalation.step + 1 >= escalation.pinned.stepsCount;
  const again = { ...escalation, state: 'running', nextAtMs: atMs, arriveByMs: null, endedWhy: null } as const;
  return isPast ? { ...again, step: -1, round: escalation.round + 1, told: [], foundNobody: false } : again;
}

/** Those of `accepts` as people who do not count any more, each once. */
export function earlierOf(
  escalation: Escalation,
  accepts: readonly Accept[],
  why: EarlierAccept['why'],
): readonly EarlierAccept[] {
  const gone = accepts.map(({ by, atMs }) => ({ by, atMs, why, isTold: why === 'passed' }));
  const others = escalation.earlier.filter((each) => !gone.some((other) => other.by === each.by));
  return [...others, ...gone].slice(-EARLIER_MAX);
}

function withAccept(escalation: Escalation, accept: Accept, nowMs: number): Escalation {
  // Somebody is there, and as many as a view shows are known by name.
  const accepts = [...escalation.accepts.slice(0, ACCEPTS_MAX - 1), accept];
  const noted = {
    ...escalation,
    rev: escalation.rev + 1,
    accepts,
    earlier: escalation.earlier.filter((each) => each.by !== accept.by),
    declines: escalation.declines.filter((each) => each.by !== accept.by || each.round !== escalation.round),
  };
  if (accepts.length < escalation.pinned.acceptsNeeded) return hastened(noted, nowMs);
  const endedWhy = escalation.endedWhy === 'ranOut' ? null : escalation.endedWhy;
  const accepted = { ...noted, state: 'accepted', endedWhy, foundNobody: false, isReported: false } as const;
  return { ...accepted, ...askedFor(accepted, nowMs) };
}

/** When it is asked whether somebody is there: once it is accepted, from then on; not any more as soon as one is. */
function askedFor(escalation: Escalation, nowMs: number): Pick<Escalation, 'arriveByMs' | 'nextAtMs'> {
  if (escalation.state !== 'accepted') return { arriveByMs: escalation.arriveByMs, nextAtMs: escalation.nextAtMs };
  const isThere = escalation.accepts.some((each) => each.arrivedAtMs !== null);
  const { arriveWithinMs } = escalation.pinned;
  // Of what is over, or put away, nobody is asked for.
  const byMs = isThere || arriveWithinMs === null || escalation.endedWhy !== null ? null : nowMs + arriveWithinMs;
  return { arriveByMs: byMs, nextAtMs: byMs };
}

function withdrawn(escalation: Escalation, by: StaffId): Escalation {
  const [own, others] = [
    escalation.accepts.filter((each) => each.by === by),
    escalation.accepts.filter((each) => each.by !== by),
  ];
  return own.length === 0 ? escalation : { ...escalation, accepts: others, earlier: earlierOf(escalation, own, 'passed') };
}

function withDecline(escalation: Escalation, by: StaffId, reason: DeclineReason, nowMs: number): Escalation {
  const decline = { by, atMs: nowMs, reason, round: escalation.round };
  const others = escalation.declines.filter((each) => each.by !== by);
  return { ...escalation, declines: [...others, decline].slice(-DECLINES_MAX) };
}

/** Nobody is left whose answer could still come. */
function hastened(escalation: Escalation, nowMs: number): Escalation {
  const { state, told, nextAtMs, pinned, accepts } = escalation;
  if (state !== 'running' || !pinned.declineEscalates || told.length === 0 || nextAtMs === null) return escalation;
  const hasDeclined = declinedNow(escalation);
  const answered = told.every((id) => hasDeclined.has(id) || accepts.some((each) => each.by === id));
  const anybodyDeclined = told.some((id) => hasDeclined.has(id));
  return answered && anybodyDeclined ? { ...escalation, nextAtMs: Math.min(nextAtMs, nowMs) } : escalation;
}

/** Who has declined in this round. */
export function declinedNow(escalation: Escalation): ReadonlySet<StaffId> {
  return new Set(escalation.declines.filter((each) => each.round === escalation.round).map((each) => each.by));
}
