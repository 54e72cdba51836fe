import { z } from 'zod';

/** Roles of people, and `service` for programs. What each may do: docs/access.md. */
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
