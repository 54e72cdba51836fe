import { z } from 'zod';
import { Priority } from './rule-set.js';

export { Priority };

/** The ways a page can leave the house. `canary` leads to no person: it measures the way. */
export const StaffChannel = z.enum(['smtp', 'webhook', 'webPush', 'sms', 'voice', 'canary']);
export type StaffChannel = z.infer<typeof StaffChannel>;
