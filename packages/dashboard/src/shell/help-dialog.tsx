import { useEffect, useRef } from 'react';
import { INTENDED_USE } from '../screens/sign-in/sign-in.js';

const KEYS = [
  ['a', 'Accept (I am going) – the alarm that has the focus, or the one in the bar'],
  ['k', 'Acknowledge (seen) – it stays visible, and people go on being told'],
  ['← ↑ → ↓', 'Move from bed to bed'],
  ['Enter', 'Show the alarms of the bed'],
  ['r', 'Open the record of the bed that has the focus'],
  ['?', 'This help'],
  ['Esc', 'Close'],
] as const;

/** The browser's own dialog: it needs no style that the page's policy forbids. */
export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) ref.current?.show();
    else ref.current?.close();
  }, [open]);
  return (
    <dialog
      ref={ref}
      className="help"
      aria-labelledby="help-title"
      onClose={onClose}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <h2 id="help-title">Help and keys</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p>
        A value that is not current is never shown large: it becomes <b>-?-</b> with its last value and age beside it.
      </p>
      <p>This station makes no sound.</p>
      <p className="intended-use">{INTENDED_USE}</p>
      <button type="button" className="button primary" onClick={onClose}>
        Close
      </button>
    </dialog>
  );
}
