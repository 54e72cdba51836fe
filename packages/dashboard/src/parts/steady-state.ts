import { useCallback, useRef, useState } from 'react';

/**
 * State of what is looked at again and again. Setting what is there already does nothing at all: React keeps every `setState` of an
 * equal value in a queue until the component renders, which on a wall screen that stays calm is megabytes an hour.
 *
 * @param same whether two values mean the same
 */
export function useSteadyState<T>(initial: T, same: (a: T, b: T) => boolean = Object.is): readonly [T, (next: T) => void] {
  const [value, setValue] = useState(initial);
  const last = useRef(initial);
  const isSame = useRef(same);
  const set = useCallback((next: T) => {
    if (isSame.current(last.current, next)) return;
    last.current = next;
    setValue(next);
  }, []);
  return [value, set];
}
