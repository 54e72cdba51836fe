import { type ReactNode, useId } from 'react';
import { troubleText, type Trouble } from '../live/problem.js';
import { useIdentity } from '../shell/identity.js';
import { clockText } from '../model/format.js';
import { language, t } from '../words/words.js';
import type { Kept, Load } from './use-load.js';

/**
 * The three states that every list and record has, and the fourth that is its own. What could not be asked for anew stays, with
 * the trouble and its time above it: what somebody is writing in there must not vanish because one answer is missing.
 */
export function Loaded<T>(props: {
  readonly load: Load<T>;
  readonly again: () => void;
  readonly what: string;
  /** The page's heading until `children` show their own: a page without one says nothing of where it is. */
  readonly title?: string;
  /** `oldMs`: how long ago it was so; 0 when it is what the server says now. */
  readonly children: (value: T, oldMs: number) => ReactNode;
}) {
  const { load, again, what, title, children } = props;
  const heading = title === undefined ? null : <h1>{title}</h1>;
  if (load.kind === 'loading') {
    return (
      <>
        {heading}
        <p className="state-note" role="status">
          {t('common:loadingWhat', { what })}
        </p>
      </>
    );
  }
  if (load.kind === 'failed' && !load.kept) {
    return (
      <>
        {heading}
        <TroubleNote trouble={load.trouble} again={again} />
      </>
    );
  }
  const kept = load.kind === 'failed' ? (load.kept ?? null) : null;
  const value = load.kind === 'ready' ? load.value : (kept as Kept<T>).value;
  const oldMs = kept === null ? 0 : Math.max(1, Date.now() - kept.atMs);
  // One shape for both, so that a form in there goes on.
  return (
    <>
      {load.kind === 'failed' ? <TroubleNote trouble={load.trouble} again={again} oldMs={oldMs} /> : null}
      {children(value, oldMs)}
    </>
  );
}

interface TroubleNoteProps {
  readonly trouble: Trouble;
  readonly again?: () => void;
  /** How old it is what is shown all the same. */
  readonly oldMs?: number;
}

/** What went wrong, and the button that helps. */
export function TroubleNote({ trouble, again, oldMs }: TroubleNoteProps) {
  const { signIn, serverNowMs } = useIdentity();
  const needsSignIn = trouble.code === 'unauthenticated' || trouble.code === 'reauthentication-required';
  return (
    <div className="state-note trouble" role="alert">
      <p>{troubleText(trouble)}</p>
      {oldMs === undefined ? null : (
        <p>
          <b>{t('common:asItWas', { time: clockText(serverNowMs() - oldMs) })}</b>
        </p>
      )}
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
