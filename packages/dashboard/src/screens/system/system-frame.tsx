import type { ReactNode } from 'react';
import { isDone, STEPS } from '../../model/first-run.js';
import { screensOf } from '../../model/screens-of.js';
import { useIdentity } from '../../shell/identity.js';
import { NavLink } from '../../shell/nav-link.js';
import '../../styles/system.css';
import { t } from '../../words/words.js';
import { useSetUp } from './use-set-up.js';

/**
 * The pages about Vigil itself.
 *
 * @param title of a page whose heading the shell does not make
 */
export function SystemFrame({ title, children }: { title?: string; children: ReactNode }) {
  const { user } = useIdentity();
  const screens = screensOf(user?.roles ?? []);
  const content = (
    <>
      <nav className="sub-tabs" aria-label={t('system:label')}>
        {screens.has('way') ? <NavLink to="/system">{t('system:tabHealth')}</NavLink> : null}
        {screens.has('way') ? <NavLink to="/way-of-alarms">{t('system:tabWay')}</NavLink> : null}
        <NavLink to="/system/downtime">{t('system:tabDowntime')}</NavLink>
        {screens.has('first-run') ? <SetUpLink /> : null}
      </nav>
      {children}
    </>
  );
  if (title === undefined) return content;
  return (
    <div className="office">
      <h1>{title}</h1>
      {content}
    </div>
  );
}

/** Offered while something is missing. */
function SetUpLink() {
  const steps = useSetUp();
  if (isDone(steps)) return null;
  const done = STEPS.filter((step) => steps[step] === true).length;
  return <NavLink to="/first-run">{t('system:firstRunLink', { done, all: STEPS.length })}</NavLink>;
}
