import { useEffect, useRef } from 'react';

const TOUCHES = ['pointerdown', 'keydown', 'input', 'wheel'] as const;

/**
 * Calls `then` once when nobody has touched the screen: `firstMs` after it is shown, `laterMs` after the last touch. Counted on
 * the monotonic clock of the page.
 */
export function useUntouched(
  isOn: boolean,
  { firstMs, laterMs }: { readonly firstMs: number; readonly laterMs: number },
  then: () => void,
): void {
  const latest = useRef(then);
  useEffect(() => {
    latest.current = then;
  });
  useEffect(() => {
    if (!isOn) return undefined;
    const end = (): void => latest.current();
    let timer = setTimeout(end, firstMs);
    const touched = (): void => {
      clearTimeout(timer);
      timer = setTimeout(end, laterMs);
    };
    for (const kind of TOUCHES) window.addEventListener(kind, touched, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const kind of TOUCHES) window.removeEventListener(kind, touched);
    };
  }, [isOn, firstMs, laterMs]);
}
