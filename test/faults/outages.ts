import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@vigil/clock';
import type { ApiClient } from '../support/api-client.js';
import type { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { partsOf, type PlannedKill, type Target } from './kill-plan.js';

/** The objective is 10 s; a test on a busy machine gives five times that. */
export const RECOVERY_MS_MAX = 50_000;

export interface Outage {
  readonly target: Target;
  /** `performance.now()` of the kill. */
  readonly killedMs: number;
  /** From the last restart until every part says that it is ready and a reading taken after it is on the screen. */
  readonly recoveryMs: number;
}

/** Kills and starts again as planned. Resolves when new readings of `bedId` are shown again. */
export async function carryOut(
  plan: PlannedKill,
  { stack, api, clock, bedId }: { readonly stack: Stack; readonly api: ApiClient; readonly clock: Clock; readonly bedId: string },
): Promise<Outage> {
  await sleep(plan.afterMs);
  const parts = partsOf(plan.target);
  const killedMs = performance.now();
  await stack.kill(...parts);
  let restartedMs = killedMs;
  const restarts = parts.map(async (part, i) => {
    await sleep(plan.awayMs[i]);
    restartedMs = performance.now();
    await stack.start(part);
  });
  await Promise.all(restarts);
  const limitMs = RECOVERY_MS_MAX - (performance.now() - restartedMs);
  const sinceMs = clock.nowMs();
  await until(`readings are shown again after a kill of ${plan.target}`, () => isWell(stack, api, bedId, sinceMs), limitMs);
  return { target: plan.target, killedMs, recoveryMs: performance.now() - restartedMs };
}

async function isWell(stack: Stack, api: ApiClient, bedId: string, sinceMs: number): Promise<boolean> {
  const { readings } = await api.bed(bedId);
  if (!readings.some((reading) => reading.atMs >= sinceMs)) return false;
  const ready = await Promise.all([stack.url, stack.gatewayUrl].map((url) => fetch(`${url}/health/ready`)));
  return ready.every((response) => response.status === 200);
}
