import type { Clock } from '@vigil/clock';
import type { BedId } from '@vigil/contracts';
import type { Draft, DraftStay, PlacedDraft, ScoreDraft } from '@vigil/domain';
import type { CareRelations } from '../ports/care-relations.js';
import type { Directory } from '../ports/directory.js';
import type { EhrLinks } from '../ports/ehr-links.js';
import type { EhrOut, KeptReason, KeptRow } from '../ports/ehr-out.js';
import type { Exporter } from './exporter.js';
import { staysOf } from './subjects.js';
import type { Whereabouts } from './whereabouts.js';

/** Rows of one look; the next look goes on after them. */
const ROWS_MAX = 500;
/** What may have become clear by itself: somebody was admitted, or found at the server. */
const BY_ITSELF: readonly KeptReason[] = ['no-stay', 'no-identifier'];

export interface KeptAgainParts {
  readonly store: EhrOut;
  readonly exporter: Pick<Exporter, 'deliver'>;
  readonly relations: Pick<CareRelations, 'staysIn'>;
  readonly directory: Pick<Directory, 'encounter'>;
  readonly links: Pick<EhrLinks, 'ofLocal'>;
  readonly whereabouts: Whereabouts;
  readonly clock: Clock;
}

/** Tries again what waits, a part at each look, round and round, so that what can't be helped keeps nothing else waiting. */
export class KeptAgain {
  private afterSeq = 0;
  /** What was refused is sent again only when a person says so; up to this number. */
  private refusedThrough = 0;

  constructor(private readonly parts: KeptAgainParts) {}

  /** A person has done something about what was refused: from the next look on it is sent again, once. */
  async askAgain(): Promise<number> {
    const { store } = this.parts;
    let through = 0;
    let count = 0;
    for (;;) {
      const rows = await store.kept({ reasons: ['refused'], afterSeq: through, limit: ROWS_MAX });
      if (rows.length === 0) break;
      count += rows.length;
      through = rows.at(-1)!.seq;
    }
    this.refusedThrough = through;
    return count;
  }

  /** @returns how many did not stay as they were @throws PlatformError 'store-unavailable'; what the signal says */
  async look(): Promise<number> {
    const { store, whereabouts, clock } = this.parts;
    await whereabouts.refresh(clock.nowMs());
    const reasons: readonly KeptReason[] = this.refusedThrough > 0 ? [...BY_ITSELF, 'refused'] : BY_ITSELF;
    const rows = await store.kept({ reasons, afterSeq: this.afterSeq, limit: ROWS_MAX });
    this.afterSeq = rows.length < ROWS_MAX ? 0 : rows.at(-1)!.seq;
    const wanted = rows.filter(({ reason, seq }) => reason !== 'refused' || seq <= this.refusedThrough);
    if (this.afterSeq === 0) this.refusedThrough = 0;
    let cleared = 0;
    for (const row of wanted) {
      const again = await this.placedNow(row);
      if (again === 'waits') continue;
      // What belongs to nobody any more comes again when somebody says whose it is.
      const kept = again === 'nobody' ? new Set<string>() : await this.parts.exporter.deliver([again]);
      if (!kept.has(row.identity)) await store.settle([row.identity]);
      cleared += 1;
    }
    return cleared;
  }

  /** Whose it is as it is known now: device, bed and stay may have been put right since it was kept. */
  private async placedNow(row: KeptRow): Promise<PlacedDraft | 'waits' | 'nobody'> {
    const { draft } = row;
    const bedId = draft.is === 'score' ? draft.bedId : this.bedOf(draft);
    if (bedId === null) return 'nobody';
    const stay = draft.is === 'score' ? await this.stayOfScore(row) : await this.stayIn(bedId, draft.atMs);
    if (stay === null) return 'waits';
    const isClear = row.reason === 'refused' || (await this.parts.links.ofLocal('patient', stay.patientId)) !== null;
    return isClear ? { draft: { ...draft, bedId }, stay } : 'waits';
  }

  private bedOf({ deviceId, atMs, bedId }: Exclude<Draft, ScoreDraft>): BedId | null {
    const { whereabouts, clock } = this.parts;
    return whereabouts.bedOf(deviceId, atMs, { bedId, nowMs: clock.nowMs() })?.bedId ?? null;
  }

  private async stayOfScore({ encounterId }: KeptRow): Promise<DraftStay | null> {
    const encounter = encounterId === null ? null : await this.parts.directory.encounter(encounterId);
    return encounter === null ? null : { encounterId: encounter.encounterId, patientId: encounter.patientId };
  }

  private async stayIn(bedId: BedId, atMs: number): Promise<DraftStay | null> {
    return (await staysOf(this.parts.relations, { bedId, fromMs: atMs, toMs: atMs + 1 }))(atMs);
  }
}
