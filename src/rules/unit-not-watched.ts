import { Injectable } from '@nestjs/common';
import type { CareUnitId, NotWatchedRow, PatientId } from '@vigil/contracts';
import { AppClock } from '../ports/app-clock.js';
import { type BedRow, Directory } from '../ports/directory.js';
import { LiveState } from '../ports/live-state.js';
import { RuleSets } from '../ports/rule-sets.js';
import { StandbyStore } from '../ports/standby.js';
import { StayLimitStore } from '../ports/stay-limits.js';
import { notWatched } from './not-watched.js';

/** A bed with somebody in it. */
export interface StayInBed {
  readonly bed: BedRow;
  readonly stay: NonNullable<BedRow['encounter']>;
}

export interface UnitNow {
  readonly stays: readonly StayInBed[];
  readonly items: readonly NotWatchedRow[];
}

/** Who of a care unit is not watched as the unit would watch them, now. */
@Injectable()
export class UnitNotWatched {
  constructor(
    private readonly directory: Directory,
    private readonly limits: StayLimitStore,
    private readonly standby: StandbyStore,
    private readonly ruleSets: RuleSets,
    private readonly live: LiveState,
    private readonly clock: AppClock,
  ) {}

  /** In the order of the beds. @throws PlatformError('not-found') for a unit that is not there */
  async now(careUnitId: CareUnitId): Promise<UnitNow> {
    const { rate } = this.clock;
    const nowMs = this.clock.nowMs();
    const [beds, own, away, active] = await Promise.all([
      this.directory.beds(careUnitId),
      this.limits.inForce({ careUnitId, nowMs }),
      this.standby.inForce({ careUnitId, nowMs }),
      this.ruleSets.active(),
    ]);
    const ruleSet = active?.ruleSet ?? null;
    const stays = beds.flatMap((bed) => (bed.encounter === null ? [] : [{ bed, stay: bed.encounter }]));
    const items = stays.flatMap(({ bed, stay }) =>
      notWatched({
        ...{ bed, stay, ruleSet, nowMs, rate },
        own: own.filter(({ encounterId }) => encounterId === stay.encounterId),
        standby: away.find(({ encounterId }) => encounterId === stay.encounterId) ?? null,
        live: this.live.bedside(bed.bedId),
      }),
    );
    return { stays, items };
  }
}

/** Patients of the stays that a list shows, for its audit row. */
export function patientsShown(stays: readonly StayInBed[], encounterIds: readonly (string | null)[]): PatientId[] {
  const shown = new Set(encounterIds);
  return stays.flatMap(({ stay }) => (shown.has(stay.encounterId) ? [stay.patientId] : []));
}
