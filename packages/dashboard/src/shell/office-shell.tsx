import { Navigate, Outlet, useMatches, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { screensOf } from '../model/screens-of.js';
import { EmergencyBanners } from './emergency-banner.js';
import { HelpDialog } from './later-parts.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';
import { IdleWarning } from './idle-warning.js';
import { firstScreen } from './screen-list.js';
import { Guarded } from './screen-states.js';
import { OfficeLinks } from './office-links.js';
import { WhoIsHere } from './user-menu.js';

/** For people who work in no care unit now: their screens without a live picture, and words that say there is none. */
export function OfficeShell() {
  const { user } = useIdentity();
  const navigate = useNavigate();
  const [helping, setHelping] = useState(false);
  const screens = screensOf(user?.roles ?? []);
  /* The grid and the alarms of a care unit are for those who have one. */
  const isLive = LIVE.has(useMatches().at(-1)?.routeId ?? '/');
  const first = screens.has('patients') ? null : firstScreen(user?.roles ?? []);
  if (isLive && first !== null) return <Navigate to={first} replace />;
  return (
    <div className="shell">
      <a className="skip" href="#screen">
        {t('shell:skip')}
      </a>
      <header className="bar office-bar">
        <strong className="brand">
          <img src="/icon.svg" alt="" width="28" height="28" /> {t('shell:product')}
        </strong>
        <span className="office-note">{t('shell:noBedsHere')}</span>
        <WhoIsHere
          onHelp={() => setHelping(true)}
          onSecurity={() => void navigate({ to: '/security' })}
          onScreen={() => void navigate({ to: '/screen' })}
        />
      </header>
      <nav className="tabs" aria-label={t('shell:screens')}>
        <OfficeLinks />
      </nav>
      <IdleWarning />
      <EmergencyBanners />
      <main id="screen" tabIndex={-1}>
        {isLive ? (
          <NoCareUnit />
        ) : (
          <Guarded>
            <Outlet />
          </Guarded>
        )}
      </main>
      <HelpDialog open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

const LIVE: ReadonlySet<string> = new Set([
  '/',
  '/alarms',
  '/alarms/recent',
  '/alarms/limits-off',
  '/a/$alarmId',
  '/station',
  '__root__',
]);

function NoCareUnit() {
  const { user } = useIdentity();
  return (
    <div className="page-note">
      <h1>{t('shell:noCareUnit')}</h1>
      <p>{t('shell:noCareUnitWhat', { name: user?.name ?? '' })}</p>
    </div>
  );
}
