import { type RefObject, useLayoutEffect } from 'react';

/**
 * Tells the styles where the alarm bar ends (`--bar-end`): it has one line or several, and no form that stands over the screen
 * may cover who is told next, or the buttons.
 */
export function useBarEnd(bar: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = bar.current;
    if (!element) return undefined;
    const root = document.documentElement.style;
    const observer = new ResizeObserver(() => root.setProperty('--bar-end', `${element.offsetHeight}px`));
    observer.observe(element);
    return () => {
      observer.disconnect();
      root.removeProperty('--bar-end');
    };
  }, [bar]);
}
