import { CareUnitId } from '@vigil/contracts';
import { z } from 'zod';

const ANSWER_WITHIN_MS = 3_000;

/** As much of the answer as the watchdog goes by; a later platform may say more. */
const Said = z.object({
  problem: z.string().max(40).nullable(),
  careUnitIds: z.array(CareUnitId).max(1_000),
  canary: z.enum(['off', 'waiting', 'ok', 'late']).optional(),
  screens: z.enum(['ok', 'silent', 'untold']).optional(),
});

interface PagingSaid {
  readonly ok: boolean;
  readonly careUnitIds: readonly CareUnitId[];
  readonly isCanaryLate: boolean;
  readonly areScreensUntold: boolean;
}

/**
 * How paging goes, as the platform says; null where it does not answer, or not like a platform. One that has no such answer yet is
 * older than the watchdog, and is left to its readiness.
 */
export async function askPaging(platformUrl: string): Promise<PagingSaid | null> {
  try {
    const response = await fetch(new URL('/health/escalation', platformUrl), {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: { 'user-agent': 'vigil-watchdog' },
    });
    if (response.status !== 200 && response.status !== 503) {
      await response.body?.cancel();
      return response.status === 404 ? { ok: true, careUnitIds: [], isCanaryLate: false, areScreensUntold: false } : null;
    }
    const said = Said.parse(await response.json());
    return {
      ok: response.ok && said.problem === null,
      careUnitIds: said.careUnitIds,
      isCanaryLate: said.canary === 'late',
      areScreensUntold: said.screens === 'untold',
    };
  } catch {
    return null;
  }
}
