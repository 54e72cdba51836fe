import { useCallback, useEffect, useRef, useState } from 'react';
import type { Answer, Trouble } from '../live/problem.js';
import { useIdentity } from './identity.js';

export type Load<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly trouble: Trouble };

/**
 * Asks when `key` changes and whenever `again` is called. An answer that comes after another question was asked is left out.
 *
 * @param key null: do not ask yet
 */
export function useLoad<T>(
  key: string | null,
  ask: () => Promise<Answer<T>>,
): { readonly load: Load<T>; readonly again: () => void } {
  const { checked } = useIdentity();
  const [load, setLoad] = useState<Load<T>>({ kind: 'loading' });
  const newest = useRef({ ask, checked });
  newest.current = { ask, checked };
  const turn = useRef(0);
  const go = useCallback(() => {
    turn.current += 1;
    const mine = turn.current;
    void newest.current.ask().then((answer) => {
      if (mine !== turn.current) return;
      newest.current.checked(answer);
      setLoad(answer.ok ? { kind: 'ready', value: answer.value } : { kind: 'failed', trouble: answer.trouble });
    });
  }, []);
  useEffect(() => {
    setLoad({ kind: 'loading' });
    if (key !== null) go();
    return () => {
      turn.current += 1;
    };
  }, [key, go]);
  return { load, again: go };
}
