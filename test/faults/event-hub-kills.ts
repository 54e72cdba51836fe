import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unsharedConsumer } from '@vigil/hub-client';
import { freePorts } from '../support/free-ports.js';
import { until } from '../support/until.js';
import { Ledger } from './event-hub-ledger.js';
import { HubLoad } from './event-hub-load.js';
import { HubProcess, type Ready } from './event-hub-process.js';
import { readInto, View } from './event-hub-view.js';
import { randomOf } from './kill-plan.js';

const HUB = 'vigil';
/** Small, so that segments fill and change several times a second. */
const SEGMENT_BYTES = 256 * 1024;
const TAIL_CACHE_BYTES = 256 * 1024;
const LIVE_MS_MIN = 50;
const LIVE_MS_MAX = 1_500;
/** Every so many-th kill is followed by another one while the hub recovers. */
const KILLED_AGAIN_EVERY = 4;
const START_MS_MAX = 400;
const AWAY_MS_MAX = 300;
/** For clients to come back and read what was acknowledged before the kill. */
const READ_WITHIN_MS = 30_000;

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Hears of each kill once everything acknowledged before it has been read. */
  readonly onKill?: (kill: KillFacts) => void;
}

export interface KillFacts {
  readonly kill: number;
  /** Killed again before it had recovered. */
  readonly inRecovery: boolean;
  /** The consumer that goes on did not read everything in time. */
  readonly stalled: boolean;
  readonly recoveryMs: number;
  /** From the start of the process until everything that had been acknowledged was read by a consumer that went on. */
  readonly readAgainMs: number;
  readonly tornBytes: number;
  readonly acknowledged: number;
}

export interface KillReport {
  readonly kills: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly onLog: number;
  /** Acknowledged and not on the log. */
  readonly lost: number;
  /** On the log and never sent. */
  readonly phantom: number;
  /** On the log more than once: sent again by a client that had no answer. At-least-once allows it. */
  readonly sentAgain: number;
  /** The same of idempotent producers, which promise that it does not happen. */
  readonly idempotentDoubled: number;
  /** Sends of theirs that failed for good. */
  readonly idempotentErrors: readonly string[];
  /** Kills after which the consumer that goes on stood still. */
  readonly stalled: number;
  readonly gaps: number;
  readonly reused: number;
  readonly backInTime: number;
  /** Kills that left a half-written record behind. */
  readonly torn: number;
}

/** Kills the hub again and again under load, and holds what is read, before and after, against what was acknowledged. */
export async function killHub(options: KillOptions): Promise<KillReport> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-hub-kills-'));
  const [port] = await freePorts(1);
  const small = { segmentBytes: SEGMENT_BYTES, tailCacheBytes: TAIL_CACHE_BYTES };
  const hub = new HubProcess({ dataDir, port: port!, ...small });
  try {
    return await underLoad(hub, options);
  } finally {
    await hub.end();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function underLoad(hub: HubProcess, options: KillOptions): Promise<KillReport> {
  const { connection } = await hub.start();
  const random = randomOf(options.seed);
  const ledger = new Ledger();
  const view = new View();
  const client = unsharedConsumer('live', connection, HUB, 'kills');
  const reading = readInto(view, client, await client.getPartitionIds());
  const load = new HubLoad({ connection, ledger, random });
  let [torn, stalled] = [0, 0];
  try {
    await until('the first events are read', () => view.size > 0, READ_WITHIN_MS);
    for (let kill = 1; kill <= options.kills; kill++) {
      await sleep(LIVE_MS_MIN + random() * (LIVE_MS_MAX - LIVE_MS_MIN));
      const facts = await killOnce(hub, { kill, random, ledger, view });
      if (facts.tornBytes > 0) torn++;
      if (facts.stalled) stalled++;
      options.onKill?.(facts);
    }
    await load.stop();
    await until('all that was acknowledged is read', () => unread({ ledger, view }, Infinity) === 0, READ_WITHIN_MS).catch(
      () => undefined,
    );
    await readAnew(connection, view);
  } finally {
    // Clients that are left open would keep the process alive.
    await load.stop().catch(() => undefined);
    await reading.close().catch(() => undefined);
    await client.close().catch(() => undefined);
  }
  const { idempotentErrors } = load;
  return { kills: options.kills, ...compare(ledger, view), ...view.faults, idempotentErrors, stalled, torn };
}

interface Round {
  readonly kill: number;
  readonly random: () => number;
  readonly ledger: Ledger;
  readonly view: View;
}

async function killOnce(hub: HubProcess, { kill, random, ledger, view }: Round): Promise<KillFacts> {
  await hub.kill();
  const before = ledger.size;
  const inRecovery = kill % KILLED_AGAIN_EVERY === 0;
  if (inRecovery) {
    hub.spawn();
    await sleep(random() * START_MS_MAX);
    await hub.kill();
  }
  await sleep(random() * AWAY_MS_MAX);
  const startMs = performance.now();
  const ready: Ready = await hub.start();
  const isRead = (): boolean => unread({ ledger, view }, before) === 0;
  const stalled = await until('all is read', isRead, READ_WITHIN_MS).then(
    () => false,
    () => true,
  );
  // A reader that stands still is no loss; whether it is one, somebody else who reads the log can tell.
  if (stalled) await readAnew(ready.connection, view);
  const lost = unread({ ledger, view }, before);
  if (lost > 0) throw new Error(`kill ${kill}: ${lost} acknowledged events are gone; ${JSON.stringify(view.faults)}`);
  return {
    ...{ kill, inRecovery, stalled, recoveryMs: Math.round(ready.recoveryMs) },
    ...{ readAgainMs: Math.round(performance.now() - startMs), tornBytes: ready.torn, acknowledged: ledger.acknowledged },
  };
}

const unread = ({ ledger, view }: Pick<Round, 'ledger' | 'view'>, below: number): number =>
  ledger.unreadBelow(below, (id) => view.copies(id) > 0);

/** Another consumer group reads the whole log once more; it has to find what the first one found. */
async function readAnew(connection: string, view: View): Promise<void> {
  const client = unsharedConsumer('history', connection, HUB, 'kills-again');
  const partitions = await client.getPartitionIds();
  const ends = await Promise.all(partitions.map((id) => client.getPartitionProperties(id)));
  const again = readInto(view, client, partitions);
  try {
    const isRead = (): boolean => ends.every((end) => again.last(end.partitionId) >= end.lastEnqueuedSequenceNumber);
    await until('the whole log is read again', isRead, READ_WITHIN_MS);
  } finally {
    await again.close();
    await client.close();
  }
}

type Compared = Pick<KillReport, 'sent' | 'acknowledged' | 'onLog' | 'lost' | 'phantom' | 'sentAgain' | 'idempotentDoubled'>;

function compare(ledger: Ledger, view: View): Compared {
  const report = {
    sent: ledger.size,
    acknowledged: ledger.acknowledged,
    onLog: view.size,
    lost: unread({ ledger, view }, Infinity),
  };
  let [phantom, sentAgain, idempotentDoubled] = [0, 0, 0];
  for (const id of view.ids()) {
    const way = ledger.wayOf(id);
    if (way === undefined) phantom++;
    else if (view.copies(id) > 1 && way === 'idempotent') idempotentDoubled++;
    else if (view.copies(id) > 1) sentAgain++;
  }
  return { ...report, phantom, sentAgain, idempotentDoubled };
}
