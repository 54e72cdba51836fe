import { useState } from 'react';

/** Two presses on the same place: what it does is asked in between. */
export function ConfirmButton({ name, question, onConfirm }: { name: string; question: string; onConfirm: () => void }) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <button type="button" className="button small" onClick={() => setAsking(true)}>
        {name}
      </button>
    );
  }
  return (
    <span className="confirm" role="group" aria-label={question}>
      {question}
      <button
        type="button"
        className="button small danger"
        autoFocus
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        Yes, {name.toLowerCase()}
      </button>
      <button type="button" className="button small" onClick={() => setAsking(false)}>
        No
      </button>
    </span>
  );
}
