import type { AlarmEvidence, Origin, Priority } from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from '../conditions.js';
import { own } from '../own.js';
import { isSilent } from '../silence.js';
import type { ActiveRules, BedState, LimitState, MetricState, RuleState } from '../state.js';
import { changePlan } from './change-plan.js';
import { isAlarming, levelStep, noteHeld, phaseStep, priorityNow } from './delays.js';
import type { Answer, RuleContext, RuleReading } from './evaluator.js';
import { isKind, type Planned, type RulePlan, type Stage } from './plan.js';
import { planFor, planNamed } from './scope.js';
import { updateSuppressions } from './suppression.js';

/** A value that is older says nothing of now: so many intervals, and at least this long (wall time, scaled). */
const STALE_INTERVALS = 3;
const STALE_WALL_MS = 10_000;

/**
 * The rules of one bed at work on one event: who is asked, in which order, and what becomes of the answers. Lives as long as the
 * event; all that lasts stands in the bed's state.
 *
 * Rules that look at readings count in the readings' own time. Rules that look at other rules count in the bed's (`bed.clockMs`),
 * because two devices may differ by half a minute and that one never goes back.
 */
export class RuleRun implements RuleContext {
  readonly plan: RulePlan;
  /** Those to be asked because something that they look at has changed. */
  private changed: Set<Planned> | null = null;

  /** @param atMs event time of the event, where it has one of this bed's own */
  constructor(
    readonly bed: BedState,
    readonly rules: ActiveRules,
    readonly conditions: Conditions,
    readonly atMs: number,
  ) {
    this.plan = planFor(rules.ruleSet, bed, this.nowMs);
    if (this.plan.key !== (bed.scope ?? '')) {
      changePlan(bed, bed.scope === undefined ? null : planNamed(rules.ruleSet, bed.scope), this.plan, conditions, atMs);
      this.askAnew();
    }
  }

  /**
   * Other rules hold: those that are asked only when something changes are asked once. A total that was not enough may be enough now,
   * and a score may say the same for hours.
   */
  askAnew(): void {
    for (const { asked } of this.plan.stages) {
      for (const planned of asked) if (planned.inputs.metrics === undefined) (this.changed ??= new Set()).add(planned);
    }
  }

  /** The bed's time. Before the first tick or message it has none: a delay that began at 0 would be over with the first. */
  get nowMs(): number {
    return this.bed.clockMs === 0 ? this.atMs : this.bed.clockMs;
  }

  get rate(): number {
    return this.rules.rate;
  }

  get origin(): Origin {
    return this.bed.lastOrigin;
  }

  truth(ruleId: string): boolean | null | undefined {
    const planned = this.plan.byId.get(ruleId);
    if (planned === undefined) return undefined;
    if (this.isHidden(planned)) return null;
    if (isKind(planned, 'noData')) return isSilent(this.bed, planned.rule, this.rate);
    if (planned.metric !== null && this.isStale(this.bed.metrics[planned.metric])) return null;
    if (planned.rule.kind === 'limit') {
      const state = own(this.bed.limits, ruleId);
      return state === undefined ? null : isAlarming(state);
    }
    if (planned.rule.kind === 'windowMean') {
      const state = own(this.bed.windows, ruleId);
      return state === undefined ? null : state.active;
    }
    const state = own(this.bed.rules, ruleId);
    if (state?.isKnown !== true) return null;
    return isAlarming(state);
  }

  private isStale(metric: MetricState | undefined): boolean {
    if (metric?.valueSeenMs === undefined) return true;
    return this.nowMs - metric.valueSeenMs > Math.max(STALE_INTERVALS * metric.intervalMs, STALE_WALL_MS * this.rate);
  }

  isHidden(planned: Planned): boolean {
    return this.isSuppressed(planned) && !this.isKept(planned.code);
  }

  private isSuppressed({ hiddenBy }: Planned): boolean {
    const { suppressed } = this.bed;
    if (suppressed === undefined || hiddenBy.length === 0) return false;
    return hiddenBy.some((id) => own(suppressed, id) !== undefined);
  }

  /**
   * True for a condition whose alarm no suppression has closed, because that was too urgent: its rules go on until it is over. All
   * others were closed, or passed to a rule that is not suppressed, when the suppression began.
   */
  isKept(code: string): boolean {
    const open = this.conditions.openOf(code);
    if (open?.active !== true) return false;
    const holder = this.plan.byId.get(open.ruleId);
    return holder !== undefined && this.isSuppressed(holder);
  }

  /** What looks at this topic (a score, e.g. `score:news2`) is asked after the event, because it has changed. */
  touch(topic: string): void {
    const watchers = this.plan.byTopic.get(topic);
    if (watchers !== undefined) for (const planned of watchers) (this.changed ??= new Set()).add(planned);
  }

  /** Released from a suppression: the rule is asked after the event, and so is who looks at it. */
  askAgain(planned: Planned): void {
    (this.changed ??= new Set()).add(planned);
    this.noteChange(planned, false);
  }

  /** The truth of a rule has changed, or may have: who looks at it is asked; who counts its onsets counts. */
  noteChange(planned: Planned, isOnset: boolean): void {
    for (const watcher of planned.watchers) this.noteFor(watcher, isOnset);
  }

  private noteFor(watcher: Planned, isOnset: boolean): void {
    (this.changed ??= new Set()).add(watcher);
    if (!isOnset || watcher.kind?.onOnset === undefined || this.isHidden(watcher)) return;
    watcher.kind.onOnset(watcher.rule, this.stateOf(watcher).memory, this.nowMs);
  }

  /** Gives one reading to the rules of its metric that measure by themselves. */
  measure(measured: readonly Planned[], reading: RuleReading): void {
    for (const each of measured) {
      if (this.isHidden(each)) continue;
      const state = this.stateOf(each);
      const answer = each.kind!.onReading!(each.rule, state.memory, reading, this);
      if (answer !== null) this.take(each, state, answer, reading.atMs, reading.isAfterGap);
    }
  }

  /**
   * Asks whom the event, or time, concerns; then it is decided who is suppressed. Call at the end of every event: what it changed
   * beside the readings (an alarm of a device, silence, time) counts from here.
   */
  settle(): void {
    if (!this.plan.isAsking) return;
    this.suppress();
    this.plan.stages.forEach((stage, i) => {
      this.ask(stage);
      if (i < this.plan.stages.length - 1) updateSuppressions(this);
    });
  }

  /** Decides who is hidden, by what has begun so far. */
  suppress(): void {
    for (const code of this.conditions.takeBegun()) {
      for (const watcher of this.plan.byCondition.get(code) ?? []) this.noteFor(watcher, true);
    }
    updateSuppressions(this);
  }

  ask(stage: Stage): void {
    for (const planned of stage.asked) {
      const isMeasured = planned.inputs.metrics !== undefined;
      const known = own(this.bed.rules, planned.rule.id);
      // A rule that measures has nothing to say before its first reading.
      if ((isMeasured && known === undefined) || this.isHidden(planned)) continue;
      if (this.changed?.delete(planned) !== true && known !== undefined && !this.isDue(planned, known, isMeasured)) continue;
      const state = known ?? this.stateOf(planned);
      const answer = planned.kind!.ask!(planned.rule, state.memory, this);
      if (answer !== null) this.take(planned, state, answer, isMeasured ? Math.max(this.atMs, state.sinceMs) : this.nowMs, false);
    }
  }

  private isDue(planned: Planned, state: RuleState, isMeasured: boolean): boolean {
    if (!isMeasured && (state.phase === 'pending' || state.phase === 'clearing')) return true;
    if (!isMeasured && state.phase === 'active' && planned.scale !== null) return true;
    const due = planned.kind!.due?.(planned.rule, state.memory);
    // An alarm whose rule has forgotten what it counted, because another set counts something else, must be able to end.
    if (due === undefined || due === null) return !isMeasured && isAlarming(state);
    return (due.clock === 'watermark' ? this.bed.watermarkMs : this.nowMs) >= due.atMs;
  }

  /** What the rule has answered goes through its delays and levels, and becomes an alarm or ends one. */
  private take(planned: Planned, state: RuleState, answer: Answer, atMs: number, gap: boolean): void {
    const before = state.phase;
    const wasKnown = state.isKnown;
    state.isKnown = answer.holds !== 'unknown';
    phaseStep(state, answer.holds, planned.delays, atMs, gap);
    const base = planned.scale === null ? null : this.stepLevels(planned, state, answer, before, atMs, gap);
    const was = before === 'active' || before === 'clearing';
    const is = isAlarming(state);
    if (was !== is || wasKnown !== state.isKnown) this.noteChange(planned, is && !was);
    if (!planned.raises) return;
    if (!is) {
      this.conditions.end(planned.code, this.atMs);
      return;
    }
    if (answer.holds === 'unknown') return;
    const priority = priorityNow(state, planned.rule.priority, planned.scale?.levels, atMs);
    if (this.conditions.stands(planned.code, priority, this.plan.stepsDown)) return;
    const limit = limitShown(planned, state, base ?? planned.kind!.limit(planned.rule, this), priority);
    const said = planned.kind!.evidence(planned.rule, state.memory, answer, this);
    this.hold(planned, priority, { ...NO_EVIDENCE, value: answer.value, limit, side: planned.side, ...said });
  }

  private stepLevels(
    planned: Planned,
    state: RuleState,
    answer: Answer,
    before: LimitState['phase'],
    atMs: number,
    gap: boolean,
  ): number | null {
    const base = planned.kind!.limit(planned.rule, this);
    noteHeld(state, atMs, before, gap);
    levelStep(state, planned.scale!, answer, base, planned.delays, atMs, gap);
    return base;
  }

  /** The alarm of a rule holds with this priority. */
  hold(planned: Planned, priority: Priority, evidence: AlarmEvidence): void {
    const { rule, code, alarmKind, metric } = planned;
    const named = rule.name === undefined ? evidence : { ...evidence, label: rule.name };
    this.conditions.hold(
      { conditionCode: code, kind: alarmKind, priority, metric, evidence: named, ruleId: rule.id, origin: this.origin },
      this.atMs,
      this.plan.stepsDown,
    );
  }

  stateOf(planned: Planned): RuleState {
    const rules = (this.bed.rules ??= {});
    const known = own(rules, planned.rule.id);
    if (known !== undefined) return known;
    return (rules[planned.rule.id] = { phase: 'inside', sinceMs: this.nowMs, memory: planned.kind!.empty(planned.rule) });
  }

  /** Hidden, or out of it again: nothing is known of it until it is judged anew. */
  forget(planned: Planned): void {
    const { id } = planned.rule;
    delete this.bed.limits[id];
    const mean = own(this.bed.windows, id);
    if (mean !== undefined) mean.active = false;
    const state = own(this.bed.rules, id);
    if (state !== undefined) {
      const { memory } = state;
      this.bed.rules![id] = { phase: 'inside', sinceMs: this.nowMs, memory };
    }
    this.noteChange(planned, false);
  }
}

/** The limit of the level whose priority the alarm has, where that has one; else that of the rule. */
export function limitShown(planned: Planned, state: LimitState, own: number | null, priority: Priority): number | null {
  const levels = planned.scale?.levels ?? [];
  const at = levels.findLastIndex((level, i) => level.priority === priority && isAlarming(state.levels?.[i]));
  return at < 0 ? own : (levels[at]!.limit ?? own);
}
