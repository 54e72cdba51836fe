/** Presses on two alarms that are closer together are not of one person's hand (wall time). */
export const SAME_INSTANT_MS = 250;
/** Different alarms that one person can press within `ALARMS_IN_MS`. */
export const ALARMS_MAX = 8;
export const ALARMS_IN_MS = 5_000;
/** Presses of one kind on one alarm that mean something within `REPEATS_IN_MS`. */
export const REPEATS_MAX = 5;
export const REPEATS_IN_MS = 10_000;
/** Wall time for which what takes sound or sight of alarms away is refused after an impossible press. */
export const HOLD_MS = 5_000;
/** Sessions and stations that are remembered; the one silent longest goes first. */
const KEYS_MAX = 10_000;
/** Presses of one session that are remembered: a screen that presses by itself does so some hundred times a second at most. */
const PRESSES_MAX = 64;

/**
 * What is pressed. `accept` says that somebody comes, and is held to what is impossible by itself alone; the others take sound or
 * sight of an alarm away, and are held for a time after any impossible press.
 */
export type PressKind = 'accept' | 'acknowledge' | 'shelve' | 'pause';

export interface Press {
  readonly kind: PressKind;
  /** The alarm, the condition of a stay, or the care unit whose screens are to be still. */
  readonly subject: string;
  /** Of the command: what was let through once is let through again, because it does nothing more. */
  readonly commandId: string;
  readonly wallMs: number;
}

export type PressRefusal = 'same-instant' | 'too-many-alarms' | 'too-often' | 'held';

interface Pressed extends Press {
  readonly isDone: boolean;
}

interface Hand {
  presses: Pressed[];
  heldUntilMs: number;
}

/** Null: let through. */
export type Verdict = { readonly why: PressRefusal; readonly retryAfterMs: number } | null;

/**
 * Whether presses can be of one person's hand (ghost touch, a stuck key, a program that presses). Plain and in bounded memory: the
 * caller brings the time. What is refused counts as pressed too, so that a screen that goes on pressing stays refused.
 */
export class PressRate {
  private readonly hands = new Map<string, Hand>();

  /** @param keys the session, and the station at which it happens: either is enough to refuse */
  press(keys: readonly string[], press: Press): Verdict {
    const hands = keys.map((key) => this.hand(key));
    // It was answered once; its answer may have been lost on the way.
    if (hands.some(({ presses }) => presses.some((each) => each.isDone && each.commandId === press.commandId))) return null;
    const verdicts = hands.map((hand) => verdictOf(hand, press));
    const worst =
      verdicts.find((verdict) => verdict !== null && verdict.why !== 'held') ?? verdicts.find((v) => v !== null) ?? null;
    for (const hand of hands) note(hand, { ...press, isDone: worst === null });
    if (worst !== null && worst.why !== 'held') for (const hand of hands) hand.heldUntilMs = press.wallMs + HOLD_MS;
    return worst;
  }

  get size(): number {
    return this.hands.size;
  }

  private hand(key: string): Hand {
    const hand = this.hands.get(key) ?? { presses: [], heldUntilMs: 0 };
    this.hands.delete(key);
    this.hands.set(key, hand);
    if (this.hands.size > KEYS_MAX) {
      const oldest = this.hands.keys().next();
      if (oldest.done !== true) this.hands.delete(oldest.value);
    }
    return hand;
  }
}

/** A clock that steps either way makes presses neither closer together nor further apart than they can be. */
const within = (since: Press, { wallMs }: Press, ms: number): boolean => Math.abs(wallMs - since.wallMs) < ms;

function verdictOf({ presses, heldUntilMs }: Hand, press: Press): Verdict {
  const others = presses.filter((each) => each.subject !== press.subject);
  if (others.some((each) => within(each, press, SAME_INSTANT_MS))) return { why: 'same-instant', retryAfterMs: HOLD_MS };
  const alarms = new Set(others.filter((each) => within(each, press, ALARMS_IN_MS)).map(({ subject }) => subject));
  if (alarms.size >= ALARMS_MAX) return { why: 'too-many-alarms', retryAfterMs: HOLD_MS };
  if (press.kind === 'accept') return null;
  const same = presses.filter(({ subject, kind }) => subject === press.subject && kind === press.kind);
  if (same.filter((each) => within(each, press, REPEATS_IN_MS)).length >= REPEATS_MAX) {
    return { why: 'too-often', retryAfterMs: HOLD_MS };
  }
  const leftMs = heldUntilMs - press.wallMs;
  return leftMs > 0 && leftMs <= HOLD_MS ? { why: 'held', retryAfterMs: leftMs } : null;
}

function note(hand: Hand, press: Pressed): void {
  hand.presses.push(press);
  if (hand.presses.length > PRESSES_MAX) hand.presses = hand.presses.slice(-PRESSES_MAX);
}
