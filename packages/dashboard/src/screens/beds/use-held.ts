import { type RefObject, useEffect, useState } from 'react';
import { type HeldList, heldList } from '../../model/held-list.js';
import { useSteadyState } from '../../parts/steady-state.js';

/** Nothing moves for so long after the last pointer, finger or key was here (HZ-D8). */
const AFTER_MS = 500;
/** A pointer that was left lying in the grid is nobody's after so long: a wall screen must not wait for it. */
const FORGOTTEN_MS = 60_000;

/** True while somebody points at, touches or walks by keys through what the ref names. */
export function useHeld(area: RefObject<HTMLElement | null>): boolean {
  const [held, setHeld] = useSteadyState(false);
  useEffect(() => {
    const hand = { inside: false, focused: false, lastMs: -Infinity };
    const judge = (): void => {
      const quietMs = performance.now() - hand.lastMs;
      setHeld(quietMs < AFTER_MS || ((hand.inside || hand.focused) && quietMs < FORGOTTEN_MS));
    };
    const happened = (change: Partial<typeof hand>): void => {
      Object.assign(hand, change, { lastMs: performance.now() });
      judge();
    };
    const inArea = (event: Event): boolean => area.current?.contains(event.target as Node) ?? false;
    const onMove = (event: PointerEvent): void => {
      const inside = inArea(event);
      if (inside || hand.inside) happened({ inside });
    };
    const onLeave = (): void => {
      if (hand.inside) happened({ inside: false });
    };
    const onFocus = (event: FocusEvent): void => {
      const focused = inArea(event);
      if (focused || hand.focused) happened({ focused });
    };
    const onKey = (event: KeyboardEvent): void => {
      if (inArea(event)) happened({});
    };
    const timer = setInterval(judge, AFTER_MS / 2);
    const options = { capture: true, passive: true };
    for (const name of ['pointermove', 'pointerdown', 'pointerup'] as const) addEventListener(name, onMove, options);
    document.documentElement.addEventListener('pointerleave', onLeave);
    addEventListener('focusin', onFocus, options);
    addEventListener('keydown', onKey, options);
    return () => {
      clearInterval(timer);
      for (const name of ['pointermove', 'pointerdown', 'pointerup'] as const) removeEventListener(name, onMove, options);
      document.documentElement.removeEventListener('pointerleave', onLeave);
      removeEventListener('focusin', onFocus, options);
      removeEventListener('keydown', onKey, options);
    };
  }, [area, setHeld]);
  return held;
}

/** The list as it may be shown now: as wanted, or as it was while `held`. What a person asks for (`asked`) comes at once. */
export function useHeldList(wanted: readonly string[], held: boolean, asked: string): HeldList {
  const [before, setBefore] = useState({ shown: wanted, asked });
  const isFirst = before.shown.length === 0 || before.asked !== asked;
  const list = heldList(before.shown, wanted, held && !isFirst);
  if (list.shown !== before.shown || before.asked !== asked) setBefore({ shown: list.shown, asked });
  return list;
}
