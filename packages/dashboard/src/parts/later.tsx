import { type ComponentType, useEffect, useRef, useState } from 'react';
import { restOfWords } from '../words/words.js';

/** How long what could not be fetched waits until it is asked for again. */
const AGAIN_MS = 5_000;

/** What stands there until the part is: it may say that somebody pressed it. */
export interface Before {
  readonly ask: () => void;
}
/** What the part is told: somebody has pressed for it already. */
export interface Asked {
  readonly asked: boolean;
}

const parts: (() => Promise<unknown>)[] = [];

/** Fetches the parts of all screens that are not in the first file. What can't be fetched now is asked for when it is shown. */
export async function preloadParts(): Promise<void> {
  for (const fetchPart of parts) await fetchPart().catch(() => undefined);
}

/** The words come with a screen, both at once. */
export const withWords = async <T,>(screen: Promise<T>): Promise<T> => (await Promise.all([screen, restOfWords()]))[0];

/**
 * A part that no alarm needs, in a file of its own: the picture does not wait for it. Until it is there `First` stands in its place;
 * whoever stands on `First` with the keyboard is not moved away.
 *
 * @param words `first`: it says only what comes with the first picture
 */
export function later<P extends object>(
  load: () => Promise<ComponentType<P & Asked>>,
  First?: ComponentType<P & Before>,
  { words }: { readonly words: 'first' | 'rest' } = { words: 'rest' },
): ComponentType<P> {
  let Loaded: ComponentType<P & Asked> | null = null;
  const all = words === 'first' ? load : () => withWords(load());
  const fetchPart = async (): Promise<unknown> => (Loaded ??= await all());
  parts.push(fetchPart);
  return function Later(props: P) {
    const ref = useRef<HTMLSpanElement>(null);
    const [isHere, setHere] = useState(Loaded !== null);
    const [asked, setAsked] = useState(false);
    useEffect(() => {
      if (isHere) return undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let isShown = true;
      const take = (): void => {
        if (isShown && (asked || !ref.current?.contains(document.activeElement))) setHere(true);
      };
      const attempt = (): void => void fetchPart().then(take, () => isShown && (timer = setTimeout(attempt, AGAIN_MS)));
      const left = (): unknown => Loaded && setTimeout(take);
      const span = ref.current;
      span?.addEventListener('focusout', left);
      attempt();
      return () => {
        isShown = false;
        clearTimeout(timer);
        span?.removeEventListener('focusout', left);
      };
    }, [isHere, asked]);
    if (isHere && Loaded) return <Loaded {...props} asked={asked} />;
    return (
      <span ref={ref} className="later">
        {First ? <First {...props} ask={() => setAsked(true)} /> : null}
      </span>
    );
  };
}
