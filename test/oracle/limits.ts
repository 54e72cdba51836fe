import type { LimitRule, RuleSet } from '@vigil/contracts';
import type { AlarmBook } from './alarm-book.js';
import type { BedHistory, Noted, Rules } from './bed-history.js';

const RANK = { low: 0, medium: 1, high: 2 };

/** The limits of both sides of the metric that has just been read. */
export function judgeLimits(history: BedHistory, note: Noted, { ruleSet }: Rules, book: AlarmBook): void {
  for (const side of ['low', 'high'] as const) {
    const rules = limitsOf(ruleSet, note).filter((r) => r.side === side);
    if (rules.length === 0) continue;
    const holding = rules.filter((r) => limitHolds(history, r));
    const code = `${note.metric}.${side}`;
    if (holding.length === 0) {
      book.over(code, note.atMs);
      continue;
    }
    const worst = holding.reduce((a, b) => (RANK[b.priority] > RANK[a.priority] ? b : a));
    const { priority, id } = worst;
    const limit = limitFor(worst, note);
    book.holds({ code, kind: 'physiological', priority, value: note.value, limit, ruleId: id }, note.atMs);
  }
}

const limitsOf = (ruleSet: RuleSet, { metric }: Noted): LimitRule[] =>
  ruleSet.rules.filter((r): r is LimitRule => r.kind === 'limit' && r.metric === metric);

/** The patient's own while it lasts, where it says something of this side. */
function limitFor({ side, limit }: LimitRule, { own }: Noted): number {
  return (side === 'low' ? own?.low : own?.high) ?? limit;
}

/**
 * Beyond the limit at each reading for the on-delay, and since then not back behind the hysteresis for the off-delay. A pause
 * in the readings begins either delay anew. Read through all readings of the stay that came in order, each by the rule that was
 * in force when it came.
 */
function limitHolds(history: BedHistory, { id, metric }: LimitRule): boolean {
  let holds = false;
  let sinceMs: number | null = null;
  for (const note of history.notes) {
    const rule = note.rules.ruleSet.rules.find((r) => r.id === id);
    if (rule?.kind !== 'limit') {
      holds = false;
      sinceMs = null;
      continue;
    }
    if (note.kind !== 'reading' || note.metric !== metric || !note.inOrder || !note.isUsable) continue;
    const value = note.value!;
    const limit = limitFor(rule, note);
    const isBeyond = rule.side === 'high' ? value > limit : value < limit;
    const isBack = rule.side === 'high' ? value <= limit - rule.hysteresis : value >= limit + rule.hysteresis;
    if (!(holds ? isBack : isBeyond)) {
      sinceMs = null;
      continue;
    }
    if (sinceMs === null || note.afterGap) sinceMs = note.atMs;
    if (note.atMs - sinceMs < (holds ? rule.offDelayMs : rule.onDelayMs)) continue;
    holds = !holds;
    sinceMs = null;
  }
  return holds;
}
