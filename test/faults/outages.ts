import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@vigil/clock';
import type { ApiClient } from '../support/api-client.js';
import { loadPerCore, patient } from '../support/patience.js';
import type { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { partsOf, type PlannedKill, type Target } from './kill-plan.js';

/** The objective is 10 s; a test gives five times that, and more on a machine that is busy with other things. */
export const RECOVERY_MS_MAX = 50_000;

export interface Outage {
  readonly target: Target;
  /** `performance.now()` of the kill. */
  readonly killedMs: number;
  /** From the last restart until every part says that it is ready and a reading taken after it is on the screen. */
  readonly recoveryMs: number;
  /** What it was given. */
  readonly limitMs: number;
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
  const limitMs = patient(RECOVERY_MS_MAX);
  const sinceMs = clock.nowMs();
  const what = `all is well again after a kill of ${plan.target} (load per core ${loadPerCore().toFixed(1)})`;
  await until(what, () => isWell(stack, api, bedId, sinceMs), limitMs - (performance.now() - restartedMs));
  return { target: plan.target, killedMs, recoveryMs: performance.now() - restartedMs, limitMs };
}

/** @throws Error that says what is not well yet */
async function isWell(stack: Stack, api: ApiClient, bedId: string, sinceMs: number): Promise<boolean> {
  for (const [name, url] of Object.entries({ gateway: stack.gatewayUrl, platform: stack.url })) {
    const response = await fetch(`${url}/health/ready`).catch((cause: unknown) => {
      throw new Error(`the ${name} does not answer`, { cause });
    });
    if (response.status !== 200) throw new Error(`the ${name} is not ready: ${await response.text()}`);
  }
  const { readings } = await api.bed(bedId);
  const newestMs = Math.max(...readings.map((reading) => reading.atMs));
  if (newestMs < sinceMs)
    throw new Error(`all are ready, and the newest reading shown of ${bedId} is ${sinceMs - newestMs} ms of event time too old`);
  return true;
}
