import { createContext, useContext, useEffect, useRef, useState } from 'react';
import { undoLeftS } from '../../model/stay-words.js';
import { useSteadyState } from '../../parts/steady-state.js';
import { t } from '../../words/words.js';
import { type Commanding, useCommand } from './use-command.js';

export interface Undo {
  /** What taking back does, in words: it is not always as if it had never been. */
  readonly what: string;
  /** True when it was taken back. */
  readonly act: (command: Commanding) => Promise<boolean>;
}

/** What was done at a bed, kept above the forms: with the stay its form may go. */
export interface Done {
  readonly text: string;
  readonly undo: Undo | null;
  /** Where the patient lies now, where that is another bed. */
  readonly at?: { readonly bedId: string; readonly label: string };
}

const DoneContext = createContext<(done: Done) => void>(() => undefined);
export const DoneProvider = DoneContext.Provider;
export const useDone = (): ((done: Done) => void) => useContext(DoneContext);

/** What was done, and for a minute the button that takes it back. */
export function DoneBar({ done, undo, onUndone }: { done: string; undo: Undo | null; onUndone?: () => void }) {
  const doneMs = useRef(performance.now());
  const heading = useRef<HTMLParagraphElement>(null);
  const [leftS, setLeftS] = useSteadyState(60);
  const [undone, setUndone] = useState(false);
  const command = useCommand();
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    const timer = setInterval(() => setLeftS(undoLeftS(doneMs.current, performance.now())), 500);
    return () => clearInterval(timer);
  }, [setLeftS]);
  return (
    <div className="done-bar">
      <p ref={heading} tabIndex={-1} role="status">
        <b>{undone ? t('stays:undone') : done}</b>
      </p>
      {undo && !undone && leftS > 0 ? (
        <>
          <p>{undo.what}</p>
          <button
            type="button"
            className="button"
            aria-disabled={command.busy}
            onClick={() =>
              void undo.act(command).then((isBack) => {
                if (!isBack) return;
                setUndone(true);
                onUndone?.();
              })
            }
          >
            {command.busy ? t('stays:sending') : t('stays:undo', { count: leftS })}
          </button>
        </>
      ) : null}
      <p className="form-error" role="alert">
        {command.error}
      </p>
    </div>
  );
}
