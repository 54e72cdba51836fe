/** A device clock within this of the gateway's is taken as it is, in wall milliseconds (decisions.md, D8). */
export const SKEW_LIMIT_WALL_MS = 30_000;
/** How long the smallest offset counts, at most twice over, in wall milliseconds. */
const WINDOW_WALL_MS = 60_000;
/** A window closes only after so many messages, so that a device which was away keeps what is known of its clock. */
const WINDOW_MESSAGES = 10;
/** So many messages must agree before a clock that jumped beyond the limit is believed. */
const AGREEING = 3;
/** Older than any device keeps its data, in wall milliseconds: a time so far back is a wrong clock, not a stored message. */
const STORED_WALL_MS = 8 * 86_400_000;
/**
 * After a restart of a device: an offset that stays the same, within `STEADY_WALL_MS`, for so long and so many messages is a
 * clock that was set wrong. What a device kept comes faster than it was measured, so its offsets shrink.
 */
const STEADY_FOR_WALL_MS = 20_000;
const STEADY_MESSAGES = 5;
const STEADY_WALL_MS = 2_000;

export interface SkewState {
  /** Smallest `gatewayAt - deviceAt` of the window before and of this one, in event ms. */
  readonly previousMs: number | null;
  readonly currentMs: number | null;
  readonly openedWallMs: number;
  readonly messages: number;
  /** An offset that is not explained yet, how many messages agree with it, and since when. */
  readonly candidateMs: number | null;
  readonly agreeing: number;
  readonly sinceWallMs: number;
  /** Newest message of the boot: number and time as the device said them. */
  readonly bootId: string | null;
  readonly seq: number;
  readonly deviceAtMs: number;
  /** Nothing of this boot was explained by what is known; its clock may have been set while it was off. */
  readonly isNewBoot: boolean;
  /** Times are being corrected; that ends only well within the limit, or event time would jump to and fro at it. */
  readonly isCorrected: boolean;
}

export const NO_SKEW: SkewState = {
  ...{ previousMs: null, currentMs: null, openedWallMs: 0, messages: 0, candidateMs: null, agreeing: 0, sinceWallMs: 0 },
  ...{ bootId: null, seq: -1, deviceAtMs: 0, isNewBoot: true, isCorrected: false },
};

export interface EventTime {
  readonly state: SkewState;
  /** Event time of the message: never after `gatewayAtMs`. */
  readonly atMs: number;
  /** The device's clock is out by more than the limit (or unknown), so `atMs` was corrected. */
  readonly clockSuspect: boolean;
}

export interface MessageTimes {
  readonly bootId: string;
  readonly seq: number;
  readonly deviceAtMs: number;
  readonly gatewayAtMs: number;
  readonly wallMs: number;
  /** Event time per wall time. */
  readonly rate: number;
}

/**
 * Event time of one message, and what it teaches about the device's clock. Pure.
 *
 * The estimate is the running minimum of `gatewayAt - deviceAt`: a message can be late but not early, so what a device
 * kept during an outage and sends again later never looks like a slow clock. Beyond that, a clock is believed to be wrong
 *
 * - ahead, or of a device that nothing is known of: after three messages that agree;
 * - years behind (an empty battery: 1970, 2000): likewise, because no device keeps data for so long;
 * - set back while it runs: at once, because a later number with an earlier time can't be anything else;
 * - set back while it was off: after 20 s in which the offset stays the same.
 *
 * Until then a message that is not explained gets the gateway's time, and so does a single wrong one. A slow drift is
 * followed by the windows, within about two minutes.
 *
 * Not supported: telling a slow clock from a device that was never seen before and starts with stored data.
 */
export function eventTime(before: SkewState, times: MessageTimes): EventTime {
  const { deviceAtMs, gatewayAtMs, rate } = times;
  const limitMs = SKEW_LIMIT_WALL_MS * rate;
  const offsetMs = gatewayAtMs - deviceAtMs;
  const state = learnFrom(rotate(ofBoot(before, times), times.wallMs), times, offsetMs, limitMs);
  const learnt = estimate(state);
  const isStrange = learnt === null || offsetMs < learnt - limitMs || isAncient(offsetMs - learnt, rate);
  // A message that the estimate does not explain: the gateway's time stands in.
  const skewMs = isStrange ? offsetMs : learnt;
  const clockSuspect = Math.abs(skewMs) > (before.isCorrected ? limitMs / 2 : limitMs);
  // A clock that is ahead is always corrected: cut off at the gateway's time, what was kept and sent together would fall
  // on one instant, and history keeps one value of an instant.
  const atMs = clockSuspect || skewMs < 0 ? deviceAtMs + skewMs : deviceAtMs;
  return {
    state: isStrange ? state : { ...newest(state, times), isCorrected: clockSuspect },
    atMs: Math.max(0, Math.min(atMs, gatewayAtMs)),
    clockSuspect,
  };
}

/** The device's skew in event ms, or null while it is not known. Positive when the device is behind. */
export function estimate(state: SkewState): number | null {
  if (state.previousMs === null) return state.currentMs;
  return state.currentMs === null ? state.previousMs : Math.min(state.previousMs, state.currentMs);
}

/** What is known of a device when the gateway's own clock was set forward by `stepMs`. */
export function shifted(state: SkewState, stepMs: number): SkewState {
  const { previousMs, currentMs, candidateMs, openedWallMs, sinceWallMs } = state;
  const later = (ms: number | null): number | null => (ms === null ? null : ms + stepMs);
  return {
    ...state,
    ...{ previousMs: later(previousMs), currentMs: later(currentMs), candidateMs: later(candidateMs) },
    ...{ openedWallMs: openedWallMs + stepMs, sinceWallMs: sinceWallMs + stepMs },
  };
}

function learnFrom(state: SkewState, times: MessageTimes, offsetMs: number, limitMs: number): SkewState {
  const { bootId, seq, deviceAtMs, wallMs, rate } = times;
  const isNewer = state.bootId === bootId && seq > state.seq;
  if (isNewer && state.seq >= 0 && deviceAtMs < state.deviceAtMs - limitMs) return believe(state, offsetMs, wallMs);
  if (Math.abs(offsetMs) <= limitMs) return learn({ ...state, isNewBoot: false }, offsetMs);
  const known = estimate(state);
  if (known === null || offsetMs < known - limitMs || isAncient(offsetMs - known, rate)) {
    const doubted = doubt(state, offsetMs, limitMs, wallMs);
    return doubted.agreeing < AGREEING ? doubted : believe(doubted, offsetMs, wallMs);
  }
  if (offsetMs <= known + limitMs) return learn({ ...state, isNewBoot: false }, offsetMs);
  // What a device kept and sends behind its newest tells nothing of its clock now.
  if (state.bootId === bootId && seq < state.seq) return state;
  if (!state.isNewBoot) return learn(state, offsetMs);
  // Late, from a device that was off: kept through the outage, or a clock that was set back meanwhile.
  const doubted = doubt(state, offsetMs, STEADY_WALL_MS * rate, wallMs);
  const isSteady = doubted.agreeing >= STEADY_MESSAGES && wallMs - doubted.sinceWallMs >= STEADY_FOR_WALL_MS;
  return isSteady ? believe(doubted, offsetMs, wallMs) : doubted;
}

function isAncient(lateMs: number, rate: number): boolean {
  return lateMs > STORED_WALL_MS * rate;
}

function ofBoot(state: SkewState, { bootId }: MessageTimes): SkewState {
  return state.bootId === bootId ? state : { ...state, bootId, seq: -1, deviceAtMs: 0, isNewBoot: true };
}

function newest(state: SkewState, { seq, deviceAtMs }: MessageTimes): SkewState {
  return seq > state.seq ? { ...state, seq, deviceAtMs } : state;
}

function rotate(state: SkewState, wallMs: number): SkewState {
  if (state.messages < WINDOW_MESSAGES || wallMs - state.openedWallMs < WINDOW_WALL_MS) {
    return state.messages === 0 ? { ...state, openedWallMs: wallMs } : state;
  }
  return { ...state, previousMs: state.currentMs, currentMs: null, openedWallMs: wallMs, messages: 0 };
}

function learn(state: SkewState, offsetMs: number): SkewState {
  const currentMs = state.currentMs === null ? offsetMs : Math.min(state.currentMs, offsetMs);
  return { ...state, currentMs, messages: state.messages + 1, candidateMs: null, agreeing: 0 };
}

/** What was known is forgotten; this offset holds. */
function believe(state: SkewState, offsetMs: number, wallMs: number): SkewState {
  return learn({ ...state, previousMs: null, currentMs: null, messages: 0, openedWallMs: wallMs, isNewBoot: false }, offsetMs);
}

function doubt(state: SkewState, offsetMs: number, withinMs: number, wallMs: number): SkewState {
  const agrees = state.candidateMs !== null && Math.abs(offsetMs - state.candidateMs) <= withinMs;
  if (agrees) return { ...state, agreeing: state.agreeing + 1 };
  return { ...state, candidateMs: offsetMs, agreeing: 1, sinceWallMs: wallMs };
}
