import type { BedId, BedScore, EncounterId, ScoreName } from '@vigil/contracts';
import type { BedRow } from '../ports/directory.js';
import type { KeptScore, Scores } from '../ports/scores.js';
import type { BedIndex } from './bed-index.js';

/** What a tile has room for; the others are asked for by REST. */
const SHOWN: ReadonlySet<ScoreName> = new Set(['news2', 'bedsidePews']);

/**
 * The newest scores of whoever lies in the beds, in memory. The store tells which beds have news; they are read together at
 * the next `refresh`, so that a busy ward costs one query a second. Bounded by the beds of the site.
 */
export class LiveScores {
  private readonly byStay = new Map<EncounterId, readonly BedScore[]>();
  /** Beds with news that have not been read, and beds whose scores have changed since somebody took them. */
  private readonly told = new Set<BedId>();
  private readonly changed = new Set<BedId>();

  constructor(
    private readonly store: Pick<Scores, 'newest' | 'onChange'>,
    private readonly index: Pick<BedIndex, 'bed' | 'beds'>,
  ) {
    store.onChange((bedIds) => {
      for (const bedId of bedIds) this.told.add(bedId);
    });
  }

  /** Of whoever lies in the bed now. */
  of({ encounter }: Pick<BedRow, 'encounter'>): readonly BedScore[] {
    return encounter === null ? [] : (this.byStay.get(encounter.encounterId) ?? []);
  }

  takeChanged(): ReadonlyMap<BedId, readonly BedScore[]> {
    const taken = new Map<BedId, readonly BedScore[]>();
    for (const bedId of this.changed) {
      const row = this.index.bed(bedId);
      if (row !== undefined) taken.set(bedId, this.of(row));
    }
    this.changed.clear();
    return taken;
  }

  /** Reads what was told since, and stays that are new here; what failed is read the next time. @throws PlatformError('store-unavailable') */
  async refresh(): Promise<void> {
    const stays = this.index
      .beds()
      .flatMap(({ bedId, encounter }) => (encounter === null ? [] : [[encounter.encounterId, bedId] as const]));
    const there = new Map(stays);
    for (const encounterId of this.byStay.keys()) if (!there.has(encounterId)) this.byStay.delete(encounterId);
    const wanted = stays.filter(([encounterId, bedId]) => this.told.has(bedId) || !this.byStay.has(encounterId));
    if (wanted.length === 0) return;
    for (const [, bedId] of wanted) this.told.delete(bedId);
    try {
      const found = await this.store.newest(wanted.map(([encounterId]) => encounterId));
      for (const [encounterId, bedId] of wanted) {
        this.byStay.set(encounterId, found.filter(({ snapshot }) => snapshot.encounterId === encounterId).flatMap(bedScore));
        this.changed.add(bedId);
      }
    } catch (error) {
      for (const [, bedId] of wanted) this.told.add(bedId);
      throw error;
    }
  }
}

function bedScore({ snapshot }: KeptScore): readonly BedScore[] {
  const { encounterId, score, basis, total, min, max, singleParameter, atMs, validUntilMs } = snapshot;
  return SHOWN.has(score) ? [{ encounterId, score, basis, total, min, max, singleParameter, atMs, validUntilMs }] : [];
}
