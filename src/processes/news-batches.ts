import type { SiteHint } from '../ports/site-news.js';

/** Batches that a word carries: whoever misses some seconds of words still hears them. */
const BATCHES_KEPT = 8;
/** Ids that one batch tells at most; beyond, screens follow with their next look of half a minute. */
const IDS_MAX = 5_000;
const HINT_IDS_MAX = 500;

export interface NewsBatch {
  readonly n: number;
  readonly hints: readonly SiteHint[];
}

/**
 * What this process tells with its words: only what the others would not look at within a second by themselves. Hints of one second
 * are put together, so that an import of a whole hospital is few.
 */
export class NewsBatches {
  private readonly beds = new Set<string>();
  private readonly scores = new Set<string>();
  private readonly careUnits = new Set<string>();
  private isStations = false;
  private n = 0;
  private kept: readonly NewsBatch[] = [];

  add(hint: SiteHint): void {
    if (hint.of === 'beds') addAll(this.beds, hint.bedIds);
    else if (hint.of === 'scores') addAll(this.scores, hint.bedIds);
    else if (hint.of === 'audio-pause') this.careUnits.add(hint.careUnitId);
    else if (hint.of === 'stations') this.isStations = true;
  }

  /** What goes with the next word. */
  take(): readonly NewsBatch[] {
    const hints: SiteHint[] = [
      ...lots(this.beds).map((bedIds) => ({ of: 'beds' as const, bedIds })),
      ...lots(this.scores).map((bedIds) => ({ of: 'scores' as const, bedIds })),
      ...[...this.careUnits].map((careUnitId) => ({ of: 'audio-pause' as const, careUnitId })),
      ...(this.isStations ? [{ of: 'stations' as const }] : []),
    ];
    for (const set of [this.beds, this.scores, this.careUnits]) set.clear();
    this.isStations = false;
    if (hints.length > 0) this.kept = [...this.kept, { n: ++this.n, hints }].slice(-BATCHES_KEPT);
    return this.kept;
  }
}

/** Hears what is new of each process once. */
export class HeardNews {
  private readonly through = new Map<string, number>();

  /** @returns hints that were not heard before */
  take(processId: string, batches: readonly NewsBatch[]): readonly SiteHint[] {
    const before = this.through.get(processId) ?? 0;
    const fresh = batches.filter(({ n }) => n > before);
    this.through.set(processId, Math.max(before, ...fresh.map(({ n }) => n)));
    return fresh.flatMap(({ hints }) => hints);
  }

  /** Those that are gone. */
  keepOnly(processIds: ReadonlySet<string>): void {
    for (const id of this.through.keys()) if (!processIds.has(id)) this.through.delete(id);
  }
}

function addAll(set: Set<string>, ids: readonly string[]): void {
  for (const id of ids) if (set.size < IDS_MAX) set.add(id);
}

function lots(set: ReadonlySet<string>): string[][] {
  const all = [...set];
  return Array.from({ length: Math.ceil(all.length / HINT_IDS_MAX) }, (_, i) =>
    all.slice(i * HINT_IDS_MAX, (i + 1) * HINT_IDS_MAX),
  );
}
