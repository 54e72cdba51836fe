import { z } from 'zod';
import { Priority } from './rule-set.js';

export { Priority };

/** The ways a page can leave the house. */
export const StaffChannel = z.enum(['smtp', 'webhook']);
export type StaffChannel = z.infer<typeof StaffChannel>;
