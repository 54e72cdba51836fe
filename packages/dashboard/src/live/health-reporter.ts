import { type ClientHealth, SCREEN_HEALTH_EVERY_MS } from '@vigil/contracts';
import { uuid } from './uuid.js';

/** Frames are timed for so long before each word: running on for ever would cost a wall screen its battery and its fan. */
const SAMPLE_MS = 1_000;
const P = 0.95;

export type HealthFacts = Pick<ClientHealth, 'tickAgeMs' | 'live' | 'sound' | 'waiting'>;

/** One name for this page: a new one with each load. */
export const SCREEN_ID = uuid();

const BROWSER = 'vigil.browser';

/** One name for all tabs of this browser, kept over loads: a pause of sound holds for all of them. */
export function browserId(): string {
  const known = localStorage.getItem(BROWSER);
  if (known !== null && /^[0-9a-f-]{36}$/.test(known)) return known;
  const made = uuid();
  localStorage.setItem(BROWSER, made);
  return made;
}

/**
 * Tells the server that this screen draws. Driven by the code that draws, and in the foreground sent out of a frame: a page whose
 * main thread hangs, whose painting has broken or whose frames do not come says nothing, and the server raises an alarm (HZ-D2).
 */
export class HealthReporter {
  private dueMs = -Infinity;
  private sampling = false;

  constructor(
    private readonly facts: () => HealthFacts,
    private readonly send: (health: ClientHealth) => void,
  ) {}

  /** Called after each paint. */
  drawn(): void {
    const nowMs = performance.now();
    if (this.sampling || nowMs < this.dueMs) return;
    this.dueMs = nowMs + SCREEN_HEALTH_EVERY_MS - SAMPLE_MS;
    if (document.visibilityState !== 'visible') {
      this.dueMs = nowMs + SCREEN_HEALTH_EVERY_MS;
      return this.tell(false, null);
    }
    this.sampling = true;
    this.sample(nowMs, []);
  }

  private sample(fromMs: number, gaps: readonly number[]): void {
    let lastMs = fromMs;
    const seen = [...gaps];
    const frame = (): void => {
      const nowMs = performance.now();
      seen.push(nowMs - lastMs);
      lastMs = nowMs;
      if (nowMs - fromMs < SAMPLE_MS) return void requestAnimationFrame(frame);
      this.sampling = false;
      const visible = document.visibilityState === 'visible';
      this.tell(visible, visible ? percentile(seen) : null);
    };
    requestAnimationFrame(frame);
    /* Frames stop when the tab goes into the background: then the next paint begins anew. */
    setTimeout(() => (this.sampling = false), SAMPLE_MS * 4);
  }

  private tell(visible: boolean, frameP95Ms: number | null): void {
    this.send({ v: 1, screenId: SCREEN_ID as ClientHealth['screenId'], visible, frameP95Ms, ...this.facts() });
  }
}

function percentile(gaps: readonly number[]): number {
  const sorted = [...gaps].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * P))] ?? 0);
}
