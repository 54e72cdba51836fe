import type { Cancel, Clock, SteadyTime } from '@vigil/clock';

/** The site's clock as an injection token; see `Clock` in packages/clock for what the two times mean. */
export abstract class AppClock implements Clock {
  abstract readonly rate: number;
  abstract nowMs(): number;
  abstract wallMs(): number;
  abstract steady(): SteadyTime;
  abstract after(wallMs: number, run: () => void): Cancel;
  abstract every(wallMs: number, run: () => void): Cancel;
  abstract sleep(wallMs: number, signal?: AbortSignal): Promise<void>;
}
