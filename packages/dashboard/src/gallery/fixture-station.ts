import type { AlarmView, BedView, CareUnitId } from '@vigil/contracts';
import { Station, type Health } from '../live/station.js';
import type { Picture } from '../model/liveness.js';
import type { Now } from '../model/server-clock.js';
import { fromSnapshot, type UnitState } from '../model/unit-state.js';

/** What a station of the gallery knows; what is left out is as on a quiet, live ward. */
export interface Scene {
  readonly beds?: readonly BedView[];
  readonly alarms?: readonly AlarmView[];
  readonly picture?: Picture;
  readonly health?: Partial<Health>;
  /** The rest of the signals, set by hand. */
  readonly more?: (station: FixtureStation) => void;
}

/** Of all stations of the gallery, so that ages stand still and a picture is the same each time. */
export const NOW_MS = Date.now();

/** A station without a server: its signals are set once, and its time stands still. */
export class FixtureStation extends Station {
  private readonly fixed: UnitState;
  private readonly rate: number;

  constructor({ beds = [], alarms = [], picture = { kind: 'live' }, health = {}, more }: Scene) {
    super('icu' as CareUnitId, () => undefined);
    this.fixed = fromSnapshot({
      careUnitId: 'icu' as CareUnitId,
      label: 'ICU A',
      seq: 1,
      serverWallMs: NOW_MS as BedView['readings'][number]['atMs'],
      beds: [...beds],
    });
    this.rate = health.rate ?? 1;
    /* What a scene says of sound stays: no browser is asked whether it may sound. */
    this.sound.update = () => undefined;
    this.sound.state.set('on');
    this.unit.set(this.fixed);
    this.alarms.set(alarms);
    this.picture.set(picture);
    this.health.set({ ...this.health.get(), ...health });
    more?.(this);
    this.painter.start();
  }

  override now(): Now {
    return { wallMs: NOW_MS, eventMs: NOW_MS, rate: this.rate };
  }

  override liveNow(): Now | null {
    return this.picture.get().kind === 'live' ? this.now() : null;
  }

  override readings(): UnitState {
    return this.fixed;
  }
}
