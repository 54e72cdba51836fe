import type { Role } from '@vigil/contracts';

/** Screens that not everybody has. The server decides; this only keeps away what could show nothing but a refusal. */
export type Screen = 'patients' | 'privacy' | 'reviews' | 'accounts' | 'stations' | 'devices' | 'on-call' | 'load' | 'way';

const CLINICAL = ['patients', 'on-call', 'load', 'way'] as const;

const SCREENS: Readonly<Record<Role, readonly Screen[]>> = {
  nurse: CLINICAL,
  physician: CLINICAL,
  'on-call': CLINICAL,
  'charge-nurse': ['patients', 'on-call', 'load', 'way', 'reviews', 'stations'],
  biomed: ['devices', 'stations', 'load', 'way'],
  admin: ['accounts', 'stations', 'devices', 'on-call', 'load', 'way'],
  'security-officer': ['privacy', 'reviews', 'accounts'],
  auditor: ['privacy', 'reviews', 'on-call', 'load'],
  service: [],
};

export function screensOf(roles: readonly Role[]): ReadonlySet<Screen> {
  return new Set(roles.flatMap((role) => SCREENS[role]));
}

const ADMINS: ReadonlySet<Role> = new Set(['admin']);
const STATION_KEEPERS: ReadonlySet<Role> = new Set(['admin', 'charge-nurse']);
const OFFICERS: ReadonlySet<Role> = new Set(['security-officer']);

/** What a screen offers beside looking. */
export const mayManageAccounts = (roles: readonly Role[]): boolean => roles.some((role) => ADMINS.has(role));
export const mayManageStations = (roles: readonly Role[]): boolean => roles.some((role) => STATION_KEEPERS.has(role));
export const mayReview = (roles: readonly Role[]): boolean => roles.some((role) => OFFICERS.has(role));
export const mayHold = mayReview;
