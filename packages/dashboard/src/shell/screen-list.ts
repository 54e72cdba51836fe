import type { LinkProps } from '@tanstack/react-router';
import type { Role } from '@vigil/contracts';
import { type Screen, screensOf } from '../model/screens-of.js';

/** The tabs of the shell beside Beds and Alarms, in their order. `to` is also where everything below it belongs. */
export const SCREENS: readonly { readonly screen: Screen; readonly to: NonNullable<LinkProps['to']>; readonly title: string }[] =
  [
    { screen: 'patients', to: '/patients', title: 'Find a patient' },
    { screen: 'tray', to: '/tray', title: 'Unassigned devices' },
    { screen: 'tasks', to: '/tasks', title: 'Tasks' },
    { screen: 'privacy', to: '/privacy', title: 'Privacy' },
    { screen: 'reviews', to: '/reviews', title: 'Emergency access' },
    { screen: 'accounts', to: '/accounts', title: 'Accounts' },
    { screen: 'stations', to: '/stations', title: 'Stations' },
    { screen: 'devices', to: '/devices', title: 'Devices and gateways' },
    { screen: 'on-call', to: '/on-call', title: 'On call' },
    { screen: 'load', to: '/alarm-load', title: 'Alarm load' },
    { screen: 'way', to: '/way-of-alarms', title: 'Way of alarms' },
  ];

/** Where a person goes who works in no care unit now; null where there is nothing for them. */
export function firstScreen(roles: readonly Role[]): NonNullable<LinkProps['to']> | null {
  const mine = screensOf(roles);
  return SCREENS.find(({ screen }) => screen !== 'patients' && FIRST.has(screen) && mine.has(screen))?.to ?? null;
}

const FIRST: ReadonlySet<Screen> = new Set(['privacy', 'accounts', 'stations']);
