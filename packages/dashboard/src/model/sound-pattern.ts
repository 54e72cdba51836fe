import type { Priority } from '@vigil/contracts';

/**
 * Auditory alarm signals in the form of IEC 60601-1-8 (2006 with A1:2012 and A2:2020), tables 3 and 4 and 6.3.3.1: high is a burst
 * of ten pulses in two groups of five, medium three pulses, low one. Pulse 75-200 ms (high) or 125-250 ms; between starts of the
 * sounding parts 50-125 ms (high) or 125-250 ms; the fundamental 150-1000 Hz with at least four harmonics up to 4000 Hz. The
 * figures are from memory of the standard's tables; a file for a regulator checks them against the text.
 */
export interface Pattern {
  readonly priority: Priority;
  /** Starts of the pulses within the burst. */
  readonly startsMs: readonly number[];
  readonly pulseMs: number;
  readonly fundamentalHz: number;
  /** Of each pulse, where they differ. */
  readonly notesHz?: readonly number[];
  /** From the start of one burst to the start of the next. */
  readonly everyMs: number;
}

const HIGH_PULSE_MS = 125;
const HIGH_GAP_MS = 100;
/** Between the two halves of the burst: 0.35 to 1.3 s. */
const HIGH_HALVES_MS = 700;
/** Between the third pulse and the fourth: twice the gap and a pulse. */
const HIGH_THIRD_MS = 2 * HIGH_GAP_MS + HIGH_PULSE_MS;
const MEDIUM_PULSE_MS = 200;
const MEDIUM_GAP_MS = 200;

const HIGH_STEP = HIGH_PULSE_MS + HIGH_GAP_MS;
const half = [0, HIGH_STEP, 2 * HIGH_STEP];
const HALF = [...half, 2 * HIGH_STEP + HIGH_PULSE_MS + HIGH_THIRD_MS, 3 * HIGH_STEP + HIGH_PULSE_MS + HIGH_THIRD_MS];
const HALF_MS = (HALF.at(-1) ?? 0) + HIGH_PULSE_MS;
const MEDIUM_STEP = MEDIUM_PULSE_MS + MEDIUM_GAP_MS;

const FORMS: Readonly<Record<Priority, Omit<Pattern, 'priority' | 'fundamentalHz'>>> = {
  high: {
    startsMs: [...HALF, ...HALF.map((ms) => ms + HALF_MS + HIGH_HALVES_MS)],
    pulseMs: HIGH_PULSE_MS,
    everyMs: 10_000,
  },
  medium: { startsMs: [0, MEDIUM_STEP, 2 * MEDIUM_STEP], pulseMs: MEDIUM_PULSE_MS, everyMs: 25_000 },
  low: { startsMs: [0], pulseMs: MEDIUM_PULSE_MS, everyMs: 30_000 },
};

/** Technical alarms sound lower: it is a measurement that is missing, not the patient that is worse (dashboard.md §1.3). */
const FUNDAMENTAL_HZ: Readonly<Record<'physiological' | 'technical', Readonly<Record<Priority, number>>>> = {
  physiological: { high: 660, medium: 523, low: 440 },
  technical: { high: 330, medium: 262, low: 220 },
};

export function patternOf(priority: Priority, kind: 'physiological' | 'technical'): Pattern {
  return { priority, ...FORMS[priority], fundamentalHz: FUNDAMENTAL_HZ[kind][priority] };
}

/** Falling, as of something that goes off: no alarm of a patient or of a device sounds so. */
const LOSS_HZ = [392, 294, 196] as const;
/** Where it takes turns with an alarm it comes as often as that, but not more often than this. */
const LOSS_EVERY_MS_MIN = 15_000;

/**
 * That this screen shows nothing, by the screen itself: in the form of a technical alarm of medium priority, because the bedside
 * monitors go on. Its period is a whole number of those of the alarm that it takes turns with.
 */
export function lossPattern(beside: Pattern | null): Pattern {
  const form = FORMS.medium;
  const everyMs = beside ? Math.ceil(LOSS_EVERY_MS_MIN / beside.everyMs) * beside.everyMs : form.everyMs;
  return { priority: 'medium', ...form, everyMs, fundamentalHz: LOSS_HZ[0], notesHz: LOSS_HZ };
}

/** Each harmonic stays within 15 dB of the fundamental, so that the sound is found in a room. */
const HARMONICS = [1, 0.7, 0.5, 0.4, 0.3] as const;
/** Rise and fall of a pulse, as a part of it. */
const RAMP = 0.2;

/** One period of the pattern, burst and pause, to be played in a loop: the sound goes on while the page is busy. From -1 to 1. */
export function patternSamples(pattern: Pattern, sampleRate: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round((pattern.everyMs / 1_000) * sampleRate));
  const length = Math.round((pattern.pulseMs / 1_000) * sampleRate);
  const loudest = HARMONICS.reduce((sum, part) => sum + part, 0);
  for (const [n, startMs] of pattern.startsMs.entries()) {
    const hz = pattern.notesHz?.[n] ?? pattern.fundamentalHz;
    const from = Math.round((startMs / 1_000) * sampleRate);
    for (let i = 0; i < length; i += 1) {
      const ramp = Math.min(1, i / (length * RAMP), (length - i) / (length * RAMP));
      const wave = HARMONICS.reduce((sum, part, h) => sum + part * Math.sin((2 * Math.PI * hz * (h + 1) * i) / sampleRate), 0);
      samples[from + i] = (ramp * wave) / loudest;
    }
  }
  return samples;
}

/** How long the burst sounds, without the pause behind it. */
export const burstMs = ({ startsMs, pulseMs }: Pattern): number => (startsMs.at(-1) ?? 0) + pulseMs;
