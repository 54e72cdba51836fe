import type { LoadBand, SimulatedPolicy, StaffId } from '@vigil/contracts';
import type { ReplayedAlarm } from './replay-alarm.js';

/** Wall time over which pages of one person are counted. */
const SPAN_MS = 600_000;

/** Source: as `LoadBand`. */
export function bandOf(pagesIn10Min: number): LoadBand {
  if (pagesIn10Min <= 1) return 'acceptable';
  if (pagesIn10Min <= 2) return 'manageable';
  return pagesIn10Min <= 10 ? 'demanding' : 'overload';
}

/** Adds up what one policy would have done. Spans of 10 minutes begin at full ten minutes of the hour, UTC. */
export class Load {
  private readonly people = new Map<StaffId, Map<number, number>>();
  private readonly steps = new Map<string, { route: number; step: number; pages: number }>();
  private readonly first: number[] = [];
  private readonly last: number[] = [];
  private readonly counts = { pages: 0, toldAlarms: 0, nobodyAlarms: 0, ranOut: 0, skippedSteps: 0 };
  /** An alarm had more steps than are looked at. */
  isCut = false;

  add({ startWallMs, pages, wasPaged, ranOut, skippedSteps, isCut }: ReplayedAlarm): void {
    this.isCut ||= isCut;
    this.counts.ranOut += ranOut;
    this.counts.skippedSteps += skippedSteps;
    this.counts.pages += pages.length;
    for (const page of pages) {
      const spans = this.people.get(page.staffId) ?? new Map<number, number>();
      const span = Math.floor(page.atWallMs / SPAN_MS);
      this.people.set(page.staffId, spans.set(span, (spans.get(span) ?? 0) + 1));
      const key = `${page.route} ${page.step}`;
      const step = this.steps.get(key) ?? { route: page.route, step: page.step, pages: 0 };
      this.steps.set(key, { ...step, pages: step.pages + 1 });
    }
    const [one, end] = [pages[0], pages.at(-1)];
    if (one === undefined || end === undefined) {
      if (wasPaged) this.counts.nobodyAlarms++;
      return;
    }
    this.counts.toldAlarms++;
    this.first.push(one.atWallMs - startWallMs);
    this.last.push(end.atWallMs - startWallMs);
  }

  result(): SimulatedPolicy {
    const spans = { acceptable: 0, manageable: 0, demanding: 0, overload: 0 };
    const perPerson = [...this.people].map(([staffId, counted]) => {
      const counts = [...counted.values()];
      for (const pages of counts) spans[bandOf(pages)]++;
      const mostIn10Min = counts.reduce((a, b) => Math.max(a, b), 0);
      const overloads = counts.filter((pages) => bandOf(pages) === 'overload').length;
      const pages = counts.reduce((a, b) => a + b, 0);
      return { staffId, pages, mostIn10Min, band: bandOf(mostIn10Min), overloads };
    });
    return {
      ...this.counts,
      perPerson: perPerson.sort((a, b) => b.pages - a.pages || (a.staffId < b.staffId ? -1 : 1)),
      perStep: [...this.steps.values()].sort((a, b) => a.route - b.route || a.step - b.step),
      spans,
      firstPage: delaysOf(this.first),
      lastPage: delaysOf(this.last),
    };
  }
}

function delaysOf(delaysMs: readonly number[]): SimulatedPolicy['firstPage'] {
  if (delaysMs.length === 0) return null;
  const sorted = [...delaysMs].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { p50Ms: at(0.5), p95Ms: at(0.95), mostMs: sorted.at(-1)! };
}
