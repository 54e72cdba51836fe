import { useState } from 'react';
import { screensOf } from '../model/screens-of.js';
import { BedRecord } from './bed-record.js';
import { EmergencyBanners } from './emergency-banner.js';
import { HelpDialog } from './help-dialog.js';
import { usePath } from './hooks.js';
import { useIdentity } from './identity.js';
import { IdleWarning } from './idle-warning.js';
import { OfficeLinks, OfficeScreen, officeTitle } from './office-screens.js';
import { WhoIsHere } from './user-menu.js';

const FIRST = [
  ['privacy', '/privacy'],
  ['accounts', '/accounts'],
  ['stations', '/stations'],
  ['patients', '/patients'],
] as const;

/** For people who work in no care unit now: their screens without a live picture, and words that say there is none. */
export function OfficeShell() {
  const { user } = useIdentity();
  const [path, go] = usePath();
  const [helping, setHelping] = useState(false);
  const screens = screensOf(user?.roles ?? []);
  const first = FIRST.find(([screen]) => screens.has(screen))?.[1];
  const shown = officeTitle(path) ? path : screens.has('patients') ? null : first;
  const bedId = path.startsWith('/b/') ? path.slice(3) : null;
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
        <WhoIsHere onHelp={() => setHelping(true)} onSecurity={() => go('/security')} />
      </header>
      <nav className="tabs" aria-label="Screens">
        <OfficeLinks path={shown ?? ''} go={go} />
      </nav>
      <IdleWarning />
      <EmergencyBanners go={go} />
      <main id="screen" tabIndex={-1}>
        {bedId ? <BedRecord key={bedId} bedId={bedId} /> : shown ? <OfficeScreen path={shown} go={go} /> : <NoCareUnit />}
      </main>
      <HelpDialog open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

function NoCareUnit() {
  const { user } = useIdentity();
  return (
    <div className="page-note">
      <h1>No care unit</h1>
      <p>{user?.name} is not assigned to any care unit now. Ask the charge nurse or an administrator.</p>
    </div>
  );
}
