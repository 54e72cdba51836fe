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

export interface OutageParts {
  readonly stack: Stack;
  readonly api: ApiClient;
  readonly clock: Clock;
  /** Whose new readings show that all is well again. */
  readonly bedId: string;
  readonly nextPuback: () => Promise<void>;
}

/** Kills in the moment of an acknowledgement and starts again as planned. Resolves when new readings are shown again. */
export async function carryOut(plan: PlannedKill, { stack, api, clock, bedId, nextPuback }: OutageParts): Promise<Outage> {
  await sleep(plan.afterMs);
  await nextPuback();
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

/** @throws Error that says what is not well yet */
async function isWell(stack: Stack, api: ApiClient, bedId: string, sinceMs: number): Promise<boolean> {
  for (const url of [stack.gatewayUrl, stack.url]) {
    const response = await fetch(`${url}/health/ready`);
    if (response.status !== 200) throw new Error(`not ready: ${await response.text()}`);
  }
  const { readings } = await api.bed(bedId);
  const newestMs = Math.max(...readings.map((reading) => reading.atMs));
  if (newestMs < sinceMs) throw new Error(`the newest reading shown is ${sinceMs - newestMs} ms of event time too old`);
  return true;
}
