import { CareUnitId } from '@vigil/contracts';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, retainSearchParams } from '@tanstack/react-router';
import { bedsSearch } from '../model/beds-search.js';
import { alarmSearch } from '../model/alarm-filter.js';
import { reviewSearch } from '../model/review.js';
import { policiesSearch, rotaSearch } from '../model/on-call-search.js';
import type { Screen } from '../model/screens-of.js';
import { type StayAction, stayAction } from '../model/stay-actions.js';
import { AlarmsScreen } from '../screens/alarms/alarms-screen.js';
import { BedsScreen } from '../screens/beds/beds-screen.js';
import { withWords } from '../parts/later.js';
import { App } from './app.js';
import { ScreenFailed, ScreenLoading, UnknownPage } from './screen-states.js';

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** The screen that the role must have; everybody's where it is left out. */
    readonly screen?: Screen;
    /** What a station shows while nobody is signed in. */
    readonly atStation?: true;
  }
}

/** What every address may carry: the care unit on the screen. Never a patient. */
type CommonSearch = { readonly unit?: CareUnitId | undefined };

const root = createRootRoute({
  component: App,
  validateSearch: (search): CommonSearch => {
    const unit = CareUnitId.safeParse(search['unit']);
    return unit.success ? { unit: unit.data } : {};
  },
  search: { middlewares: [retainSearchParams<CommonSearch>(['unit'])] },
  notFoundComponent: UnknownPage,
});
const under = { getParentRoute: () => root } as const;

/* The live picture is in the first file: it must not need the network once more. */
const atStation = { staticData: { atStation: true } } as const;
const beds = createRoute({ ...under, path: '/', component: BedsScreen, validateSearch: bedsSearch, ...atStation });
const alarms = createRoute({ ...under, path: '/alarms', component: AlarmsScreen, validateSearch: alarmSearch, ...atStation });
const recentAlarms = createRoute({ ...under, path: '/alarms/recent', component: AlarmsScreen, ...atStation });
const limitsOff = createRoute({ ...under, path: '/alarms/limits-off', component: AlarmsScreen, ...atStation });
/* `App` shows it in place of everything else. */
const station = createRoute({ ...under, path: '/station', ...atStation });

/* All others are loaded when they are first shown, or by `preloadScreens`. */
const alarm = createRoute({
  ...under,
  path: '/a/$alarmId',
  component: lazyRouteComponent(() => withWords(import('../screens/alarms/alarm-page.js')), 'AlarmPage'),
  ...atStation,
});
const bed = createRoute({
  ...under,
  path: '/b/$bedId',
  component: lazyRouteComponent(() => withWords(import('../screens/bed/bed-record.js')), 'BedRoute'),
  ...atStation,
});
const review = createRoute({
  ...under,
  path: '/b/$bedId/review',
  validateSearch: reviewSearch,
  component: lazyRouteComponent(() => withWords(import('../screens/review/review-screen.js')), 'ReviewRoute'),
  ...atStation,
});
const news2 = createRoute({
  ...under,
  path: '/b/$bedId/news2',
  component: lazyRouteComponent(() => withWords(import('../screens/observations/news2-screen.js')), 'News2Route'),
  ...atStation,
});
const patients = createRoute({
  ...under,
  path: '/patients',
  component: lazyRouteComponent(() => withWords(import('../screens/patients/patients-screen.js')), 'PatientsScreen'),
  staticData: { screen: 'patients' },
});
const admit = createRoute({
  ...under,
  path: '/admit',
  component: lazyRouteComponent(() => withWords(import('../screens/stays/admit-screen.js')), 'AdmitScreen'),
  validateSearch: (search: Record<string, unknown>): { bed?: string } =>
    typeof search['bed'] === 'string' ? { bed: search['bed'] } : {},
  staticData: { screen: 'stays' },
});
const stay = createRoute({
  ...under,
  path: '/b/$bedId/stay',
  component: lazyRouteComponent(() => withWords(import('../screens/stays/stay-screen.js')), 'StayScreen'),
  validateSearch: (search: Record<string, unknown>): { do?: StayAction } => {
    const wanted = stayAction(search['do']);
    return wanted ? { do: wanted } : {};
  },
  staticData: { screen: 'stays' },
});
const tray = createRoute({
  ...under,
  path: '/tray',
  component: lazyRouteComponent(() => withWords(import('../screens/stays/tray-screen.js')), 'TrayScreen'),
  staticData: { screen: 'tray' },
});
const tasks = createRoute({
  ...under,
  path: '/tasks',
  component: lazyRouteComponent(() => withWords(import('../screens/stays/tasks-screen.js')), 'TasksScreen'),
  validateSearch: (search: Record<string, unknown>): { task?: string } =>
    typeof search['task'] === 'string' ? { task: search['task'] } : {},
  staticData: { screen: 'tasks' },
});
const privacy = createRoute({
  ...under,
  path: '/privacy',
  component: lazyRouteComponent(() => withWords(import('../screens/privacy/privacy-screen.js')), 'PrivacyScreen'),
  staticData: { screen: 'privacy' },
});
const holds = createRoute({
  ...under,
  path: '/privacy/holds',
  component: lazyRouteComponent(() => withWords(import('../screens/privacy/privacy-screen.js')), 'PrivacyScreen'),
  staticData: { screen: 'privacy' },
});
const reviews = createRoute({
  ...under,
  path: '/reviews',
  component: lazyRouteComponent(() => withWords(import('../screens/privacy/reviews-screen.js')), 'ReviewsScreen'),
  staticData: { screen: 'reviews' },
});
const accounts = createRoute({
  ...under,
  path: '/accounts',
  component: lazyRouteComponent(() => withWords(import('../screens/accounts/accounts-screen.js')), 'AccountsScreen'),
  staticData: { screen: 'accounts' },
});
const stations = createRoute({
  ...under,
  path: '/stations',
  component: lazyRouteComponent(() => withWords(import('../screens/stations/stations-screen.js')), 'StationsScreen'),
  staticData: { screen: 'stations' },
});
const devices = createRoute({
  ...under,
  path: '/devices',
  component: lazyRouteComponent(() => withWords(import('../screens/devices/fleet-screen.js')), 'FleetScreen'),
  staticData: { screen: 'devices' },
});
const onCall = createRoute({
  ...under,
  path: '/on-call',
  component: lazyRouteComponent(() => withWords(import('../screens/on-call/now-screen.js')), 'NowScreen'),
  staticData: { screen: 'on-call' },
});
const rota = createRoute({
  ...under,
  path: '/on-call/rota',
  component: lazyRouteComponent(() => withWords(import('../screens/on-call/rota-screen.js')), 'RotaScreen'),
  validateSearch: rotaSearch,
  staticData: { screen: 'on-call' },
});
const policies = createRoute({
  ...under,
  path: '/on-call/policies',
  component: lazyRouteComponent(() => withWords(import('../screens/on-call/policies-screen.js')), 'PoliciesScreen'),
  validateSearch: policiesSearch,
  staticData: { screen: 'on-call' },
});
const testPages = createRoute({
  ...under,
  path: '/on-call/test',
  component: lazyRouteComponent(() => withWords(import('../screens/on-call/test-screen.js')), 'TestScreen'),
  staticData: { screen: 'on-call' },
});
const alarmLoad = createRoute({
  ...under,
  path: '/alarm-load',
  component: lazyRouteComponent(() => withWords(import('../screens/reports/load-screen.js')), 'LoadScreen'),
  staticData: { screen: 'load' },
});
const system = createRoute({
  ...under,
  path: '/system',
  component: lazyRouteComponent(() => withWords(import('../screens/system/system-screen.js')), 'SystemScreen'),
  staticData: { screen: 'way' },
});
/* Also when nobody can sign in: what this page knew last is in its memory. */
const downtime = createRoute({
  ...under,
  path: '/system/downtime',
  component: lazyRouteComponent(() => withWords(import('../screens/system/downtime-screen.js')), 'DowntimeScreen'),
  ...atStation,
});
const firstRun = createRoute({
  ...under,
  path: '/first-run',
  component: lazyRouteComponent(() => withWords(import('../screens/system/first-run-screen.js')), 'FirstRunScreen'),
  staticData: { screen: 'first-run' },
});
const wayOfAlarms = createRoute({
  ...under,
  path: '/way-of-alarms',
  component: lazyRouteComponent(() => withWords(import('../screens/system/way-screen.js')), 'WayScreen'),
  staticData: { screen: 'way' },
});
const screen = createRoute({
  ...under,
  path: '/screen',
  component: lazyRouteComponent(() => withWords(import('../screens/screen/screen-settings-screen.js')), 'ScreenSettingsScreen'),
  ...atStation,
});
const security = createRoute({
  ...under,
  path: '/security',
  component: lazyRouteComponent(() => withWords(import('../screens/account/security-screen.js')), 'SecurityScreen'),
});

const tree = root.addChildren([
  ...[system, downtime, firstRun],
  ...[rota, policies, testPages],
  ...[admit, stay, tray, tasks],
  ...[
    beds,
    alarms,
    recentAlarms,
    limitsOff,
    alarm,
    station,
    bed,
    review,
    news2,
    patients,
    privacy,
    holds,
    reviews,
    accounts,
    stations,
    devices,
  ],
  ...[onCall, alarmLoad, wayOfAlarms, security, screen],
]);

export const router = createRouter({
  routeTree: tree,
  defaultPendingComponent: ScreenLoading,
  defaultErrorComponent: ScreenFailed,
  // A station that is left alone for a week keeps no page that nobody looks at.
  defaultGcTime: 0,
  scrollRestoration: false,
});

/** Fetches the files of all screens while nothing else is to do, so that they are there when the network is not. */
export async function preloadScreens(): Promise<void> {
  for (const route of Object.values(router.routesById)) {
    const component = route.options.component as { preload?: () => Promise<unknown> } | undefined;
    // What can't be fetched now is asked for again when somebody goes there.
    await component?.preload?.().catch(() => undefined);
  }
}
