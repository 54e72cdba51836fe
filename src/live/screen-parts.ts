import { Injectable } from '@nestjs/common';
import { ScreenHealth } from '../health/screen-health.js';
import { SiteProcesses } from '../health/site-processes.js';
import { AppClock } from '../ports/app-clock.js';
import { AudioPauses } from '../ports/audio-pauses.js';
import { Directory } from '../ports/directory.js';
import { EscalationPolicies } from '../ports/escalation-policies.js';
import { Fleet } from '../ports/fleet.js';
import { LimitsOffNow } from '../ports/limits-off-now.js';
import { ObservationStore } from '../ports/observation-store.js';
import { OnCall } from '../ports/on-call.js';
import { Once } from '../ports/once.js';
import { OnCallTroubles } from '../ports/on-call-troubles.js';
import { StationWatches } from '../ports/station-watches.js';
import type { BedIndex } from './bed-index.js';
import { configMarks } from './config-marks.js';
import type { ScreenWatchParts } from './screen-watch.js';

/** The ports of what screens are told beside beds and alarms. */
@Injectable()
export class ScreenParts {
  constructor(
    private readonly stations: StationWatches,
    private readonly troubles: OnCallTroubles,
    private readonly limitsOff: LimitsOffNow,
    private readonly audioPauses: AudioPauses,
    private readonly fleet: Fleet,
    private readonly observations: ObservationStore,
    private readonly directory: Directory,
    private readonly policies: EscalationPolicies,
    private readonly onCall: OnCall,
    private readonly health: ScreenHealth,
    private readonly clock: AppClock,
    private readonly processes: SiteProcesses,
    private readonly once: Once,
  ) {}

  of(index: BedIndex): Omit<ScreenWatchParts, 'clock' | 'index' | 'metrics' | 'onOutage'> {
    const { stations, troubles, limitsOff, audioPauses, fleet, observations, health } = this;
    const { directory, policies, onCall, clock, processes, once } = this;
    const marks = configMarks({ index, directory, policies, onCall, clock });
    return { stations, troubles, limitsOff, audioPauses, fleet, observations, health, marks, processes, once };
  }
}
