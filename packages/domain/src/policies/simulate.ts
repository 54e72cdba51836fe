import type { CareUnitId, EpochMs, PolicyHash, PolicySimulation, SimulatedPolicy } from '@vigil/contracts';
import type { PagingPolicy } from '../paging-policy.js';
import { Load } from './load.js';
import { PeopleThen } from './people-then.js';
import type { Recorded } from './recorded.js';
import { replayAlarm } from './replay-alarm.js';

export interface Simulated {
  readonly policy: PagingPolicy;
  /** Where it is to hold. */
  readonly careUnitIds: readonly CareUnitId[];
  /** What the answer names as its care units: none for the whole site. */
  readonly named: readonly CareUnitId[];
  /** What is in force in a care unit now. */
  readonly inForce: (careUnitId: string | null) => PagingPolicy;
  readonly recorded: Recorded;
  readonly fromWallMs: number;
  readonly toWallMs: number;
}

const ASSUMPTIONS = [
  'people answered when they really did, also where they would have been told at another time; who really said nothing says nothing here',
  'who had a role or was on call then is told, with channels that work; people who swap turns by word alone are not known',
  'each person counts once for each step and alarm, whatever the channels; alarms that would have come in one message count one by one',
  'alarms begin and end as they really did, and count from when they were stored',
  'the policy in force is that of now, for all of the span; alarms in other care units follow theirs',
];

/**
 * Lets a policy and the one in force do again what has been, and counts. Yields after each alarm under each of them, so that whoever runs it can let
 * others work. Pure: the same in, the same out.
 */
export function* simulatePolicy(input: Simulated): Generator<void, PolicySimulation, void> {
  const { policy, careUnitIds, named, inForce, recorded, fromWallMs, toWallMs } = input;
  const people = new PeopleThen(recorded);
  const first = (units: readonly string[]): string | null => [...units].sort()[0] ?? null;
  const policyNow = (units: readonly string[]): PagingPolicy => inForce(first(units));
  const policyThen = (units: readonly string[]): PagingPolicy =>
    careUnitIds.some((unit) => unit === first(units)) ? policy : policyNow(units);
  const [would, now] = [new Load(), new Load()];
  for (const alarm of recorded.alarms) {
    would.add(replayAlarm(alarm, { policyOf: policyThen, people, toWallMs }));
    yield;
    now.add(replayAlarm(alarm, { policyOf: policyNow, people, toWallMs }));
    yield;
  }
  const wouldHave = would.result();
  return {
    ...{ v: 1, hash: policy.hash as PolicyHash, careUnitIds: [...named] },
    ...{ fromWallMs: Math.round(fromWallMs) as EpochMs, toWallMs: Math.round(toWallMs) as EpochMs },
    ...{ alarms: recorded.alarms.length, isCut: recorded.isCut || would.isCut || now.isCut },
    ...{ wouldHave, inForce: now.result(), really: really(recorded) },
    ...{ assumptions: [...ASSUMPTIONS], summary: summaryOf(wouldHave) },
  };
}

function really({ alarms }: Recorded): PolicySimulation['really'] {
  const told = alarms.filter(({ pages }) => pages > 0);
  const accepted = told.filter(({ answers }) => answers.some(({ answer }) => answer === 'accept' || answer === 'arrive'));
  return {
    pages: told.reduce((sum, { pages }) => sum + pages, 0),
    toldAlarms: told.length,
    acceptedAlarms: accepted.length,
    unacceptedAlarms: told.length - accepted.length,
  };
}

/** Whoever would have been told most. */
function summaryOf({ perPerson, nobodyAlarms, spans }: SimulatedPolicy): string {
  const [most] = perPerson;
  if (most === undefined)
    return nobodyAlarms === 0 ? 'would have paged nobody' : `would have paged nobody; ${nobodyAlarms} alarms had nobody`;
  const nobody = nobodyAlarms === 0 ? '' : `; ${nobodyAlarms} alarms would have had nobody`;
  const overloads = spans.overload === 0 ? '' : `; ${spans.overload} times more than 10 in 10 minutes`;
  return `would have paged ${most.staffId} ${most.pages} times; ISA band: ${most.band}${overloads}${nobody}`;
}
