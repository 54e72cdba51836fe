import { useEffect, useState } from 'react';
import type { Answer } from '../live/problem.js';
import { useIdentity } from '../shell/identity.js';

type Key = readonly unknown[];
type Told = (key: Key | null) => void;
const listeners = new Set<Told>();

/** Says that answers under this key are not true any more; null: that whoever asked is not here any more. */
export function outdated(key: Key | null, by?: Told): void {
  for (const told of listeners) if (told !== by) told(key);
}

export function onOutdated(told: Told): () => void {
  listeners.add(told);
  return () => listeners.delete(told);
}

const isUnder = (key: Key, prefix: Key): boolean => prefix.every((part, i) => JSON.stringify(part) === JSON.stringify(key[i]));

/**
 * What the first picture asks of the server beside the live channel: again every so often, and when it is said to be outdated. What
 * can't be answered leaves what was known. Of our own because `useLoad` stands on a library that the first picture does without.
 *
 * @param key null: do not ask. Another key forgets the answer
 */
export function useAsked<T>(key: Key | null, ask: () => Promise<Answer<T>>, everyMs: number): T | null {
  const { checked } = useIdentity();
  const [known, setKnown] = useState<{ readonly name: string; readonly value: T } | null>(null);
  const name = key === null ? null : JSON.stringify(key);
  useEffect(() => {
    if (key === null || name === null) return undefined;
    let isShown = true;
    const again = (): void =>
      void ask().then((answer) => {
        if (!isShown) return;
        checked(answer);
        if (answer.ok) setKnown({ name, value: answer.value });
      });
    const forget = onOutdated((prefix) => {
      if (prefix !== null && isUnder(key, prefix)) again();
    });
    const timer = setInterval(again, everyMs);
    again();
    return () => {
      isShown = false;
      clearInterval(timer);
      forget();
    };
    // The key names what is asked for; a new function of the same meaning asks nothing new.
  }, [name, everyMs]);
  return known !== null && known.name === name ? known.value : null;
}
