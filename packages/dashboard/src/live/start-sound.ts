import { display } from '../model/display.js';
import { loudness, screenSettings } from '../model/screen-settings.js';
import { Signal } from '../model/signal.js';
import { Audio } from './audio.js';
import { LossSound } from './loss-sound.js';

const LOOK_MS = 1_000;

/**
 * What a screen sounds of itself that started while the server was away, and has not even learned whose picture it is to show: after
 * a power cut nobody may be looking at it.
 */
export class StartSound {
  /** The browser lets the page sound. */
  readonly isHeard = new Signal(false);
  private readonly audio = new Audio(() => this.update());
  readonly loss: LossSound;
  private timer: ReturnType<typeof setInterval> | undefined;
  private unsubscribe = (): void => undefined;

  /** @param sinceMs when the page began to ask, on the monotonic clock */
  constructor(sinceMs: number) {
    this.loss = new LossSound('start', this.audio, () => this.update(), sinceMs);
  }

  start(): void {
    this.audio.start();
    this.timer = setInterval(() => this.update(), LOOK_MS);
    this.unsubscribe = screenSettings.subscribe(() => this.update());
    this.update();
  }

  stop(): void {
    clearInterval(this.timer);
    this.unsubscribe();
    this.loss.close();
    this.audio.stop();
  }

  readonly unlock = (): void => this.audio.unlock();

  private update(): void {
    const settings = screenSettings.get();
    this.isHeard.set(this.audio.isRunning);
    this.loss.update({
      ...{ isWhole: false, isLive: false, tickAgeMs: 0, mayLead: settings.sound && this.audio.isRunning },
      ...{ loudness: loudness(settings, display.get().soundPctMin), beside: null },
    });
  }
}
