import type { ReactNode } from 'react';
import { type Screen, screensOf } from '../model/screens-of.js';
import { AccountsScreen } from './accounts-screen.js';
import { FleetScreen } from './fleet-screen.js';
import { useIdentity } from './identity.js';
import { LoadScreen } from './load-screen.js';
import { NavLink } from './nav-link.js';
import { OnCallScreen } from './on-call-screen.js';
import { PatientsScreen } from './patients-screen.js';
import { PrivacyScreen } from './privacy-screen.js';
import { ReviewsScreen } from './reviews-screen.js';
import { SecurityScreen } from './security-screen.js';
import { StationsScreen } from './stations-screen.js';
import { WayScreen } from './way-screen.js';

const TABS: readonly { readonly screen: Screen; readonly to: string; readonly title: string }[] = [
  { screen: 'patients', to: '/patients', title: 'Find a patient' },
  { screen: 'privacy', to: '/privacy', title: 'Privacy' },
  { screen: 'reviews', to: '/reviews', title: 'Emergency access' },
  { screen: 'accounts', to: '/accounts', title: 'Accounts' },
  { screen: 'stations', to: '/stations', title: 'Stations' },
  { screen: 'devices', to: '/devices', title: 'Devices and gateways' },
  { screen: 'on-call', to: '/on-call', title: 'On call' },
  { screen: 'load', to: '/alarm-load', title: 'Alarm load' },
  { screen: 'way', to: '/way-of-alarms', title: 'Way of alarms' },
];

/** The title of the screen at this path, null where the path is none of these screens. */
export function officeTitle(path: string): string | null {
  if (path === '/security') return 'Sign-in and security';
  return TABS.find((tab) => path === tab.to || path.startsWith(`${tab.to}/`))?.title ?? null;
}

export function OfficeLinks({ path, go }: { path: string; go: (path: string) => void }) {
  const { user } = useIdentity();
  const screens = screensOf(user?.roles ?? []);
  const current = officeTitle(path);
  return TABS.filter((tab) => screens.has(tab.screen)).map((tab) => (
    <NavLink key={tab.to} to={tab.to} current={current === tab.title} go={go}>
      {tab.title}
    </NavLink>
  ));
}

/** The screen at this path, or the words that say why there is none. */
export function OfficeScreen({ path, go }: { path: string; go: (path: string) => void }) {
  const { user, signIn } = useIdentity();
  const title = officeTitle(path);
  const tab = TABS.find((each) => each.title === title);
  if (!user) {
    return (
      <Note title={title ?? ''}>
        <p>Nobody is signed in at this station.</p>
        <button type="button" className="button primary" onClick={signIn}>
          Sign in to act
        </button>
      </Note>
    );
  }
  if (tab && !screensOf(user.roles).has(tab.screen)) {
    return (
      <Note title={tab.title}>
        <p>Your role does not have this screen. Ask an administrator if you need it.</p>
      </Note>
    );
  }
  return (
    <div className="office">
      <h1>{title}</h1>
      {path === '/security' ? <SecurityScreen /> : null}
      {tab?.screen === 'patients' ? <PatientsScreen /> : null}
      {tab?.screen === 'privacy' ? <PrivacyScreen path={path} go={go} /> : null}
      {tab?.screen === 'reviews' ? <ReviewsScreen /> : null}
      {tab?.screen === 'accounts' ? <AccountsScreen /> : null}
      {tab?.screen === 'stations' ? <StationsScreen /> : null}
      {tab?.screen === 'devices' ? <FleetScreen /> : null}
      {tab?.screen === 'on-call' ? <OnCallScreen /> : null}
      {tab?.screen === 'load' ? <LoadScreen /> : null}
      {tab?.screen === 'way' ? <WayScreen /> : null}
    </div>
  );
}

function Note({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="page-note">
      <h1>{title}</h1>
      {children}
    </div>
  );
}
