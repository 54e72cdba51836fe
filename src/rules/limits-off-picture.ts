import { Injectable } from '@nestjs/common';
import type { CareUnitId, LimitsOffRow } from '@vigil/contracts';
import { AppClock } from '../ports/app-clock.js';
import { AudioPauses } from '../ports/audio-pauses.js';
import { LimitsOffNow } from '../ports/limits-off-now.js';
import { ShelfStore } from '../ports/shelves.js';
import { StationWatches } from '../ports/station-watches.js';
import { limitsOff } from './limits-off.js';
import { type StayInBed, UnitNotWatched } from './unit-not-watched.js';

/** The list of one care unit, for whoever asks by REST and for its screens. */
@Injectable()
export class LimitsOffPicture extends LimitsOffNow {
  constructor(
    private readonly unit: UnitNotWatched,
    private readonly shelves: ShelfStore,
    private readonly pauses: AudioPauses,
    private readonly stations: StationWatches,
    private readonly clock: AppClock,
  ) {
    super();
  }

  override async rows(careUnitId: CareUnitId): Promise<readonly LimitsOffRow[]> {
    return (await this.now(careUnitId)).items;
  }

  async now(careUnitId: CareUnitId): Promise<{ readonly stays: readonly StayInBed[]; readonly items: readonly LimitsOffRow[] }> {
    const wallMs = this.clock.wallMs();
    const [unit, shelves, pauses, stations] = await Promise.all([
      this.unit.now(careUnitId),
      this.shelves.inForce({ careUnitId, nowMs: this.clock.nowMs() }),
      this.pauses.inForce(careUnitId, wallMs),
      this.stations.all(),
    ]);
    const off = stations.filter((station) => station.careUnitId === careUnitId);
    return { stays: unit.stays, items: limitsOff({ ...unit, shelves, pauses, stations: off, wallMs }) };
  }
}
