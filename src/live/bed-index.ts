import type { BedId, CareUnit, CareUnitId, LimitView, PatientId, RuleSet } from '@vigil/contracts';
import type { BedRow, Directory } from '../ports/directory.js';
import type { RuleSets } from '../ports/rule-sets.js';
import type { StayLimitRow, StayLimitStore } from '../ports/stay-limits.js';
import { limitsOf } from './bed-view.js';

interface Picture {
  readonly careUnits: readonly CareUnit[];
  readonly beds: ReadonlyMap<BedId, BedRow>;
  readonly ruleSet: RuleSet | null;
  readonly ruleSetHash: string | null;
  /** Set for single stays; those that are over are passed by when they are shown. */
  readonly ownLimits: readonly StayLimitRow[];
}

const NOTHING: Picture = { careUnits: [], beds: new Map(), ruleSet: null, ruleSetHash: null, ownLimits: [] };

/**
 * The site in memory, so that twenty deltas a second need no query. Refreshed after each change that the directory
 * tells of, and every now and then for what it does not tell (a rule set). A failed refresh keeps the old picture.
 */
export class BedIndex {
  private picture: Picture = NOTHING;
  private running: Promise<void> | null = null;
  private again = false;
  private isLoaded = false;
  /** Beds at which limits of the stay have ended since somebody asked last. */
  private readonly ended = new Set<BedId>();

  constructor(
    private readonly directory: Directory,
    private readonly ruleSets: RuleSets,
    private readonly stayLimits: StayLimitStore,
    private readonly clock: { nowMs(): number },
  ) {}

  /** As they hold for whoever lies in the bed now. */
  limitsOf(row: BedRow): readonly LimitView[] {
    return limitsOf(row, this.picture.ruleSet, this.picture.ownLimits, this.clock.nowMs());
  }

  /** Beds whose own limits have ended by themselves since the last call: no command tells of that. */
  endedLimits(): readonly BedId[] {
    this.noteEnded();
    const bedIds = [...this.ended];
    this.ended.clear();
    return bedIds;
  }

  /** The rule set in force, as far as this picture knows; null without one. */
  ruleSetMark(): string {
    return this.picture.ruleSetHash ?? 'none';
  }

  /** Care units and beds by name: another text after each change of places. */
  placesMark(): string {
    const { careUnits, beds } = this.picture;
    return JSON.stringify([careUnits, [...beds.values()].map(({ bedId, label, careUnitId }) => [bedId, label, careUnitId])]);
  }

  careUnit(careUnitId: CareUnitId): CareUnit | undefined {
    return this.picture.careUnits.find((unit) => unit.careUnitId === careUnitId);
  }

  bed(bedId: BedId): BedRow | undefined {
    return this.picture.beds.get(bedId);
  }

  beds(): readonly BedRow[] {
    return [...this.picture.beds.values()];
  }

  bedsOf(careUnitId: CareUnitId): readonly BedRow[] {
    return [...this.picture.beds.values()].filter((bed) => bed.careUnitId === careUnitId);
  }

  /** Who lies in the care unit. */
  patientsOf(careUnitId: CareUnitId): readonly PatientId[] {
    return this.bedsOf(careUnitId).flatMap((bed) => bed.encounter?.patientId ?? []);
  }

  /** Resolves once there is a picture. @throws PlatformError('store-unavailable') when there is none to be had */
  async loaded(): Promise<void> {
    if (!this.isLoaded) await this.refresh();
  }

  /** Reads everything anew. Calls while one is running share the next one, so that a change is never missed. */
  async refresh(): Promise<void> {
    if (this.running !== null) {
      this.again = true;
      return this.running;
    }
    this.running = this.load();
    return this.running;
  }

  private noteEnded(): void {
    const { beds, ownLimits } = this.picture;
    const nowMs = this.clock.nowMs();
    const over = new Set(ownLimits.filter(({ toMs }) => toMs <= nowMs).map(({ encounterId }) => encounterId));
    if (over.size === 0) return;
    for (const { bedId, encounter } of beds.values()) {
      if (encounter !== null && over.has(encounter.encounterId)) this.ended.add(bedId);
    }
    this.picture = { ...this.picture, ownLimits: ownLimits.filter(({ toMs }) => toMs > nowMs) };
  }

  private async load(): Promise<void> {
    try {
      do {
        this.again = false;
        const [careUnits, beds, active, ownLimits] = await Promise.all([
          this.directory.careUnits(),
          this.directory.beds(),
          this.ruleSets.active(),
          this.stayLimits.inForce({ nowMs: this.clock.nowMs() }),
        ]);
        this.noteEnded();
        const ruleSet = active?.ruleSet ?? null;
        const ruleSetHash = active?.hash ?? null;
        this.picture = { careUnits, beds: new Map(beds.map((bed) => [bed.bedId, bed])), ruleSet, ruleSetHash, ownLimits };
        this.isLoaded = true;
      } while (this.again);
    } finally {
      // In the same turn as the last look at `again`, so that no call in between is forgotten.
      this.running = null;
    }
  }
}
