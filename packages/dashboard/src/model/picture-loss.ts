import { burstMs, type Pattern } from './sound-pattern.js';

/** After the last sign of a whole picture: 3 s until NOT LIVE (dashboard.md §2.7), and 3 s in which a line may come back by itself. */
export const LOSS_SOUND_AFTER_MS = 6_000;
/** A picture that was never there yet takes longer than one that comes back. */
export const FIRST_PICTURE_MS = 10_000;
/** A person quiets the screen's own sound for so long, as with a pause of sound; nothing quiets it for good. */
export const LOSS_QUIET_MS = 120_000;
/** A page that did nothing for so long was asleep: before it sounds it may ask what is now. */
const ASLEEP_MS = 3_000;
/**
 * A picture that was lost counts for as good as before once it has been there for so long, which one tick alone does not make. Lost
 * again before that it sounds so soon after its last tick: a line that comes for a moment and goes would else never be heard.
 */
const SETTLED_MS = 4_000;
const UNSETTLED_AFTER_MS = 3_500;
/** Between the end of one sound and the start of the other, where two take turns. */
const APART_MS = 1_000;

/** What decides when a screen sounds of itself. All times on one monotonic clock of the machine. */
export interface Loss {
  /** The last sign that the picture was whole; or as late as would have been early enough. */
  readonly wholeAtMs: number;
  /** Since when it is whole without a break; null while it is not. */
  readonly wholeSinceMs: number | null;
  readonly quietUntilMs: number;
  readonly lookedAtMs: number;
}

export const noPictureYet = (nowMs: number): Loss => ({
  wholeAtMs: nowMs + FIRST_PICTURE_MS - LOSS_SOUND_AFTER_MS,
  wholeSinceMs: null,
  quietUntilMs: -Infinity,
  lookedAtMs: nowMs,
});

/** What is said of it where the loss of the picture is said. */
export type LossShown =
  /** The picture is whole. */
  | { readonly kind: 'whole' }
  /** This tab will sound of itself in a moment, if nothing comes until then. */
  | { readonly kind: 'soon' }
  /** It does. */
  | { readonly kind: 'sounds' }
  /** It can't be heard: no sound here, or another tab sounds. `isDue`: it would sound by now, so it is said all the same. */
  | { readonly kind: 'still'; readonly isDue: boolean }
  /** A person has quieted it. On the monotonic clock. */
  | { readonly kind: 'quiet'; readonly untilMs: number };

/**
 * Nothing is missing from the picture. Who is refused a care unit has no picture of it to lose; a screen that had one and is refused
 * then has lost it like any other.
 */
export const isPictureWhole = (facts: {
  readonly isLive: boolean;
  readonly isProcessing: boolean;
  readonly isRefused: boolean;
  readonly hadPicture: boolean;
}): boolean => (facts.isLive && facts.isProcessing) || (facts.isRefused && !facts.hadPicture);

interface Look {
  readonly nowMs: number;
  /** The picture is live and the server works through the data. */
  readonly isWhole: boolean;
  /** Age of the newest tick. */
  readonly tickAgeMs: number;
  /** The sound has begun by itself, while the page could say nothing. */
  readonly isSounding: boolean;
}

/** What a look at the picture changes. A whole picture ends the quiet too: the next loss is another one. */
export function lookedAt(loss: Loss, { nowMs, isWhole, tickAgeMs, isSounding }: Look): Loss {
  if (isWhole) {
    const wholeSinceMs = loss.wholeSinceMs ?? nowMs;
    const isSettled = nowMs - wholeSinceMs >= SETTLED_MS;
    const soonerMs = isSettled ? 0 : LOSS_SOUND_AFTER_MS - UNSETTLED_AFTER_MS;
    const quietUntilMs = isSettled ? -Infinity : loss.quietUntilMs;
    return { wholeAtMs: nowMs - Math.max(0, tickAgeMs) - soonerMs, wholeSinceMs, quietUntilMs, lookedAtMs: nowMs };
  }
  const wasAsleep = nowMs - loss.lookedAtMs > ASLEEP_MS && !isSounding;
  const earliestMs = nowMs + ASLEEP_MS - LOSS_SOUND_AFTER_MS;
  return {
    ...loss,
    lookedAtMs: nowMs,
    wholeSinceMs: null,
    wholeAtMs: wasAsleep ? Math.max(loss.wholeAtMs, earliestMs) : loss.wholeAtMs,
  };
}

export const quieted = (loss: Loss, nowMs: number): Loss => ({ ...loss, quietUntilMs: nowMs + LOSS_QUIET_MS });
export const notQuieted = (loss: Loss): Loss => ({ ...loss, quietUntilMs: -Infinity });
export const isQuiet = (loss: Loss, nowMs: number): boolean => nowMs < loss.quietUntilMs;

/**
 * In how long the screen sounds of itself, if nothing comes until then; 0: now. Always a finite time: what counts it down is the
 * machine's own sound, so it begins also when the page hangs, and also when somebody had it quieted before.
 */
export const soundsInMs = ({ wholeAtMs, quietUntilMs }: Loss, nowMs: number): number =>
  Math.max(0, wholeAtMs + LOSS_SOUND_AFTER_MS - nowMs, quietUntilMs - nowMs);

/** @param leads this tab can be heard, and is the one to sound */
export function lossShown(loss: Loss, nowMs: number, isWhole: boolean, leads: boolean): LossShown {
  if (isWhole) return { kind: 'whole' };
  if (isQuiet(loss, nowMs)) return { kind: 'quiet', untilMs: loss.quietUntilMs };
  const isDue = soundsInMs(loss, nowMs) === 0;
  if (!leads) return { kind: 'still', isDue };
  return { kind: isDue ? 'sounds' : 'soon' };
}

/**
 * The same, moved behind a burst of the alarms that go on sounding: the two take turns and neither covers the other.
 *
 * @param beside what sounds of the alarms as they were, and for how long already
 */
export function inTurnMs(
  inMs: number,
  own: Pattern,
  beside: { readonly pattern: Pattern; readonly elapsedMs: number } | null,
): number {
  if (!beside) return inMs;
  const { everyMs } = beside.pattern;
  const at = (beside.elapsedMs + inMs) % everyMs;
  const fromMs = burstMs(beside.pattern) + APART_MS;
  const toMs = everyMs - burstMs(own) - APART_MS;
  if (at < fromMs) return inMs + fromMs - at;
  return at <= toMs ? inMs : inMs + everyMs - at + fromMs;
}
