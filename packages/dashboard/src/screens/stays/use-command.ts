import { useRef, useState } from 'react';
import type { Command } from '../../live/stays-api.js';
import type { Answer } from '../../live/problem.js';
import { uuid } from '../../live/uuid.js';
import { refusedAgainText, refusedText } from '../../model/stay-words.js';
import { queries } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { useBedName } from './ward.js';

export interface Commanding {
  readonly busy: boolean;
  readonly error: string;
  readonly say: (error: string) => void;
  /** How often it was said that what the form is about has moved meanwhile. */
  readonly moved: number;
  /** Sends one command, one at a time; null where it was refused, or something else is on its way. */
  readonly send: <T>(ask: (by: Command) => Promise<Answer<T>>, rev?: number) => Promise<T | null>;
}

/**
 * Commands of one form. The same command keeps its key until it is answered, so that a press after a time without answer can't do it
 * twice; a refused one is another command next time. What the server says is asked for anew after each.
 */
export function useCommand(): Commanding {
  const { checked } = useIdentity();
  const nameOf = useBedName();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const [moved, setMoved] = useState(0);
  const running = useRef(false);
  const key = useRef<string | null>(null);
  const isUnanswered = useRef(false);
  const send: Commanding['send'] = async (ask, rev) => {
    if (running.current) return null;
    running.current = true;
    setBusy(true);
    setError('');
    const by = { key: (key.current ??= uuid()), ...(rev === undefined ? {} : { rev }) };
    const answer = checked(
      await ask(by).finally(() => {
        running.current = false;
        setBusy(false);
      }),
    );
    const isAway = !answer.ok && answer.trouble.code === 'offline';
    if (!isAway) key.current = null;
    if (!answer.ok)
      setError(isUnanswered.current ? refusedAgainText(answer.trouble, nameOf) : refusedText(answer.trouble, nameOf));
    isUnanswered.current = isAway;
    if (!answer.ok && answer.trouble.code === 'revision-moved') setMoved((before) => before + 1);
    await queries.invalidateQueries({ queryKey: ['stays'] });
    return answer.ok ? answer.value : null;
  };
  return { busy, error, say: setError, moved, send };
}
