import type { LoopAges, PagingLoop } from '../health/paging-health.js';
import type { Overdue } from '../ports/on-call-troubles.js';

/** Wall time without a finished round, or for which an escalation that is due stands still. */
export const PAGING_LATE_MS = 10_000;
/** Wall time for which a page that is due waits for a sender; a slow provider fills all places for as long as it takes to give up. */
export const PAGE_LATE_MS = 30_000;

/** Why people are not told in time, as a code. */
export type PagingProblem = 'escalator-silent' | 'page-sender-silent' | 'escalations-late' | 'pages-late' | 'store-away';

export interface PagingFacts {
  readonly loops: Readonly<Record<PagingLoop, LoopAges>>;
  /** Null: the store does not answer. */
  readonly overdue: Overdue | null;
}

/** The first thing that is wrong with telling people; null when nothing is. */
export function pagingProblem({ loops, overdue }: PagingFacts): PagingProblem | null {
  const isSilent = (loop: PagingLoop): boolean => (loops[loop].okMs ?? Infinity) > PAGING_LATE_MS;
  if (overdue === null) return 'store-away';
  if (isSilent('escalator')) return 'escalator-silent';
  if (isSilent('page-sender')) return 'page-sender-silent';
  if ((overdue.escalationMs ?? 0) > PAGING_LATE_MS) return 'escalations-late';
  return (overdue.pageMs ?? 0) > PAGE_LATE_MS ? 'pages-late' : null;
}
