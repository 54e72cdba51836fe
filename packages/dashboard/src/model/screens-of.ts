import type { Role } from '@vigil/contracts';

/** Screens that not everybody has. The server decides; this only keeps away what could show nothing but a refusal. */
export type Screen =
  | 'patients'
  | 'stays'
  | 'tray'
  | 'tasks'
  | 'privacy'
  | 'reviews'
  | 'accounts'
  | 'stations'
  | 'devices'
  | 'on-call'
  | 'load'
  | 'way'
  | 'first-run';

const CLINICAL = ['patients', 'stays', 'tray', 'on-call', 'load', 'way'] as const;

const SCREENS: Readonly<Record<Role, readonly Screen[]>> = {
  nurse: CLINICAL,
  physician: CLINICAL,
  'on-call': CLINICAL,
  'charge-nurse': [...CLINICAL, 'tasks', 'reviews', 'stations'],
  biomed: ['tray', 'devices', 'stations', 'load', 'way'],
  admin: ['tasks', 'accounts', 'stations', 'devices', 'on-call', 'load', 'way', 'first-run'],
  'security-officer': ['privacy', 'reviews', 'accounts'],
  auditor: ['privacy', 'reviews', 'on-call', 'load'],
  service: [],
};

export function screensOf(roles: readonly Role[]): ReadonlySet<Screen> {
  return new Set(roles.flatMap((role) => SCREENS[role]));
}

const ADMINS: ReadonlySet<Role> = new Set(['admin']);
const STATION_KEEPERS: ReadonlySet<Role> = new Set(['admin', 'charge-nurse']);
const CHARGE: ReadonlySet<Role> = new Set(['charge-nurse']);
const CORRECTORS: ReadonlySet<Role> = new Set(['charge-nurse', 'physician']);
const OFFICERS: ReadonlySet<Role> = new Set(['security-officer']);

/** What a screen offers beside looking. */
export const mayManageAccounts = (roles: readonly Role[]): boolean => roles.some((role) => ADMINS.has(role));
export const mayManageStations = (roles: readonly Role[]): boolean => roles.some((role) => STATION_KEEPERS.has(role));
export const mayReview = (roles: readonly Role[]): boolean => roles.some((role) => OFFICERS.has(role));
export const mayHold = mayReview;
/** Somebody who was never here before. */
export const mayRecordPatients = (roles: readonly Role[]): boolean => roles.some((role) => CHARGE.has(role));
/** Who really lay where, and which device was where. */
export const mayCorrectStays = (roles: readonly Role[]): boolean => roles.some((role) => CORRECTORS.has(role));
/** What a message of the hospital says, with the names in it. */
export const mayReadTasks = mayRecordPatients;
