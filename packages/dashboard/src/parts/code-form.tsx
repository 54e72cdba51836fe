import type { ReactNode } from 'react';
import { t } from '../words/words.js';
import { Form, TextField, type useSubmit } from './form.js';

/** What a code is made of: six digits of an app, which a phone offers by itself; characters that are typed from paper. */
export type CodeKind = 'digits' | 'characters' | 'capitals';

const INPUT = {
  digits: { inputMode: 'numeric', autoComplete: 'one-time-code', maxLength: 10 },
  characters: { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false, maxLength: 32 },
  capitals: { autoComplete: 'off', autoCapitalize: 'characters', spellCheck: false, maxLength: 40 },
} as const;

/** A form for one code. It is sent once it is whole, and a wrong one can be put right where it stands. */
export function CodeForm(props: {
  readonly kind: CodeKind;
  readonly label: string;
  readonly hint?: string;
  readonly leastLength: number;
  readonly tooShort: string;
  readonly submit: ReturnType<typeof useSubmit>;
  /** Answers what was wrong; empty when nothing was. */
  readonly send: (code: string) => Promise<string>;
  readonly button: string;
  readonly busyButton?: string;
  /** Beside the button. */
  readonly children?: ReactNode;
}) {
  const { kind, label, hint, leastLength, tooShort, submit, send, button, busyButton = t('signIn:checking'), children } = props;
  const { busy, error, run } = submit;
  const onSubmit = (form: FormData): void => {
    const code = String(form.get('code') ?? '').trim();
    void run(async () => (code.length < leastLength ? tooShort : send(code)));
  };
  const ok = (
    <button type="submit" className="button primary" aria-disabled={busy}>
      {busy ? busyButton : button}
    </button>
  );
  return (
    <Form error={error} onSubmit={onSubmit}>
      <TextField key={kind} label={label} name="code" autoFocus {...INPUT[kind]} {...(hint ? { hint } : {})} />
      {children ? (
        <div className="form-buttons">
          {ok}
          {children}
        </div>
      ) : (
        ok
      )}
    </Form>
  );
}
