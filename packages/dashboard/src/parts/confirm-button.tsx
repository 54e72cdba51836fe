import { useState } from 'react';
import { language, t } from '../words/words.js';

/** What a button is called, within a sentence. Only in English has that no capital: German nouns keep theirs. */
const inSentence = (name: string): string => (language().startsWith('en') ? name.toLowerCase() : name);

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
        {t('common:yes', { what: inSentence(name) })}
      </button>
      <button type="button" className="button small" onClick={() => setAsking(false)}>
        {t('common:no')}
      </button>
    </span>
  );
}
