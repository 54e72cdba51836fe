import { z } from 'zod';
import { CareUnitId, EpochMs } from './ids.js';

/** Longest [from, to) of one export, event time, and most alarms in it. */
export const ALARM_EXPORT_MS_MAX = 31 * 86_400_000;
export const ALARM_EXPORT_MAX = 5_000;

/** Why somebody takes alarms out: kept in the audit trail. No free text: it would be patient data. */
export const AlarmExportReason = z.enum(['hand-over', 'quality-review', 'incident', 'request-of-patient', 'other']);
export type AlarmExportReason = z.infer<typeof AlarmExportReason>;

/** `GET /api/v1/alarms/export`: alarms of one care unit that began in [from, to) of event time. */
export const AlarmExportQuery = z.object({
  careUnit: CareUnitId,
  from: z.coerce.number().pipe(EpochMs),
  to: z.coerce.number().pipe(EpochMs),
  reason: AlarmExportReason,
});
export type AlarmExportQuery = z.infer<typeof AlarmExportQuery>;
