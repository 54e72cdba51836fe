import { common } from './common.js';
import { shell } from './shell.js';
import { beds } from './beds.js';
import { bed } from './bed.js';
import { alarms } from './alarms.js';
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
import { signIn } from './sign-in.js';
import { safety } from './safety.js';
import { conditions } from './conditions.js';

/** All words of the app in English, by area. The type of every other language. */
export const en = {
  common,
  shell,
  beds,
  bed,
  alarms,
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
  signIn,
  safety,
  conditions,
} as const;
