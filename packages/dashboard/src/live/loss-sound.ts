import {
  inTurnMs,
  isQuiet,
  lookedAt,
  type Loss,
  type LossShown,
  lossShown,
  noPictureYet,
  notQuieted,
  quieted,
  soundsInMs,
} from '../model/picture-loss.js';
import { Signal } from '../model/signal.js';
import { lossPattern, type Pattern } from '../model/sound-pattern.js';
import type { Audio } from './audio.js';
import { SoundLeader } from './sound-leader.js';

interface LossFacts {
  readonly isWhole: boolean;
  readonly isLive: boolean;
  readonly tickAgeMs: number;
  /** This tab can sound, and no tab that knows more does. */
  readonly mayLead: boolean;
  readonly loudness: number;
  /** The alarm that sounds beside it. */
  readonly beside: Pattern | null;
}

/**
 * The sound of a screen of itself: nobody looks at a wall screen all the time, and one that has lost the server hears of no alarm
 * (features.md V8). While the picture is whole the sound is put off again and again in the audio thread, so that it begins in time
 * also when this page hangs, or its timers come once a minute.
 */
export class LossSound {
  readonly shown = new Signal<LossShown>({ kind: 'whole' });
  private loss: Loss;
  /** Which burst of which alarm it takes turns with. */
  private turn = '';
  private readonly leader: SoundLeader;

  constructor(
    careUnitId: string,
    private readonly audio: Audio,
    private readonly changed: () => void,
    sinceMs = performance.now(),
  ) {
    this.loss = noPictureYet(sinceMs);
    this.leader = new SoundLeader(`vigil.loss.${careUnitId}`, changed, (message) => {
      if (message.kind === 'quiet') this.set(message.isOn);
    });
  }

  close(): void {
    this.leader.close();
    this.audio.disarm();
  }

  /** Of the tabs that have lost the picture, this is the one to sound. */
  get leads(): boolean {
    return this.leader.leads;
  }

  get isQuiet(): boolean {
    return isQuiet(this.loss, performance.now());
  }

  update({ isWhole, isLive, tickAgeMs, mayLead, loudness, beside }: LossFacts): void {
    const nowMs = performance.now();
    this.loss = lookedAt(this.loss, { nowMs, isWhole, tickAgeMs, isSounding: this.audio.isArmedSounding });
    this.leader.want(mayLead && !isLive);
    this.leader.beat();
    const leads = mayLead && (isLive || this.leader.leads);
    const inMs = soundsInMs(this.loss, nowMs);
    this.show(lossShown(this.loss, nowMs, isWhole, leads));
    if (!leads) return this.audio.disarm();
    const turn = `${beside?.priority} ${this.audio.plays}`;
    if (turn === this.turn && inMs === 0 && this.audio.isArmedSounding) return undefined;
    if (turn !== this.turn) this.audio.disarm();
    this.turn = turn;
    const own = lossPattern(beside);
    const { elapsedMs } = this.audio;
    return this.audio.arm(own, loudness, inTurnMs(inMs, own, beside && { pattern: beside, elapsedMs }));
  }

  /** For two minutes, on all tabs of this browser; or no longer. */
  quiet(isOn: boolean): void {
    this.set(isOn);
    this.leader.say({ kind: 'quiet', isOn });
  }

  private set(isOn: boolean): void {
    this.loss = isOn ? quieted(this.loss, performance.now()) : notQuieted(this.loss);
    this.changed();
  }

  private show(next: LossShown): void {
    const before = this.shown.get();
    const same =
      before.kind === next.kind &&
      (before.kind !== 'quiet' || next.kind !== 'quiet' || before.untilMs === next.untilMs) &&
      (before.kind !== 'still' || next.kind !== 'still' || before.isDue === next.isDue);
    if (!same) this.shown.set(next);
  }
}
