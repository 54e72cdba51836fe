import { type ReactNode, useId } from 'react';
import { troubleText, type Trouble } from '../live/problem.js';
import { useIdentity } from '../shell/identity.js';
import { clockText } from '../model/format.js';
import { language, t } from '../words/words.js';
import type { Load } from './use-load.js';

/** The three states that every list and record has, and the fourth that is its own. */
export function Loaded<T>(props: {
  readonly load: Load<T>;
  readonly again: () => void;
  readonly what: string;
  readonly children: (value: T) => ReactNode;
}) {
  const { load, again, what, children } = props;
  if (load.kind === 'loading') {
    return (
      <p className="state-note" role="status">
        {t('common:loadingWhat', { what })}
      </p>
    );
  }
  if (load.kind === 'failed') return <TroubleNote trouble={load.trouble} again={again} />;
  return children(load.value);
}

/** What went wrong, and the button that helps. */
export function TroubleNote({ trouble, again }: { trouble: Trouble; again?: () => void }) {
  const { signIn } = useIdentity();
  const needsSignIn = trouble.code === 'unauthenticated' || trouble.code === 'reauthentication-required';
  return (
    <div className="state-note trouble" role="alert">
      <p>{troubleText(trouble)}</p>
      {needsSignIn ? (
        <button type="button" className="button" onClick={signIn}>
          {t('common:signInAgain')}
        </button>
      ) : again && trouble.code !== 'forbidden' ? (
        <button type="button" className="button" onClick={again}>
          {t('common:tryAgain')}
        </button>
      ) : null}
    </div>
  );
}

/** A table that scrolls by itself where the screen is narrow, also by keyboard. */
export function Table(props: { readonly label: string; readonly head: readonly string[]; readonly children: ReactNode }) {
  return (
    <div className="table-pane" role="region" aria-label={props.label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {props.head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

/** `21 Nov 2026, 06:41:04` in the station's time zone, the day as the language writes it. */
export function whenText(ms: number): string {
  const tag = language().startsWith('en') ? 'en-GB' : language();
  const day = new Intl.DateTimeFormat(tag, { day: '2-digit', month: 'short', year: 'numeric', numberingSystem: 'latn' }).format(
    ms,
  );
  return `${day}, ${clockText(ms)}`;
}
