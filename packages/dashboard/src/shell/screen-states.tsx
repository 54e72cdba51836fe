import { type ErrorComponentProps, useLocation, useMatches, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { screensOf } from '../model/screens-of.js';
import { SignInNote } from '../parts/sign-in-note.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';
import { titleOf } from './screen-list.js';

export function ScreenLoading() {
  return (
    <p className="state-note" role="status">
      {t('common:loading')}
    </p>
  );
}

/** One screen that broke. The alarm bar around it goes on. */
export function ScreenFailed({ reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <div className="page-note" role="alert">
      <h1>{t('shell:screenFailed')}</h1>
      <p>{t('shell:screenFailedWhat')}</p>
      <button
        type="button"
        className="button primary"
        onClick={() => {
          reset();
          void router.invalidate();
        }}
      >
        {t('common:tryAgain')}
      </button>
    </div>
  );
}

export function UnknownPage() {
  return (
    <div className="page-note">
      <h1>{t('shell:unknownPage')}</h1>
      <p>
        <a href="/">{t('shell:toBeds')}</a>
      </p>
    </div>
  );
}

/** The screen, for those who have it; for others the words that say why not. */
export function Guarded({ children }: { children: ReactNode }) {
  const { user } = useIdentity();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const { screen, atStation } = useMatches().at(-1)?.staticData ?? {};
  if (!user && !atStation) {
    return <SignInNote title={t('common:signIn')} why={t('shell:nobodySignedIn')} button={t('shell:signInToAct')} />;
  }
  if (user && screen && !screensOf(user.roles).has(screen)) {
    return (
      <div className="page-note">
        <h1>{t('shell:notForYourRole')}</h1>
        <p>{t('shell:notForYourRoleWhat')}</p>
      </div>
    );
  }
  const title = path === '/security' ? t('shell:security') : screen ? titleOf(screen) : null;
  if (!title) return children;
  return (
    <div className="office">
      <h1>{title}</h1>
      {children}
    </div>
  );
}
