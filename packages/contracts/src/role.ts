import { z } from 'zod';

/** Roles of decisions.md; this version gives nurse, charge-nurse, admin, security-officer and service their rights. */
export const Role = z.enum([
  'nurse',
  'charge-nurse',
  'physician',
  'on-call',
  'biomed',
  'admin',
  'security-officer',
  'auditor',
  'service',
]);
export type Role = z.infer<typeof Role>;
