import type { AlarmTransition, LogEvent, RuleSet } from '@vigil/contracts';
import { canonical, contentHash, emptyPartition, type PartitionState } from '@vigil/domain';
import { stepBatch } from './step-batch.js';

/** An event and its place on its partition. */
export interface Placed {
  readonly event: LogEvent;
  readonly sequence: number;
}

/** A transition and the place of the event that made it. */
export interface Derived {
  readonly transition: AlarmTransition;
  readonly sequence: number;
}

/**
 * What is looked at, half open: event time of the transitions, or places on one partition. Everything before it is stepped
 * through all the same, because what is derived depends on it.
 */
export type Period =
  | { readonly fromMs: number; readonly toMs: number }
  | { readonly partition: number; readonly fromSequence: number; readonly toSequence: number };

export const WHOLE_LOG: Period = { fromMs: 0, toMs: Infinity };

export interface ReplayOptions {
  /** Where to begin; left out: with nothing, at the start of the log. Used up. */
  readonly state?: PartitionState;
  /** Every activation brings this rule set instead: what would another one have raised? */
  readonly ruleSet?: RuleSet;
  readonly onState?: (state: PartitionState) => void;
  /** The engine failed at the event with this place, which then changed nothing, as in the processor. */
  readonly onFailed?: (sequence: number, claim: string) => void;
}

/**
 * Steps through one partition's events as the processor does and gives every transition, in order. The same events give the
 * same lines, to the byte (D1, D9). Holds one batch and the states of the partition in memory, whatever the length of the log.
 */
export async function* derive(
  batches: AsyncIterable<readonly Placed[]>,
  { state = emptyPartition(), ruleSet, onState, onFailed }: ReplayOptions = {},
): AsyncIterable<Derived> {
  for await (const placed of batches) {
    const events = placed.map(({ event }) => (ruleSet === undefined ? event : withRules(event, ruleSet)));
    const { transitions, failed } = stepBatch(state, events);
    for (const { at, claim } of failed) onFailed?.(placed[at]!.sequence, claim);
    for (const { transition, at } of transitions) yield { transition, sequence: placed[at]!.sequence };
  }
  onState?.(state);
}

/** As `derive`, for whoever needs no places. */
export async function* replayPartition(
  batches: AsyncIterable<readonly LogEvent[]>,
  options?: ReplayOptions,
): AsyncIterable<AlarmTransition> {
  for await (const { transition } of derive(placed(batches), options)) yield transition;
}

export function isWithin(period: Period, { transition, sequence }: Derived): boolean {
  if ('fromMs' in period) return transition.atMs >= period.fromMs && transition.atMs < period.toMs;
  return sequence >= period.fromSequence && sequence < period.toSequence;
}

/** One line of the alarm log: canonical JSON, so that equal transitions are equal bytes. */
export function alarmLine(transition: AlarmTransition): string {
  return canonical(transition);
}

async function* placed(batches: AsyncIterable<readonly LogEvent[]>): AsyncIterable<readonly Placed[]> {
  let sequence = 0;
  for await (const events of batches) yield events.map((event) => ({ event, sequence: sequence++ }));
}

function withRules(event: LogEvent, ruleSet: RuleSet): LogEvent {
  return event.kind === 'ruleSetActivated' ? { ...event, ruleSet, hash: contentHash(ruleSet) } : event;
}
