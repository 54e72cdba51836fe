import { type ComponentType, lazy, Suspense } from 'react';
import { bed } from '../../../../../test/browser/fixture-ward.js';
import type { Mode } from '../answers.js';
import { type Area, type State, userOf } from '../state.js';

const MODES: readonly Mode[] = ['loading', 'empty', 'forbidden', 'failed', 'tooMany', 'unreachable', 'unreadable'];
const ROLES = ['nurse', 'chargeNurse', 'physician', 'admin', 'security', 'biomed', 'service'];

/** A whole screen in the answers that every server can give. Lazy, as in the product: its styles come with it. */
function screen(title: string, load: () => Promise<ComponentType>): Area {
  const Screen = lazy(async () => ({ default: await load() }));
  const state = (mode: Mode): State => ({
    mode,
    scene: { beds: [bed(1), bed(2)] },
    who: { user: userOf(...ROLES) },
    show: () => (
      <main className="office">
        <h1>{title}</h1>
        <Suspense>
          <Screen />
        </Suspense>
      </main>
    ),
  });
  return { title, place: 'page', states: Object.fromEntries(MODES.map((mode) => [mode, state(mode)])) };
}

export const screenAreas: Readonly<Record<string, Area>> = {
  patients: screen('[Patients]', async () => (await import('../../screens/patients/patients-screen.js')).PatientsScreen),
  tray: screen('[Tray]', async () => (await import('../../screens/stays/tray-screen.js')).TrayScreen),
  devices: screen('[Devices]', async () => (await import('../../screens/devices/fleet-screen.js')).FleetScreen),
  accounts: screen('[Accounts]', async () => (await import('../../screens/accounts/accounts-screen.js')).AccountsScreen),
  stations: screen('[Stations]', async () => (await import('../../screens/stations/stations-screen.js')).StationsScreen),
  reviews: screen('[Reviews]', async () => (await import('../../screens/privacy/reviews-screen.js')).ReviewsScreen),
  privacy: screen('[Privacy]', async () => (await import('../../screens/privacy/privacy-screen.js')).PrivacyScreen),
  load: screen('[Alarm load]', async () => (await import('../../screens/reports/load-screen.js')).LoadScreen),
  system: screen('[System]', async () => (await import('../../screens/system/system-screen.js')).SystemScreen),
  way: screen('[Way of alarms]', async () => (await import('../../screens/system/way-screen.js')).WayScreen),
  downtime: screen('[Downtime]', async () => (await import('../../screens/system/downtime-screen.js')).DowntimeScreen),
  firstRun: screen('[First run]', async () => (await import('../../screens/system/first-run-screen.js')).FirstRunScreen),
  onCall: screen('[On call]', async () => (await import('../../screens/on-call/now-screen.js')).NowScreen),
  testPages: screen('[Test pages]', async () => (await import('../../screens/on-call/test-screen.js')).TestScreen),
  security: screen('[Security]', async () => (await import('../../screens/account/security-screen.js')).SecurityScreen),
};
