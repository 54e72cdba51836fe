import type { History, HistoryGap } from '@vigil/contracts';
import { t } from '../words/words.js';
import { minuteText } from './time-words.js';

/** A line of the table of values: what was measured from `atMs` on, or what is missing from there on. */
export type ChartRow =
  { readonly kind: 'values'; readonly atMs: number } | { readonly kind: 'gap'; readonly atMs: number; readonly gap: HistoryGap };

/** Gaps that one table shows; more are summed up, so that a bad hour does not push the values off the screen. */
const GAPS_SHOWN = 20;

/** Values and gaps by time; a gap stands before the values that begin with it. */
export function chartRows(histories: readonly Pick<History, 'items'>[], gaps: readonly HistoryGap[]): readonly ChartRow[] {
  const times = [...new Set(histories.flatMap((each) => each.items.map((point) => point.atMs as number)))];
  const rows: ChartRow[] = times.map((atMs) => ({ kind: 'values', atMs }));
  for (const gap of shownGaps(gaps)) rows.push({ kind: 'gap', atMs: gap.fromMs, gap });
  return rows.sort((a, b) => a.atMs - b.atMs || (a.kind === b.kind ? 0 : a.kind === 'gap' ? -1 : 1));
}

/** The newest, and the older ones of the same reason as one. */
function shownGaps(gaps: readonly HistoryGap[]): readonly HistoryGap[] {
  if (gaps.length <= GAPS_SHOWN) return gaps;
  const older = gaps.slice(0, gaps.length - GAPS_SHOWN);
  const reasons = [...new Set(older.map((gap) => gap.reason))];
  const summed = reasons.map((reason) => {
    const same = older.filter((gap) => gap.reason === reason);
    const fromMs = Math.min(...same.map((gap) => gap.fromMs)) as HistoryGap['fromMs'];
    const toMs = Math.max(...same.map((gap) => gap.toMs)) as HistoryGap['toMs'];
    return { fromMs, toMs, count: same.reduce((sum, gap) => sum + gap.count, 0), reason, deviceId: null };
  });
  return [...summed, ...gaps.slice(-GAPS_SHOWN)];
}

/** `12 messages lost, 13:40 to 13:42: given up by the full gateway (mon-1)`. */
export function gapText({ fromMs, toMs, count, reason, deviceId }: HistoryGap): string {
  const [from, to] = [minuteText(fromMs), minuteText(toMs)];
  const when = from === to ? t('bed:gapAbout', { from }) : t('bed:gapFromTo', { from, to });
  const said = t('bed:gap', { count, when, why: t(`bed:gapWhy.${reason}`) });
  return deviceId === null ? said : t('bed:gapOf', { gap: said, device: deviceId });
}
