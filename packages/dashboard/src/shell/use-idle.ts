import type { Session } from '@vigil/contracts';
import { useCallback, useEffect, useRef } from 'react';
import { askSession } from '../live/identity-api.js';
import { heard, type IdleState, idleStep } from '../model/idle.js';
import { useSteadyState } from '../parts/steady-state.js';

const LOOK_EVERY_MS = 1_000;
/** How often a page asks, without using the session, whether it was ended from elsewhere. */
const CHECK_EVERY_MS = 30_000;

const deadline = (session: Session): number => heard(session, { monotonicMs: performance.now(), wallMs: Date.now() });

interface Idle {
  readonly leftS: number | null;
  readonly stay: () => void;
  /** Wall time of the server, as of its last answer about the session. */
  readonly serverNowMs: () => number;
}

/**
 * Watches for pointer and keys, tells the server of them at most once a minute, and counts the last minute down.
 *
 * @param gone is called when the server says that the session is over
 */
export function useIdle(session: Session | null, gone: () => void): Idle {
  const serverOffsetMs = useRef<number | null>(null);
  const state = useRef<IdleState>({ endsAtMs: Infinity, toldAtMs: 0, usedAtMs: 0 });
  const busy = useRef(false);
  const [leftS, setLeftS] = useSteadyState<number | null>(null);

  const ask = useCallback(
    async (background: boolean): Promise<void> => {
      if (busy.current) return;
      busy.current = true;
      const askedAtMs = performance.now();
      const answer = await askSession(background);
      busy.current = false;
      if (answer.ok) {
        serverOffsetMs.current = (answer.value.serverWallMs ?? Date.now()) - performance.now();
        const toldAtMs = background ? state.current.toldAtMs : askedAtMs;
        state.current = { ...state.current, endsAtMs: deadline(answer.value), toldAtMs };
      } else if (answer.trouble.code === 'unauthenticated') gone();
    },
    [gone],
  );

  useEffect(() => {
    setLeftS(null);
    if (!session) return undefined;
    serverOffsetMs.current = (session.serverWallMs ?? Date.now()) - performance.now();
    state.current = { endsAtMs: deadline(session), toldAtMs: -Infinity, usedAtMs: -Infinity };
    let checkedAtMs = performance.now();
    const used = (): void => {
      state.current = { ...state.current, usedAtMs: performance.now() };
    };
    const look = (): void => {
      const nowMs = performance.now();
      const step = idleStep(state.current, nowMs);
      setLeftS(step.do === 'warn' ? Math.ceil(step.leftMs / 1_000) : step.do === 'ask' ? 0 : null);
      if (step.do === 'tell') void ask(false);
      else if (step.do === 'ask' || nowMs - checkedAtMs > CHECK_EVERY_MS) {
        checkedAtMs = nowMs;
        void ask(true);
      }
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    for (const kind of ['pointermove', 'pointerdown', 'keydown'] as const) addEventListener(kind, used, { passive: true });
    return () => {
      clearInterval(timer);
      for (const kind of ['pointermove', 'pointerdown', 'keydown'] as const) removeEventListener(kind, used);
    };
  }, [session, ask, setLeftS]);

  return {
    leftS,
    stay: useCallback(() => void ask(false), [ask]),
    serverNowMs: useCallback(
      () => (serverOffsetMs.current === null ? Date.now() : performance.now() + serverOffsetMs.current),
      [],
    ),
  };
}
