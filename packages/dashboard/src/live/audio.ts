import { type Pattern, patternSamples } from '../model/sound-pattern.js';

/** What the browser needs before it lets a page sound. */
const GESTURES = ['pointerdown', 'keydown'] as const;

/** A second voice is put off in steps of so much. */
const ARM_MS = 900;

/**
 * Plays patterns in a loop of the audio thread, so that an alarm goes on sounding while the page is busy or hangs.
 *
 * The browser decides whether a page may sound before somebody has pressed on it; `isRunning` says whether it does.
 */
export class Audio {
  private context: AudioContext | null = null;
  private gain: GainNode | null = null;
  private source: AudioBufferSourceNode | null = null;
  private startedS = 0;
  /** How often a loop has begun. */
  plays = 0;
  private watch: { readonly source: AudioBufferSourceNode; readonly startS: number; readonly everyMs: number } | null = null;
  private watchGain: GainNode | null = null;
  private readonly buffers = new Map<string, AudioBuffer>();

  /** @param changed the browser has let the page sound, or no longer does */
  constructor(private readonly changed: () => void) {}

  start(): void {
    if (this.context || typeof AudioContext === 'undefined') return;
    const context = new AudioContext({ latencyHint: 'interactive' });
    this.context = context;
    this.gain = context.createGain();
    this.gain.connect(context.destination);
    this.watchGain = context.createGain();
    this.watchGain.connect(context.destination);
    context.addEventListener('statechange', this.changed);
    for (const kind of GESTURES) addEventListener(kind, this.unlock, { capture: true, passive: true });
  }

  stop(): void {
    for (const kind of GESTURES) removeEventListener(kind, this.unlock, { capture: true });
    this.silence();
    this.disarm();
    void this.context?.close();
    this.context = null;
  }

  get isRunning(): boolean {
    return this.context?.state === 'running';
  }

  /** Somebody has pressed something: the browser may let the page sound now. */
  readonly unlock = (): void => {
    if (this.context && this.context.state !== 'running') void this.context.resume().then(this.changed, () => undefined);
  };

  /** From the start of a burst, for ever. */
  play(pattern: Pattern, loudness: number): void {
    this.silence();
    const { context, gain } = this;
    if (!context || !gain) return;
    gain.gain.value = loudness;
    const source = context.createBufferSource();
    source.buffer = this.bufferOf(context, pattern);
    source.loop = true;
    source.connect(gain);
    source.start();
    this.source = source;
    this.startedS = context.currentTime;
    this.plays += 1;
  }

  /** For how long the loop goes on already. */
  get elapsedMs(): number {
    return this.source && this.context ? (this.context.currentTime - this.startedS) * 1_000 : 0;
  }

  /**
   * A second voice, which begins in `inMs` by itself and goes on for ever: the audio thread counts, whatever the page does until
   * then. Called again and again it is put off again and again.
   */
  arm(pattern: Pattern, loudness: number, inMs: number): void {
    const { context, watchGain, watch } = this;
    if (!context || !watchGain) return;
    const startS = context.currentTime + inMs / 1_000;
    watchGain.gain.value = loudness;
    if (watch && Math.abs(watch.startS - startS) * 1_000 < ARM_MS && watch.everyMs === pattern.everyMs) return;
    this.disarm();
    const source = context.createBufferSource();
    source.buffer = this.bufferOf(context, pattern);
    source.loop = true;
    source.connect(watchGain);
    source.start(startS);
    this.watch = { source, startS, everyMs: pattern.everyMs };
  }

  disarm(): void {
    this.watch?.source.stop();
    this.watch?.source.disconnect();
    this.watch = null;
  }

  /** The second voice has begun. */
  get isArmedSounding(): boolean {
    return this.watch !== null && this.isRunning && (this.context?.currentTime ?? 0) >= this.watch.startS;
  }

  /** One burst, for a person who listens whether there is one. */
  playOnce(pattern: Pattern, loudness: number): void {
    const { context } = this;
    if (!context) return;
    const [source, gain] = [context.createBufferSource(), context.createGain()];
    gain.gain.value = loudness;
    source.buffer = this.bufferOf(context, pattern);
    source.connect(gain).connect(context.destination);
    source.start();
  }

  setLoudness(loudness: number): void {
    if (this.gain) this.gain.gain.value = loudness;
  }

  silence(): void {
    this.source?.stop();
    this.source?.disconnect();
    this.source = null;
  }

  private bufferOf(context: AudioContext, pattern: Pattern): AudioBuffer {
    const name = `${pattern.priority} ${pattern.fundamentalHz} ${pattern.everyMs}`;
    const known = this.buffers.get(name);
    if (known) return known;
    const samples = patternSamples(pattern, context.sampleRate);
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(samples, 0);
    this.buffers.set(name, buffer);
    return buffer;
  }
}
