import { alarm } from './alarm.js';
import { bed } from './bed.js';
import { review } from './review.js';
import { observations } from './observations.js';
import { stays } from './stays.js';
import { onCall } from './on-call.js';
import { privacy } from './privacy.js';
import { system } from './system.js';
import { account } from './account.js';
import { accounts } from './accounts.js';
import { stations } from './stations.js';
import { devices } from './devices.js';
import { reports } from './reports.js';
import { patients } from './patients.js';

/** What the screens say that are no part of the first picture. */
export const rest = {
  alarm,
  bed,
  review,
  observations,
  stays,
  onCall,
  privacy,
  system,
  account,
  accounts,
  stations,
  devices,
  reports,
  patients,
} as const;
export type EnRest = typeof rest;
