import { Navigate, Outlet, useMatches, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { screensOf } from '../model/screens-of.js';
import { EmergencyBanners } from './emergency-banner.js';
import { HelpDialog } from './help-dialog.js';
import { useIdentity } from './identity.js';
import { IdleWarning } from './idle-warning.js';
import { firstScreen } from './screen-list.js';
import { Guarded } from './screen-states.js';
import { OfficeLinks } from './shell.js';
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
        Skip to the screen
      </a>
      <header className="bar office-bar">
        <strong className="brand">
          <img src="/icon.svg" alt="" width="28" height="28" /> Vigil
        </strong>
        <span className="office-note">No beds are shown here: you are not assigned to a care unit.</span>
        <WhoIsHere onHelp={() => setHelping(true)} onSecurity={() => void navigate({ to: '/security' })} />
      </header>
      <nav className="tabs" aria-label="Screens">
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

const LIVE: ReadonlySet<string> = new Set(['/', '/alarms', '/alarms/recent', '/a/$alarmId', '/station', '__root__']);

function NoCareUnit() {
  const { user } = useIdentity();
  return (
    <div className="page-note">
      <h1>No care unit</h1>
      <p>{user?.name} is not assigned to any care unit now. Ask the charge nurse or an administrator.</p>
    </div>
  );
}
