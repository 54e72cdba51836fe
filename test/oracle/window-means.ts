import { metricRow, type Rule, type RuleSet, type WindowMeanRule } from '@vigil/contracts';
import type { AlarmBook } from './alarm-book.js';
import { RANK } from './answers.js';
import type { BedHistory, Noted, Rules } from './bed-history.js';

interface Window {
  readonly fromMs: number;
  readonly values: readonly number[];
}

/** Means over tumbling windows, each worked out from all readings that belong to it. */
export class WindowMeans {
  /** Rules whose alarm stands. */
  private readonly beyond = new Set<string>();
  /** Readings that counted, by rule: behind the watermark none does. */
  private readonly counted = new Map<string, Noted[]>();
  private readonly closedMs = new Map<string, number>();
  /** Rules that were given a reading. */
  private readonly given = new Set<string>();

  constructor(private readonly changed: (id: string, isOnset: boolean) => void) {}

  /** Null before its first reading. */
  truth(id: string): boolean | null {
    return this.given.has(id) ? this.beyond.has(id) : null;
  }

  /** The rule is hidden: nothing is known of its alarm; its windows stay as they are. */
  hush(id: string): void {
    this.beyond.delete(id);
  }

  add(history: BedHistory, note: Noted, rules: readonly Rule[], book: AlarmBook, isHidden: (id: string) => boolean): void {
    for (const rule of rules) {
      if (rule.kind !== 'windowMean' || isHidden(rule.id)) continue;
      this.given.add(rule.id);
      const fromMs = Math.floor(note.atMs / rule.sizeMs) * rule.sizeMs;
      if (fromMs + rule.sizeMs <= history.watermarkMs) continue;
      const notes = [...(this.counted.get(rule.id) ?? []), note];
      this.counted.set(rule.id, notes);
      const window = windowAt(rule, notes, fromMs);
      if (this.beyond.has(rule.id) || !isCovered(rule, window, note.intervalMs) || !isBeyond(rule, window)) continue;
      this.beyond.add(rule.id);
      this.changed(rule.id, true);
      const value = Math.round(meanOf(window, rule) * 10) / 10;
      const { priority, limit, id } = rule;
      book.holds({ code: codeOf(rule), kind: 'physiological', priority, value, limit, ruleId: id }, note.atMs);
    }
  }

  /** The windows that the watermark has passed since, oldest first: one that is covered and within the limit ends the alarm. */
  close(history: BedHistory, { ruleSet }: Rules, book: AlarmBook): void {
    for (const rule of meansOf(ruleSet)) {
      const notes = this.counted.get(rule.id) ?? [];
      const starts = [...new Set(notes.map((n) => Math.floor(n.atMs / rule.sizeMs) * rule.sizeMs))].sort((a, b) => a - b);
      for (const fromMs of starts) {
        const endMs = fromMs + rule.sizeMs;
        if (endMs > history.watermarkMs || endMs <= (this.closedMs.get(rule.id) ?? 0)) continue;
        this.closedMs.set(rule.id, endMs);
        const window = windowAt(rule, notes, fromMs);
        const intervalMs = history.channels().get(rule.metric)?.intervalMs ?? metricRow(rule.metric).nominalIntervalMs;
        if (!this.beyond.has(rule.id) || !isCovered(rule, window, intervalMs) || isBeyond(rule, window)) continue;
        this.beyond.delete(rule.id);
        const others = ruleSet.v < 2 ? [] : meansOf(ruleSet).filter((m) => codeOf(m) === codeOf(rule) && this.beyond.has(m.id));
        const other = others.sort((a, b) => RANK[b.priority] - RANK[a.priority])[0];
        if (other === undefined) book.over(codeOf(rule), endMs);
        else book.passTo(codeOf(rule), { ruleId: other.id, priority: other.priority }, endMs);
      }
    }
  }

  /** What rules that are gone have seen goes with them. */
  keep(before: readonly Rule[], ruleSet: RuleSet): void {
    for (const id of this.given) {
      const was = before.find((r) => r.id === id);
      const now = ruleSet.rules.find((r) => r.id === id);
      const isSame = was?.kind === 'windowMean' && now?.kind === 'windowMean' && codeOf(was) === codeOf(now);
      if (!isSame) for (const known of [this.beyond, this.counted, this.closedMs, this.given]) known.delete(id);
      // Sums of another size of window are no sums of this one.
      else if (was.sizeMs !== now.sizeMs) for (const known of [this.counted, this.closedMs]) known.delete(id);
    }
  }

  forget(): void {
    this.beyond.clear();
    this.counted.clear();
    this.closedMs.clear();
    this.given.clear();
  }
}

const meansOf = ({ rules }: RuleSet): WindowMeanRule[] => rules.filter((r): r is WindowMeanRule => r.kind === 'windowMean');
const codeOf = ({ metric, side }: WindowMeanRule): string => `${metric}.mean-${side}`;

function windowAt({ sizeMs }: WindowMeanRule, notes: readonly Noted[], fromMs: number): Window {
  return { fromMs, values: notes.filter((n) => n.atMs >= fromMs && n.atMs < fromMs + sizeMs).map((n) => n.value!) };
}

/** In whole steps of the metric, so that no rounding decides (D3). */
function stepsOf(rule: WindowMeanRule, value: number): number {
  const row = metricRow(rule.metric);
  return row.kind === 'numeric' ? Math.round(value / row.resolution) : 0;
}

function isBeyond(rule: WindowMeanRule, { values }: Window): boolean {
  const sum = values.reduce((total, value) => total + stepsOf(rule, value), 0);
  const limit = stepsOf(rule, rule.limit) * values.length;
  return rule.side === 'high' ? sum > limit : sum < limit;
}

function meanOf({ values }: Window, rule: WindowMeanRule): number {
  const row = metricRow(rule.metric);
  const steps = values.reduce((total, value) => total + stepsOf(rule, value), 0);
  return row.kind === 'numeric' ? (steps / values.length) * row.resolution : 0;
}

/** At least this share of what a whole window should hold (D15). */
function isCovered({ sizeMs, coveragePct }: WindowMeanRule, { values }: Window, intervalMs: number): boolean {
  const expected = Math.floor(sizeMs / intervalMs);
  return expected > 0 && values.length * 100 >= expected * coveragePct;
}
