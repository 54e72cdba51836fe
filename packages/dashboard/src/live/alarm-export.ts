import type { AlarmExportReason } from '@vigil/contracts';
import { file } from './file.js';
import type { Answer } from './problem.js';

const TIMEOUT_MS = 30_000;

/** Alarms that began in [fromMs, toMs) of event time, as CSV. That they were taken out, and why, goes into the audit trail. */
export function exportAlarms(wanted: {
  readonly careUnitId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: AlarmExportReason;
}): Promise<Answer<Blob>> {
  const { careUnitId: careUnit, fromMs, toMs, reason } = wanted;
  const query = new URLSearchParams({ careUnit, from: String(fromMs), to: String(toMs), reason });
  return file(`/api/v1/alarms/export?${query}`, TIMEOUT_MS);
}
