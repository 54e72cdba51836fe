import { useCallback, useEffect, useRef, useState } from 'react';
import type { Answer, Trouble } from '../live/problem.js';
import { useIdentity } from '../shell/identity.js';

export interface Pages<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly busy: boolean;
  readonly trouble: Trouble | null;
  readonly more: () => void;
  readonly again: () => void;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A list that comes page by page; `key` names what is listed, null asks for nothing yet. */
export function usePages<T>(key: string | null, ask: (cursor: string | null) => Promise<Answer<Page<T>>>): Pages<T> {
  const { checked } = useIdentity();
  const [state, setState] = useState<Page<T> & { busy: boolean; trouble: Trouble | null }>(EMPTY);
  const newest = useRef({ ask, checked });
  newest.current = { ask, checked };
  const turn = useRef(0);
  const fetchPage = useCallback((cursor: string | null) => {
    turn.current += 1;
    const mine = turn.current;
    setState((now) => ({ ...now, busy: true, trouble: null }));
    void newest.current.ask(cursor).then((answer) => {
      if (mine !== turn.current) return;
      newest.current.checked(answer);
      setState((now) =>
        answer.ok
          ? { items: cursor ? [...now.items, ...answer.value.items] : answer.value.items, next: answer.value.next, ...IDLE }
          : { ...now, busy: false, trouble: answer.trouble },
      );
    });
  }, []);
  useEffect(() => {
    setState(EMPTY);
    if (key !== null) fetchPage(null);
    return () => {
      turn.current += 1;
    };
  }, [key, fetchPage]);
  const { next } = state;
  return { ...state, more: () => next && fetchPage(next), again: () => fetchPage(null) };
}

const IDLE = { busy: false, trouble: null };
const EMPTY = { items: [], next: null, busy: true, trouble: null };
