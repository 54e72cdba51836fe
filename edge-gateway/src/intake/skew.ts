/** A device clock within this of the gateway's is taken as it is, in wall milliseconds (decisions.md, D8). */
export const SKEW_LIMIT_WALL_MS = 30_000;
/** How long the smallest offset counts, at most twice over, in wall milliseconds. */
const WINDOW_WALL_MS = 60_000;
/** A window closes only after so many messages, so that a device which was away keeps what is known of its clock. */
const WINDOW_MESSAGES = 10;
/** So many messages must agree before a clock that jumped beyond the limit is believed. */
const AGREEING = 3;

export interface SkewState {
  /** Smallest `gatewayAt - deviceAt` of the window before and of this one, in event ms. */
  readonly previousMs: number | null;
  readonly currentMs: number | null;
  readonly openedWallMs: number;
  readonly messages: number;
  readonly candidateMs: number | null;
  readonly agreeing: number;
}

export const NO_SKEW: SkewState = {
  previousMs: null,
  currentMs: null,
  openedWallMs: 0,
  messages: 0,
  candidateMs: null,
  agreeing: 0,
};

export interface EventTime {
  readonly state: SkewState;
  /** Event time of the message: never after `gatewayAtMs`. */
  readonly atMs: number;
  /** The device's clock is out by more than the limit (or unknown), so `atMs` was corrected. */
  readonly clockSuspect: boolean;
}

export interface MessageTimes {
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
 * kept during an outage and sends again later never looks like a slow clock. A clock that jumped ahead, or that nothing
 * is known of, is believed after three messages that agree; until then a message beyond the limit gets the gateway's
 * time. A clock that was set back shows after the window, within about two minutes.
 *
 * Not supported: telling a slow clock from a device that was never seen before and starts with stored data.
 */
export function eventTime(before: SkewState, times: MessageTimes): EventTime {
  const { deviceAtMs, gatewayAtMs, rate } = times;
  const limitMs = SKEW_LIMIT_WALL_MS * rate;
  const offsetMs = gatewayAtMs - deviceAtMs;
  const rotated = rotate(before, times.wallMs);
  const known = estimate(rotated);
  const ordinary = known !== null ? offsetMs >= known - limitMs : Math.abs(offsetMs) <= limitMs;
  const state = ordinary || Math.abs(offsetMs) <= limitMs ? learn(rotated, offsetMs) : doubt(rotated, offsetMs, limitMs);
  const learnt = estimate(state);
  // Beyond the estimate on the early side means that this message is not explained by it: the gateway's time stands in.
  const skewMs = learnt === null || offsetMs < learnt - limitMs ? offsetMs : learnt;
  const clockSuspect = Math.abs(skewMs) > limitMs;
  // A clock that is ahead is always corrected: cut off at the gateway's time, what was kept and sent together would fall
  // on one instant, and history keeps one value of an instant.
  const atMs = clockSuspect || skewMs < 0 ? deviceAtMs + skewMs : deviceAtMs;
  return { state, atMs: Math.max(0, Math.min(atMs, gatewayAtMs)), clockSuspect };
}

/** The device's skew in event ms, or null while it is not known. Positive when the device is behind. */
export function estimate(state: SkewState): number | null {
  if (state.previousMs === null) return state.currentMs;
  return state.currentMs === null ? state.previousMs : Math.min(state.previousMs, state.currentMs);
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

function doubt(state: SkewState, offsetMs: number, limitMs: number): SkewState {
  const agrees = state.candidateMs !== null && Math.abs(offsetMs - state.candidateMs) <= limitMs;
  const agreeing = agrees ? state.agreeing + 1 : 1;
  if (agreeing < AGREEING) return { ...state, candidateMs: offsetMs, agreeing };
  return learn({ ...state, previousMs: null, currentMs: null, messages: 0 }, offsetMs);
}
