import { z } from 'zod';
import { StaffId } from './ids.js';

/**
 * Where a change of who lies where, or of what belongs to whom, came from. `hl7` and `fhir`: a feed of the hospital; `site`: the
 * site's own description; `device`: what a device did (data that come again); `system`: a rule of Vigil (a time that ran out).
 */
export const ChangeSource = z.enum(['person', 'hl7', 'fhir', 'site', 'device', 'system']);
export type ChangeSource = z.infer<typeof ChangeSource>;

/** Why an interval was begun, ended or corrected. A closed list: it goes on the log, where free text has no place. */
export const ChangeReason = z.enum([
  'routine',
  'wrong-patient',
  'wrong-bed',
  'wrong-device',
  'wrong-time',
  'device-exchange',
  'cancelled-at-source',
  'merged-at-source',
  'reorganised',
  'other',
]);
export type ChangeReason = z.infer<typeof ChangeReason>;

/** Of a correction: `routine` is refused with a code of its own, so that only the document says that it is none. */
export const CorrectionReason = ChangeReason.meta({ not: { const: 'routine' } });

/** Where an event came from. `sourceRef`: id of the kept inbound message, nothing of its content. */
export const sourced = { source: ChangeSource.optional(), sourceRef: z.string().min(1).max(64).optional() };

/**
 * Who made an event, where it came from and why. Absent in events of before it was told; `by` is null where no person did it.
 * What somebody wrote about it is sealed in SQL and never on the log.
 */
export const authored = { by: StaffId.nullable().optional(), reason: ChangeReason.optional(), ...sourced };
