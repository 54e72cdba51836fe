import type { CompositeRule, EventCountRule, LimitRule, NoDataRule, Rule, RuleSet, Suppression } from '@vigil/contracts';
import type { AlarmBook } from './alarm-book.js';
import { against, courseOf, levelAnswers, priorityOf, RANK, type Remembered } from './answers.js';
import { baselineReading } from './baselines.js';
import type { BedHistory, Noted, Rules } from './bed-history.js';
import { changeNow, type Said } from './measures.js';
import {
  codeOf,
  kindOf,
  limitOf,
  limitShown,
  metricOf,
  noDataCode,
  raises,
  shapeOf,
  shownValue,
  stagesOf,
  truthOf,
} from './rule-words.js';
import { scoreSays } from './news2.js';
import { isSameFor, meantFor } from './meant-for.js';
import { WindowMeans } from './window-means.js';
import { closeWindows, windowReading } from './window-rules.js';

/** All rules of one bed. Each keeps the readings that it was given and the answers that it gave; the rest is read off them. */
export class BedRules {
  private known = new Map<string, Remembered>();
  private readonly means: WindowMeans;
  /** Suppressions that hide their rules: until when, once what they stand for is over. */
  private hiding = new Map<string, number | null>();
  private rules: Rules | null = null;

  constructor(
    private readonly history: BedHistory,
    private readonly book: AlarmBook,
    private readonly silent: (rule: Rule) => boolean | null,
  ) {
    this.means = new WindowMeans((id, isOnset) => this.changed(id, isOnset));
    book.onBegun((code) => this.begun(code));
  }

  /** The rules of the site, in force until another set is activated. */
  use(site: Rules): void {
    this.site = site;
    this.rules ??= this.ours(this.history.clockMs);
  }
  private site: Rules | null = null;

  private ours(atMs: number): Rules {
    const { ruleSet, rate } = this.site!;
    return { ruleSet: meantFor(ruleSet, this.history.stay ?? {}, atMs), rate };
  }

  activated(site: Rules, atMs: number): void {
    this.site = site;
    this.change(this.ours(this.history.clockMs), atMs);
  }

  /** Whose rules hold is looked at whenever rules are: time has passed, or more is known of the stay. */
  look(atMs: number): void {
    const next = this.ours(this.history.clockMs === 0 ? atMs : this.history.clockMs);
    if (!isSameFor(this.rules!.ruleSet, next.ruleSet)) this.change(next, atMs);
  }

  isInForce(): boolean {
    return this.site !== null;
  }

  noData(): readonly NoDataRule[] {
    return this.rules!.ruleSet.rules.filter((rule) => rule.kind === 'noData');
  }

  isHiding(): boolean {
    return (this.rules!.ruleSet.suppressions ?? []).length > 0;
  }

  /** Other rules hold: those that stay keep what still means the same. */
  private change(next: Rules, atMs: number): void {
    const before = this.rules?.ruleSet.rules ?? [];
    this.rules = next;
    for (const [id, memory] of [...this.known]) {
      const [was, now] = [before.find((r) => r.id === id), next.ruleSet.rules.find((r) => r.id === id)];
      if (
        was === undefined ||
        now === undefined ||
        was.kind !== now.kind ||
        codeOf(was) !== codeOf(now) ||
        metricOf(was) !== metricOf(now)
      ) {
        this.known.delete(id);
      } else if (shapeOf(was) !== shapeOf(now))
        Object.assign(memory, { notes: [], closedMs: 0, newestMs: 0, onsetsMs: [], learnt: undefined, lastPoints: undefined });
    }
    this.means.keep(before, next.ruleSet);
    for (const id of [...this.hiding.keys()]) if (!next.ruleSet.suppressions?.some((s) => s.id === id)) this.hiding.delete(id);
    this.book.reassign((code, ruleId) => {
      const rule = this.find(ruleId);
      if (rule !== undefined && raises(rule) && this.codeOf(rule) === code) return 'stays';
      return this.standingIn(code) ?? 'gone';
    }, atMs);
  }

  forget(): void {
    this.known = new Map();
    this.hiding = new Map();
    this.means.forget();
  }

  /** Of another person: what is usual, and what was charted. All else was measured of who lies here. */
  forgetPerson(): void {
    for (const [id, memory] of this.known) {
      const { kind } = this.find(id)!;
      if (kind !== 'baseline' && kind !== 'score') continue;
      const answers = courseOf(memory.answers).isAlarm ? memory.answers : [];
      Object.assign(memory, { answers, isKnown: false, learnt: undefined, lastPoints: undefined });
    }
  }

  /** The stay is in another care unit. True where another rule holds, or has another limit, or is hidden by something else. */
  moved(toUnit: () => void, atMs: number): boolean {
    const who = this.history.stay!;
    const clockMs = this.history.clockMs === 0 ? atMs : this.history.clockMs;
    const before = meantFor(this.site!.ruleSet, who, clockMs);
    toUnit();
    this.look(clockMs);
    this.settle(clockMs);
    const after = meantFor(this.site!.ruleSet, this.history.stay!, clockMs);
    const says = (set: RuleSet, id: string): string => {
      const rule = set.rules.find((each) => each.id === id);
      if (rule === undefined) return 'nothing';
      const hiddenBy = (set.suppressions ?? []).filter(({ hides }) => hides.includes(id)).map((each) => each.id);
      const own = rule.kind === 'limit' ? this.history.ownLimits(rule.metric, clockMs) : null;
      return JSON.stringify([rule.kind === 'limit' && raises(rule) ? limitIn(set, rule, own) : null, hiddenBy]);
    };
    return this.site!.ruleSet.rules.some(({ id }) => says(before, id) !== says(after, id));
  }

  closeMeans(): void {
    this.means.close(this.history, this.rules!, this.book);
  }

  /** The usable readings of one message. Whoever hides others is decided first. */
  readings(notes: readonly Noted[], atMs: number): void {
    const stages = stagesOf(this.rules!.ruleSet);
    if (this.isHiding()) this.suppress(atMs);
    stages.forEach((stage, i) => {
      for (const note of notes) this.reading(stage, note);
      if (i === stages.length - 1) return;
      this.ask(stage, atMs);
      this.suppress(atMs);
    });
  }

  /** At the end of each event that passes time or changes what rules look at. */
  settle(atMs: number): void {
    const { rules, suppressions = [] } = this.rules!.ruleSet;
    if (suppressions.length === 0 && rules.every((r) => ['limit', 'windowMean', 'noData'].includes(r.kind))) return;
    const stages = stagesOf(this.rules!.ruleSet);
    this.suppress(atMs);
    stages.forEach((stage, i) => {
      this.ask(stage, atMs);
      if (i < stages.length - 1) this.suppress(atMs);
    });
  }

  truth(id: string): boolean | null | undefined {
    const rule = this.find(id);
    if (rule === undefined) return undefined;
    if (this.isHidden(id)) return null;
    if (rule.kind === 'noData') return this.silent(rule);
    const metric = metricOf(rule);
    if (metric !== null && this.history.isStale(metric, this.rules!.rate)) return null;
    if (rule.kind === 'windowMean') return this.means.truth(id);
    const memory = this.known.get(id);
    if (memory === undefined || memory.answers.length === 0) return null;
    if (rule.kind !== 'limit' && !memory.isKnown) return null;
    return courseOf(memory.answers).isAlarm;
  }

  private find(id: string): Rule | undefined {
    return this.rules!.ruleSet.rules.find((r) => r.id === id);
  }

  private codeOf(rule: Rule): string {
    return rule.kind === 'windowMean'
      ? `${rule.metric}.mean-${rule.side}`
      : rule.kind === 'noData'
        ? noDataCode(rule)
        : codeOf(rule);
  }

  private of(id: string): Remembered {
    const memory = this.known.get(id) ?? {
      answers: [],
      notes: [],
      closedMs: 0,
      newestMs: 0,
      intervalMs: null,
      onsetsMs: [],
      isKnown: false,
      bornMs: this.history.clockMs,
    };
    this.known.set(id, memory);
    return memory;
  }

  private reading(stage: readonly Rule[], note: Noted): void {
    const own = stage.filter((rule) => metricOf(rule) === note.metric);
    if (note.inOrder) for (const side of ['low', 'high'] as const) this.limits(own, side, note);
    this.means.add(this.history, note, own, this.book, (id) => this.isHidden(id));
    for (const rule of own) {
      if (this.isHidden(rule.id)) continue;
      if (rule.kind === 'rateOfChange' && note.inOrder) {
        const memory = this.of(rule.id);
        memory.notes.push(note);
        this.take(rule, changeNow(rule, memory.notes, this.rules!.rate), note.atMs, note.afterGap, note.atMs);
      } else if (rule.kind === 'window' || rule.kind === 'baseline') {
        const memory = this.of(rule.id);
        const said =
          rule.kind === 'window'
            ? windowReading(rule, memory, note, this.history.watermarkMs)
            : baselineReading(rule, memory, note);
        if (said !== null) this.take(rule, said, note.atMs, note.afterGap, note.atMs);
      }
    }
  }

  private limits(own: readonly Rule[], side: 'low' | 'high', note: Noted): void {
    const all = own.filter((r): r is LimitRule => r.kind === 'limit' && r.side === side);
    if (all.length === 0) return;
    let worst: { rule: LimitRule; priority: LimitRule['priority']; limit: number } | null = null;
    for (const rule of all) {
      if (this.isHidden(rule.id)) continue;
      const { answers } = this.of(rule.id);
      const wasAlarm = courseOf(answers).isAlarm;
      const limit = this.limitFor(rule, note);
      const holds = against({ ...rule, limit }, note.value!);
      const { onDelayMs, offDelayMs } = rule;
      answers.push({
        atMs: note.atMs,
        holds,
        value: note.value,
        afterGap: note.afterGap,
        onDelayMs,
        offDelayMs,
        levels: levelAnswers(rule, note.value, holds, limit),
      });
      const { isAlarm } = courseOf(answers);
      if (isAlarm !== wasAlarm) this.changed(rule.id, isAlarm);
      if (!isAlarm || !raises(rule)) continue;
      const priority = priorityOf(answers, rule.priority, rule.levels);
      if (worst === null || RANK[priority] > RANK[worst.priority]) worst = { rule, priority, limit };
    }
    const code = `${note.metric}.${side}`;
    if (worst === null) {
      this.book.over(code, note.atMs);
      return;
    }
    const { rule, priority } = worst;
    const limit = limitShown(rule, this.of(rule.id).answers, priority, worst.limit);
    this.book.holds(
      { code, kind: 'physiological', priority, value: note.value, limit, ruleId: rule.id },
      note.atMs,
      this.mayLower(),
    );
  }

  private limitFor(rule: LimitRule, { own }: Noted): number {
    return limitIn(this.rules!.ruleSet, rule, own);
  }

  private ask(stage: readonly Rule[], atMs: number): void {
    for (const rule of stage) {
      if (this.isHidden(rule.id)) continue;
      const clockMs = this.history.clockMs === 0 ? atMs : this.history.clockMs;
      if (rule.kind === 'composite') this.take(rule, this.composite(rule), clockMs, false, atMs);
      else if (rule.kind === 'eventCount') this.take(rule, this.count(rule), clockMs, false, atMs);
      else if (rule.kind === 'score') {
        const said = scoreSays(rule, this.of(rule.id), this.history.news2, clockMs);
        this.take(rule, said, clockMs, false, atMs);
      } else if (rule.kind === 'window' && this.known.has(rule.id)) {
        const said = closeWindows(rule, this.of(rule.id), this.history.watermarkMs);
        const { answers, bornMs } = this.of(rule.id);
        const movedMs = courseOf(answers).movedMs ?? bornMs;
        if (said !== null) this.take(rule, said, Math.max(atMs, movedMs), false, atMs);
      }
    }
  }

  private composite(rule: CompositeRule): Said {
    const truth = truthOf(rule.when, (id) => this.truth(id)) ?? null;
    return { holds: truth === null ? 'unknown' : truth ? 'yes' : 'no', value: null, levels: [] };
  }

  private count(rule: EventCountRule): Said {
    const { onsetsMs } = this.of(rule.id);
    const count = Math.min(rule.atLeast, onsetsMs.filter((ms) => this.history.clockMs - ms < rule.withinMs).length);
    return { holds: count >= rule.atLeast ? 'yes' : 'no', value: count, levels: [] };
  }

  private take(rule: Rule, said: Said, atMs: number, afterGap: boolean, toldMs: number): void {
    const { onDelayMs = 0, offDelayMs = 0 } = rule as { onDelayMs?: number; offDelayMs?: number };
    const memory = this.of(rule.id);
    const wasAlarm = courseOf(memory.answers).isAlarm;
    memory.answers.push({ ...said, atMs, afterGap, onDelayMs, offDelayMs });
    memory.isKnown = said.holds !== 'unknown';
    const { isAlarm } = courseOf(memory.answers);
    if (isAlarm && !wasAlarm) this.changed(rule.id, true);
    if (!raises(rule)) return;
    if (!isAlarm) {
      this.book.over(rule.id, toldMs);
      return;
    }
    if (said.holds === 'unknown') return;
    const levels = 'levels' in rule ? rule.levels : undefined;
    const priority = priorityOf(memory.answers, rule.priority, levels);
    const limit = limitShown(rule, memory.answers, priority, limitOf(rule));
    const value = said.value === null ? null : shownValue(rule, said.value);
    this.book.holds(
      { code: rule.id, kind: kindOf(rule, (id) => this.find(id)), priority, value, limit, ruleId: rule.id },
      toldMs,
      this.mayLower(),
    );
  }

  private mayLower(): boolean {
    return this.rules!.ruleSet.v >= 2;
  }

  private changed(id: string, isOnset: boolean): void {
    if (!isOnset) return;
    for (const rule of this.rules!.ruleSet.rules) {
      if (rule.kind === 'eventCount' && rule.of === id && !this.isHidden(rule.id))
        this.of(rule.id).onsetsMs.push(this.history.clockMs);
    }
  }

  /** An alarm has begun of which no rule that measures is the source. */
  private begun(code: string): void {
    this.waiting.push(code);
  }
  private waiting: string[] = [];

  private isSuppressed(id: string): boolean {
    return (this.rules!.ruleSet.suppressions ?? []).some((s) => s.hides.includes(id) && this.hiding.has(s.id));
  }

  /** While an alarm that was too urgent to be closed goes on, so do the rules of its condition. */
  private isHidden(id: string): boolean {
    const rule = this.find(id);
    const code = rule === undefined ? '' : this.codeOf(rule);
    return this.isSuppressed(id) && !(this.book.isActive(code) && this.isSuppressed(this.book.ruleOf(code)!));
  }

  private suppress(atMs: number): void {
    for (const code of this.waiting.splice(0)) {
      for (const rule of this.rules!.ruleSet.rules) {
        if (rule.kind !== 'eventCount' || this.isHidden(rule.id)) continue;
        const named = this.find(rule.of);
        const counted = named === undefined ? rule.of : named.kind === 'noData' ? noDataCode(named) : null;
        if (counted === code) this.of(rule.id).onsetsMs.push(this.history.clockMs);
      }
    }
    const { clockMs } = this.history;
    for (const suppression of this.rules!.ruleSet.suppressions ?? []) {
      const { id, while: cause, hides, releaseMs } = suppression;
      const holds = 'condition' in cause ? this.book.isHolding(cause.condition) : this.truth(cause.rule) === true;
      const until = this.hiding.get(id);
      if (holds && until === undefined) this.hide(suppression, atMs);
      else if (holds) this.hiding.set(id, null);
      else if (until !== undefined) {
        const untilMs = until ?? clockMs + releaseMs;
        if (clockMs < untilMs) this.hiding.set(id, untilMs);
        else {
          for (const each of hides) if (this.isHidden(each)) this.hush(each);
          this.hiding.delete(id);
        }
      }
    }
  }

  /** What is hidden is known no longer; what it had raised closes, unless another rule stands for it, or the cause is less urgent. */
  private hide({ id, while: cause, hides }: Suppression, atMs: number): void {
    const rules = hides.flatMap((each) => this.find(each) ?? []).filter((rule) => rule.kind !== 'noData');
    const causeCode = 'condition' in cause ? cause.condition : this.codeOf(this.find(cause.rule)!);
    const causing = hides.includes(this.book.ruleOf(causeCode)!) ? null : this.book.activeOf(causeCode);
    const stays = (code: string): boolean =>
      this.book.isTooUrgentFor(code, causing) && this.isSuppressed(this.book.ruleOf(code)!);
    this.hiding.set(id, null);
    const hidden = rules.filter((rule) => !stays(this.codeOf(rule)));
    for (const rule of hidden) this.hush(rule.id);
    for (const rule of hidden) {
      const code = this.codeOf(rule);
      if (!this.book.isActive(code) || this.book.ruleOf(code) !== rule.id) continue;
      const other = this.standingIn(code);
      if (other === null) this.book.close(code, atMs);
      else this.book.passTo(code, other, atMs);
    }
  }

  private hush(id: string): void {
    const memory = this.known.get(id);
    if (memory !== undefined) Object.assign(memory, { answers: [], isKnown: false, bornMs: this.history.clockMs });
    this.means.hush(id);
  }

  private standingIn(code: string): { ruleId: string; priority: Rule['priority'] } | null {
    let worst: { ruleId: string; priority: Rule['priority'] } | null = null;
    for (const rule of this.rules!.ruleSet.rules) {
      if (this.codeOf(rule) !== code || !raises(rule) || this.isSuppressed(rule.id)) continue;
      const { answers = [] } = this.known.get(rule.id) ?? {};
      const stands = rule.kind === 'windowMean' ? this.means.truth(rule.id) === true : courseOf(answers).isAlarm;
      // Whoever takes over has the priority of the bed's time: of the readings there is none just now.
      const levels = 'levels' in rule ? rule.levels : undefined;
      const priority = priorityOf(answers, rule.priority, levels, this.history.clockMs);
      if (stands && (worst === null || RANK[priority] > RANK[worst.priority])) worst = { ruleId: rule.id, priority };
    }
    return worst;
  }
}

/** A patient's own limit stands for the first of its side, and only widens those behind it. */
function limitIn({ v, rules }: RuleSet, rule: LimitRule, own: Noted['own']): number {
  const mine = rule.side === 'low' ? own?.low : own?.high;
  if (!raises(rule) || mine === undefined || mine === null) return rule.limit;
  const isInner = rules.some(
    (other) =>
      other.kind === 'limit' &&
      raises(other) &&
      codeOf(other) === codeOf(rule) &&
      (rule.side === 'high' ? other.limit < rule.limit : other.limit > rule.limit),
  );
  if (!isInner || v < 2) return mine;
  return rule.side === 'high' ? Math.max(mine, rule.limit) : Math.min(mine, rule.limit);
}
