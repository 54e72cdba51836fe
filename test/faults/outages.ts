import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@vigil/clock';
import { invariant } from '@vigil/domain';
import type { ApiClient } from '../support/api-client.js';
import { loadPerCore, patient } from '../support/patience.js';
import type { Postgres } from '../support/postgres.js';
import type { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { chart } from './mover.js';
import { isStoreTarget, partsOf, type PlannedKill, type StoreTarget, type Target } from './kill-plan.js';

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
  /** What was not well yet, each from when on (ms after the last restart). */
  readonly waitedFor: readonly string[];
  /** Of the store alone: how long it was away, when that was declared, and what a command was answered meanwhile. */
  readonly away?: { readonly awayMs: number; readonly declaredMs: number | null; readonly refused: string | null };
}

export interface OutageParts {
  readonly stack: Stack;
  readonly api: ApiClient;
  readonly clock: Clock;
  /** Whose new readings show that all is well again. */
  readonly bedId: string;
  readonly nextPuback: () => Promise<void>;
  /** Where the store is killed. */
  readonly postgres?: Postgres;
}

/** Kills in the moment of an acknowledgement and starts again as planned. Resolves when new readings are shown again. */
export async function carryOut(plan: PlannedKill, parts: OutageParts): Promise<Outage> {
  await sleep(plan.afterMs);
  await parts.nextPuback();
  if (isStoreTarget(plan.target)) return carryOutOnStore(plan.target, plan.awayMs[0]!, parts);
  const { stack, postgres } = parts;
  const killed = partsOf(plan.target);
  const store = plan.target === 'everything' ? postgres : null;
  invariant(store !== undefined, 'a server to kill');
  const killedMs = performance.now();
  await Promise.all([stack.kill(...killed), store?.kill()]);
  let restartedMs = killedMs;
  const again = async (awayMs: number, start: () => Promise<void>): Promise<void> => {
    await sleep(awayMs);
    restartedMs = performance.now();
    await start();
  };
  await Promise.all([
    ...killed.map((part, i) => again(plan.awayMs[i]!, () => stack.start(part))),
    ...(store === null ? [] : [again(plan.awayMs[killed.length]!, () => store.again())]),
  ]);
  return { target: plan.target, killedMs, ...(await recovered(plan.target, restartedMs, parts)) };
}

/** A loss that is longer is declared; the objective. */
export const DECLARED_MS = 15_000;

/** A stay that nobody else charts and that is not moved. */
const CHARTED = 'demo-stay-1';

const OF_STORE: Readonly<
  Record<StoreTarget, { readonly leave: (server: Postgres) => Promise<void>; readonly back: (server: Postgres) => Promise<void> }>
> = {
  store: { leave: (server) => server.kill(), back: (server) => server.again() },
  'store-restart': { leave: (server) => server.shutDown(), back: (server) => server.again() },
  'store-takeover': { leave: (server) => server.onlyRead(true), back: (server) => server.onlyRead(false) },
};

/**
 * Takes the PostgreSQL server away and brings it back. While it is away long enough the platform has to say so, and to refuse commands
 * with the word that they were not done. Its recovery counts from the moment at which the server takes connections, or writes, again.
 */
async function carryOutOnStore(target: StoreTarget, awayMs: number, parts: OutageParts): Promise<Outage> {
  const { stack, api, postgres } = parts;
  invariant(postgres !== undefined, 'a server to kill');
  const killedMs = performance.now();
  await OF_STORE[target].leave(postgres);
  const isOver = sleep(awayMs, true);
  let declaredMs: number | null = null;
  let refused: string | null = null;
  while (!(await Promise.race([isOver, sleep(250, false)]))) {
    const ready = await fetch(`${stack.url}/health/ready`);
    if (ready.status !== 200 && (await ready.text()).includes('store-unavailable')) declaredMs ??= performance.now() - killedMs;
    const answer = await chart(api, CHARTED, false, randomUUID());
    refused = `${answer.status} ${String(answer.body.code)}`;
  }
  await OF_STORE[target].back(postgres);
  const backMs = performance.now();
  const away = { awayMs: backMs - killedMs, declaredMs, refused };
  return { target, killedMs, ...(await recovered(target, backMs, parts)), away };
}

/** Waits until all is well again. */
async function recovered(
  target: Target,
  sinceMs: number,
  { stack, api, clock, bedId }: OutageParts,
): Promise<Pick<Outage, 'recoveryMs' | 'limitMs' | 'waitedFor'>> {
  const limitMs = patient(RECOVERY_MS_MAX);
  const shownSinceMs = clock.nowMs();
  const what = `all is well again after a kill of ${target} (load per core ${loadPerCore().toFixed(1)})`;
  const waitedFor = new Map<string, string>();
  const look = (): Promise<boolean> =>
    isWell(stack, api, bedId, shownSinceMs).catch((error: Error) => {
      const kind = error.message.replace(/\d+/g, 'n');
      if (!waitedFor.has(kind)) waitedFor.set(kind, `${Math.round(performance.now() - sinceMs)} ${error.message}`);
      throw error;
    });
  await until(what, look, limitMs - (performance.now() - sinceMs));
  return { recoveryMs: performance.now() - sinceMs, limitMs, waitedFor: [...waitedFor.values()] };
}

/** @throws Error that says what is not well yet */
async function isWell(stack: Stack, api: ApiClient, bedId: string, sinceMs: number): Promise<boolean> {
  for (const [name, url] of Object.entries({ gateway: stack.gatewayUrl, platform: stack.url })) {
    const response = await fetch(`${url}/health/ready`).catch((cause: unknown) => {
      throw new Error(`the ${name} does not answer`, { cause });
    });
    if (response.status !== 200) throw new Error(`the ${name} is not ready: ${partsNotReady(await response.text())}`);
  }
  const { readings } = await api.bed(bedId);
  const newestMs = Math.max(...readings.map((reading) => reading.atMs));
  if (newestMs < sinceMs)
    throw new Error(`all are ready, and the newest reading shown of ${bedId} is ${sinceMs - newestMs} ms of event time too old`);
  return true;
}

/** Of an answer of `/health/ready`: what is vital and not ready. */
function partsNotReady(text: string): string {
  const { parts } = JSON.parse(text) as { parts?: readonly { name: string; ready: boolean; vital?: boolean; reason: string }[] };
  const found = (parts ?? []).filter(({ ready, vital }) => !ready && vital !== false);
  return found.length === 0 ? text : found.map(({ name, reason }) => `${name} (${reason})`).join(', ');
}
