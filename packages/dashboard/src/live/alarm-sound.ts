import type { AlarmView, AudioPause, LimitsOffBoard, ScreenSound } from '@vigil/contracts';
import { display } from '../model/display.js';
import { loudness, screenSettings } from '../model/screen-settings.js';
import type { Now } from '../model/server-clock.js';
import { Signal } from '../model/signal.js';
import { burstMs, patternOf } from '../model/sound-pattern.js';
import { beginsAnew, hear, type HeardAlarms, type Sounding, soundingOf } from '../model/sounding.js';
import { Audio } from './audio.js';
import { LossSound } from './loss-sound.js';
import { audioPauses, endAudioPause, pauseAudio } from './pause-api.js';
import type { Answer } from './problem.js';
import { SoundLeader } from './sound-leader.js';

/** Where no board comes the pauses of others are asked for so often. */
const ASK_EVERY_MS = 15_000;
const TESTED = 'vigil.sound-tested';

interface Facts {
  readonly careUnitId: string;
  /** What this screen is called in a pause of its own. */
  readonly screen: string;
  /** Null before the server has told any. */
  readonly alarms: () => readonly AlarmView[] | null;
  readonly now: () => Now | null;
  /** This tab knows what is now: only such a one keeps others of the browser silent. */
  readonly isLive: () => boolean;
  /** Nothing is missing from the picture: it is live, and the server works through the data. Also where there is to be no picture. */
  readonly isWhole: () => boolean;
  /** Null before the first tick. */
  readonly tickAgeMs: () => number | null;
}

/** The sound of a screen: what should sound is decided by model/sounding.ts, here it is made to. */
export class AlarmSound {
  readonly state = new Signal<ScreenSound>('off');
  /** Pauses in force in the care unit, of this screen and of others. */
  readonly pauses = new Signal<readonly AudioPause[]>([]);
  private readonly audio = new Audio(() => this.update());
  private readonly leader: SoundLeader;
  /** What it sounds of itself, when the picture is lost. */
  readonly loss: LossSound;
  private heard: HeardAlarms | null = null;
  private playing: Sounding | null = null;
  private playingSinceMs = -Infinity;
  private askedMs = -Infinity;
  private hasBoard = false;
  /** The board names other pauses than are known here. */
  private isBehind = false;
  private readonly unsubscribe: (() => void)[] = [];

  constructor(private readonly facts: Facts) {
    this.leader = new SoundLeader(
      `vigil.sound.${facts.careUnitId}`,
      () => this.update(),
      ({ kind }) => {
        if (kind === 'pauses-changed') void this.ask();
        else if (!facts.isLive()) this.update();
      },
    );
    this.loss = new LossSound(facts.careUnitId, this.audio, () => this.update());
  }

  start(): void {
    this.audio.start();
    this.unsubscribe.push(
      screenSettings.subscribe(() => this.update()),
      display.subscribe(() => this.update()),
    );
    this.update();
  }

  stop(): void {
    for (const end of this.unsubscribe) end();
    this.leader.close();
    this.loss.close();
    this.audio.stop();
  }

  /** Looks anew at what is to sound: with each change of an alarm, with each paint, and with each tick also in the background. */
  update(): void {
    const { sound } = screenSettings.get();
    const canSound = sound && this.audio.isRunning;
    const isLive = this.facts.isLive();
    this.leader.want(canSound && isLive);
    const mayLead = canSound && this.leader.leads;
    /* Of tabs that have all lost the picture one goes on with what it knew. */
    const leads = mayLead && (isLive || this.loss.leads);
    const isStill = isLive ? this.isPausedHere() : this.loss.isQuiet;
    this.state.set(!sound ? 'off' : !this.audio.isRunning ? 'blocked' : leads ? (isStill ? 'off' : 'on') : 'other');
    this.leader.beat();
    this.sound(leads && (isLive || !isStill));
    const level = loudness(screenSettings.get(), display.get().soundPctMin);
    const beside = this.playing && patternOf(this.playing.priority, this.playing.kind);
    const isWhole = this.facts.isWhole();
    this.loss.update({ isWhole, isLive, tickAgeMs: this.facts.tickAgeMs() ?? 0, mayLead, loudness: level, beside });
    if ((!this.hasBoard || this.isBehind) && performance.now() - this.askedMs > ASK_EVERY_MS) void this.ask();
  }

  /** The browser lets a page sound only after a press on it: called from one. */
  readonly unlock = (): void => this.audio.unlock();

  /** Sounds once, for a person who listens, and remembers when that was. */
  test(): void {
    this.audio.unlock();
    const { soundPctMin } = display.get();
    this.audio.playOnce(patternOf('medium', 'physiological'), loudness(screenSettings.get(), soundPctMin));
  }

  /** A person has heard it. Wall time of this machine, of this screen. */
  heardTest(): void {
    localStorage.setItem(TESTED, String(Date.now()));
  }

  testedAtMs(): number | null {
    const at = Number(localStorage.getItem(TESTED) ?? Number.NaN);
    return Number.isFinite(at) ? at : null;
  }

  async pause(): Promise<Answer<AudioPause>> {
    const answer = await pauseAudio(this.facts.careUnitId, this.facts.screen);
    if (answer.ok) this.take([...this.pauses.get().filter(({ stationId }) => stationId !== this.facts.screen), answer.value]);
    return answer;
  }

  async endPause(pause: AudioPause): Promise<Answer<AudioPause>> {
    const answer = await endAudioPause(pause);
    if (answer.ok || answer.trouble.code === 'not-found') {
      this.take(this.pauses.get().filter(({ pauseId }) => pauseId !== pause.pauseId));
    }
    return answer;
  }

  /** The board of the unit: a pause that it does not have any more is over; one that is new is asked for. */
  board({ rows }: LimitsOffBoard): void {
    this.hasBoard = true;
    const told = rows.filter(({ kind }) => kind === 'audio-paused').map(({ stationId, untilMs }) => `${stationId} ${untilMs}`);
    const known = new Set(this.inForce().map(({ stationId, untilWallMs }) => `${stationId} ${untilWallMs}`));
    this.isBehind = told.length !== known.size || told.some((each) => !known.has(each));
    if (this.isBehind) void this.ask();
  }

  /** The pause that stills this screen: its own, or else the unit's. */
  ownPause(): AudioPause | null {
    const own = this.inForce().find(({ stationId }) => stationId === this.facts.screen);
    return own ?? this.inForce().find(({ stationId }) => stationId === null) ?? null;
  }

  inForce(): readonly AudioPause[] {
    const wallMs = this.wallMs();
    return this.pauses.get().filter(({ untilWallMs }) => wallMs < untilWallMs);
  }

  private isPausedHere(): boolean {
    return this.ownPause() !== null;
  }

  private take(pauses: readonly AudioPause[]): void {
    this.pauses.set(pauses);
    this.leader.say({ kind: 'pauses-changed' });
    this.update();
  }

  private async ask(): Promise<void> {
    this.askedMs = performance.now();
    const answer = await audioPauses(this.facts.careUnitId);
    if (!answer.ok) return;
    this.isBehind = false;
    this.pauses.set(answer.value.items);
    this.update();
  }

  private sound(leads: boolean): void {
    const now = this.facts.now();
    const alarms = this.facts.alarms();
    if (now && alarms) this.heard = hear(this.heard, alarms, now);
    const pause = this.ownPause();
    const next = leads ? soundingOf(alarms ?? [], this.heard ?? new Map(), pause ? [pause] : [], this.wallMs()) : null;
    if (!next) {
      if (this.playing) this.audio.silence();
      this.playing = null;
      return;
    }
    const level = loudness(screenSettings.get(), display.get().soundPctMin);
    const pattern = patternOf(next.priority, next.kind);
    const isOther = !this.playing || this.playing.priority !== next.priority || this.playing.kind !== next.kind;
    /* One more alarm of the same kind begins a burst of its own, unless one is just sounding. */
    const isDone = performance.now() - this.playingSinceMs > burstMs(pattern);
    if (isOther || (beginsAnew(this.playing, next) && isDone)) {
      this.audio.play(pattern, level);
      this.playingSinceMs = performance.now();
    } else this.audio.setLoudness(level);
    this.playing = next;
  }

  private wallMs(): number {
    return this.facts.now()?.wallMs ?? Date.now();
  }
}
