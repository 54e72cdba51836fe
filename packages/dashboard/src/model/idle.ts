/** Wall time before the end of an idle session from which the person is warned. */
export const WARN_BEFORE_MS = 60_000;
/** A person's use is told to the server at most so often. */
export const TELL_EVERY_MS = 60_000;

/** All on the page's monotonic clock: it does not jump, and the server's times are only ever differences. */
export interface IdleState {
  /** When the session ends unless it is used. */
  readonly endsAtMs: number;
  /** When the server was last told of use. */
  readonly toldAtMs: number;
  /** When somebody last moved a pointer or pressed a key. */
  readonly usedAtMs: number;
}

/** What a server that answers says, in the terms of this page. */
export function heard(
  session: { readonly expiresAtMs: number; readonly serverWallMs?: number | undefined },
  now: { readonly monotonicMs: number; readonly wallMs: number },
): number {
  return now.monotonicMs + session.expiresAtMs - (session.serverWallMs ?? now.wallMs);
}

export type IdleStep =
  | { readonly do: 'nothing' }
  /** Tell the server that the person is there. */
  | { readonly do: 'tell' }
  | { readonly do: 'warn'; readonly leftMs: number }
  /** The time is over: ask whether the session is still there, without using it. */
  | { readonly do: 'ask' };

/**
 * What is due now; pure. Use that came after the server was last told is told as soon as a minute has passed since, so that
 * whoever works is never signed out, and a screen that nobody touches tells nothing.
 */
export function idleStep(state: IdleState, nowMs: number): IdleStep {
  if (state.usedAtMs > state.toldAtMs && nowMs - state.toldAtMs >= TELL_EVERY_MS) return { do: 'tell' };
  const leftMs = state.endsAtMs - nowMs;
  if (leftMs <= 0) return { do: 'ask' };
  return leftMs <= WARN_BEFORE_MS ? { do: 'warn', leftMs } : { do: 'nothing' };
}
