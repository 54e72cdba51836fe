import type { AlarmExportReason } from '@vigil/contracts';
import { type Answer, readTrouble, troubleOf } from './problem.js';

const TIMEOUT_MS = 30_000;

/** Alarms that began in [fromMs, toMs) of event time, as CSV. That they were taken out, and why, goes into the audit trail. */
export async function exportAlarms(wanted: {
  readonly careUnitId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: AlarmExportReason;
}): Promise<Answer<Blob>> {
  const { careUnitId: careUnit, fromMs, toMs, reason } = wanted;
  const query = new URLSearchParams({ careUnit, from: String(fromMs), to: String(toMs), reason });
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`/api/v1/alarms/export?${query}`, { cache: 'no-store', signal });
    if (!response.ok) return { ok: false, trouble: await readTrouble(response) };
    return { ok: true, value: await response.blob() };
  } catch {
    return { ok: false, trouble: troubleOf('offline') };
  }
}
