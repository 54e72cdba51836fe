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
 * older than the watchdog, and is left to its readiness. Of several processes with an API each knows how it goes at the whole site: one
 * that says that people are told has seen it, and is believed before one that can not see it.
 *
 * @param token of the service `watchdog`, shown to processes that are not on this machine; null: it has none
 */
export async function askPaging(platformUrls: readonly string[], token: string | null = null): Promise<PagingSaid | null> {
  const said = (await Promise.all(platformUrls.map((url) => askOne(url, token)))).filter((each) => each !== null);
  return said.find(({ ok }) => ok) ?? said[0] ?? null;
}

async function askOne(platformUrl: string, token: string | null): Promise<PagingSaid | null> {
  try {
    const response = await fetch(new URL('/health/escalation', platformUrl), {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: { 'user-agent': 'vigil-watchdog', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      // A token is for the address that was given.
      redirect: 'error',
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
