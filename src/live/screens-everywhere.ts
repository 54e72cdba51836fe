import { type CareUnitId, ScreenSound } from '@vigil/contracts';
import type { SiteProcesses } from '../health/site-processes.js';
import { better, type Screens, type StationSeen } from './screens.js';

/**
 * The screens of all processes that answer: a station speaks to one of them, and is missed by none while that one hears it. What others
 * hear comes with their word, a second or two old; a process that is silent takes its screens with it, as it would for them.
 */
export class ScreensEverywhere {
  constructor(
    private readonly here: Screens,
    private readonly processes: SiteProcesses,
    nowMs: () => number,
  ) {
    processes.tells('stations', () =>
      [...here.stations(nowMs())].map(([stationId, { state, sound, drewMs }]) => {
        return { stationId, state, sound, drewAgoMs: drewMs === null ? null : nowMs() - drewMs };
      }),
    );
    processes.tells('others', () => Object.fromEntries(here.othersByUnit(nowMs())));
  }

  stations(nowMs: number): ReadonlyMap<string, StationSeen> {
    const seen = new Map(this.here.stations(nowMs));
    for (const { word, agoMs } of this.processes.others()) {
      for (const { stationId, state, sound, drewAgoMs } of word.stations) {
        const heard = ScreenSound.safeParse(sound);
        const drewMs = drewAgoMs === null ? null : nowMs - agoMs - drewAgoMs;
        const there: StationSeen = { state, sound: heard.success ? heard.data : null, drewMs };
        const known = seen.get(stationId);
        seen.set(stationId, known === undefined ? there : better(known, there));
      }
    }
    return seen;
  }

  others(careUnitId: CareUnitId, nowMs: number): number {
    const elsewhere = this.processes.others().reduce((sum, { word }) => sum + (word.others[careUnitId] ?? 0), 0);
    return this.here.others(careUnitId, nowMs) + elsewhere;
  }
}
