import type { Priority } from './state.js';

/** Starts of the pulses of one burst in seconds, and how often it comes. Source: IEC 60601-1-8, table 3, within its ranges. */
const BURSTS: Readonly<
  Record<
    Priority | 'lost',
    { readonly hz: number; readonly pulseS: number; readonly atS: readonly number[]; readonly everyMs: number }
  >
> = {
  high: { hz: 660, pulseS: 0.15, atS: [0, 0.25, 0.5, 0.9, 1.15, 1.9, 2.15, 2.4, 2.8, 3.05], everyMs: 10_000 },
  medium: { hz: 523, pulseS: 0.2, atS: [0, 0.4, 0.8], everyMs: 15_000 },
  low: { hz: 440, pulseS: 0.2, atS: [0], everyMs: 25_000 },
  lost: { hz: 330, pulseS: 0.25, atS: [0, 0.5], everyMs: 10_000 },
};
/** A fundamental and harmonics, so that the place of a sound can be heard and hearing loss at one frequency costs little. */
const HARMONICS = [0, 1, 0.7, 0.5, 0.35, 0.25];
const TEST_S = 0.4;

/** The sound of this screen. A browser lets it begin only by a click. */
export class Sound {
  private context: AudioContext | null = null;
  private wave: PeriodicWave | null = null;
  private playing: Priority | 'lost' | null = null;
  private nextMs = 0;

  /** `off` until it was turned on, `blocked` where the browser does not play it. */
  get state(): 'off' | 'blocked' | 'on' {
    if (this.context === null) return 'off';
    return this.context.state === 'running' ? 'on' : 'blocked';
  }

  /** Called from a click. Ends with a test tone. */
  async turnOn(): Promise<void> {
    this.context ??= new AudioContext();
    this.wave ??= this.context.createPeriodicWave(new Float32Array(HARMONICS.length), new Float32Array(HARMONICS));
    await this.context.resume();
    this.test();
  }

  test(): void {
    this.pulse(BURSTS.low.hz, 0, TEST_S);
  }

  /** What should be heard now; called often. A more urgent sound begins at once. */
  want(what: Priority | 'lost' | null, nowMs: number): void {
    if (what !== this.playing) {
      this.playing = what;
      this.nextMs = nowMs;
    }
    if (what === null || this.state !== 'on' || nowMs < this.nextMs) return;
    const { hz, pulseS, atS, everyMs } = BURSTS[what];
    for (const startS of atS) this.pulse(hz, startS, pulseS);
    this.nextMs = nowMs + everyMs;
  }

  private pulse(hz: number, startS: number, lengthS: number): void {
    if (this.context === null || this.wave === null) return;
    const from = this.context.currentTime + startS;
    const gain = this.context.createGain();
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(0.4, from + 0.02);
    gain.gain.setValueAtTime(0.4, from + lengthS - 0.03);
    gain.gain.linearRampToValueAtTime(0, from + lengthS);
    const oscillator = this.context.createOscillator();
    oscillator.setPeriodicWave(this.wave);
    oscillator.frequency.value = hz;
    oscillator.connect(gain).connect(this.context.destination);
    oscillator.start(from);
    oscillator.stop(from + lengthS + 0.05);
  }
}
