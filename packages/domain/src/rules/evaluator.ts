import type { AlarmEvidence, MetricName, Rule } from '@vigil/contracts';
import type { BedState, RuleState } from '../state.js';

/**
 * What a rule says of its condition. `between`: behind the limit, and not yet back by the hysteresis; it raises nothing and ends
 * nothing. `unknown`: what it would need is not there; it raises nothing, ends nothing, and starts every delay anew.
 */
export type Holds = 'yes' | 'no' | 'between' | 'unknown';

/** `value` is what was compared, in the unit of the rule's limit: levels of the rule compare it too. */
export interface Answer {
  readonly holds: Holds;
  readonly value: number | null;
  /** Of a score, a part of which fell away: what it is with what that part had. A level up to there is not known to be over. */
  readonly mayBe?: number;
}

export const UNKNOWN: Answer = { holds: 'unknown', value: null };

/** One usable numeric reading: finite, of a quality that rules may use, not a zero that means "no value". */
export interface RuleReading {
  readonly metric: MetricName;
  readonly value: number;
  /** The value in whole steps of the metric's resolution, for everything that is added up (D3). */
  readonly valueSteps: number;
  /** Event time. */
  readonly atMs: number;
  /** Expected interval of the metric from this device. */
  readonly intervalMs: number;
  /** False for a reading that is not newer than the newest of its metric: windows take it, what looks at a course does not. */
  readonly isInOrder: boolean;
  /** Since the reading of the metric before it, more time has passed than max(3 intervals, 10 s of wall time). */
  readonly isAfterGap: boolean;
}

/** What a rule may look at beside its own memory. Plain values of (state, event): the answer is a function of them (D2). */
export interface RuleContext {
  readonly bed: Readonly<BedState>;
  /** Event time of the event that is worked on. */
  readonly nowMs: number;
  /** Event time per wall time (D8). */
  readonly rate: number;
  /**
   * Whether the alarm condition of another rule holds, its delays included. Null: not known (no reading, readings too old, or
   * suppressed). Undefined: that rule is not for this stay, and an expression leaves it out.
   */
  truth(ruleId: string): boolean | null | undefined;
}

/** What makes the engine ask a rule. */
export interface RuleInputs {
  /** Usable readings of these come to `onReading`. */
  readonly metrics?: readonly MetricName[];
  /** `ask` is called when one of these changes its truth; all of them are decided before. Also what `truth` may be asked about. */
  readonly rules?: readonly string[];
  /** `onOnset` is called for each alarm of such a condition code that begins. */
  readonly conditions?: readonly string[];
  /** `ask` is called after `RuleRun.touch(topic)`, e.g. `score:news2`. */
  readonly topics?: readonly string[];
}

/**
 * One kind of rule. The engine (engine.ts) keeps the state of each rule, runs its delays and levels on what the kind answers,
 * hides it while it is suppressed, and raises and ends its alarm; the kind only measures.
 *
 * `M` is what the kind remembers of one rule at one bed: plain JSON, bounded, changed in place. It stands in
 * `bed.rules[rule.id].memory`.
 */
export interface RuleKind<R extends Rule, M> {
  inputs(rule: R): RuleInputs;
  /**
   * What shapes the memory, as text: on a new rule set a rule whose text is the same keeps its memory (P6). The delays' phase is
   * kept by the engine as long as kind and alarm condition stay.
   */
  memoryKey(rule: R): string;
  empty(rule: R): M;
  /** Takes a reading. Null: nothing that was said before has changed. */
  onReading?(rule: R, memory: M, reading: RuleReading, context: RuleContext): Answer | null;
  /**
   * Called when the time of `dueMs` has come or an input has changed. It may be called too often; then it answers what it
   * answered before, or null.
   */
  ask?(rule: R, memory: M, context: RuleContext): Answer | null;
  /** Another rule's alarm condition, or an alarm of a condition code, has begun. */
  onOnset?(rule: R, memory: M, atMs: number): void;
  /** When `ask` is to be called even if nothing else happens. Absent kinds never. */
  due?(rule: R, memory: M): RuleDue | null;
  /** Limit that the answer was compared with, for levels to go on from and for evidence. */
  limit(rule: R, context: RuleContext): number | null;
  /** What an alarm of this rule shows beside value, limit and name. Called when an alarm begins or changes its priority only. */
  evidence(rule: R, memory: M, answer: Answer, context: RuleContext): Partial<AlarmEvidence>;
}

/** `event`: the time of the events of this bed. `watermark`: `bed.watermarkMs`, which closes windows. */
export interface RuleDue {
  readonly clock: 'event' | 'watermark';
  readonly atMs: number;
}

/** State of a rule of kind `K` as its kind may type it. */
export type RuleStateOf<M> = RuleState & { memory: M };
