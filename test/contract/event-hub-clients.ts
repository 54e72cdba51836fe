/** Hubs, producers and consumers for the hub's contract suites; all are closed after each test. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CheckpointStore,
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventPosition,
  type ReceivedEventData,
  type SubscribeOptions,
} from '@azure/event-hubs';
import { jest } from '@jest/globals';
import { type EventHubOptions, type RunningEventHub, startEventHub } from '@vigil/event-hub';
import { looseTimers } from '../support/loose-timers.js';
import { promptSockets } from '../support/prompt-sockets.js';

jest.setTimeout(120_000);
promptSockets();
looseTimers();

export const retryOptions = { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 1000, timeoutInMs: 5000 };
/** One attempt: what the hub answers is what the caller gets. Its silence would be another class of error. */
export const noRetries = { maxRetries: 0, timeoutInMs: 15_000 };
/** A second attempt would begin after the test's own time: what comes with these is the answer to the first. */
export const onlyFirstAttempt = { maxRetries: 1, retryDelayInMs: 600_000, timeoutInMs: 15_000 };
export const EARLIEST: EventPosition = { offset: '-1' };
export const LATEST: EventPosition = { offset: '@latest' };

/** Far more than a busy machine takes. What the hub has to do before a wait of the client is over, is tried with longer waits. */
export const UNTIL_MS = 40_000;

/** Clients, closed side by side after each test. */
export const closing: (() => Promise<unknown>)[] = [];
/** Hubs, closed once no client is left. */
export const closingLast: (() => Promise<unknown>)[] = [];
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-hub-'));

export async function start(options: Partial<EventHubOptions> = {}): Promise<RunningEventHub> {
  const hub = await startEventHub({ dataDir: newFolder(), port: 0, segmentBytes: 1024 * 1024, ...options });
  closingLast.push(() => hub.stop());
  return hub;
}

export const producerFor = (connection: string, name = 'vigil', retry: object = retryOptions): EventHubProducerClient => {
  const client = new EventHubProducerClient(connection, name, { retryOptions: retry });
  closing.push(() => client.close());
  return client;
};

export async function until(what: string, does: () => boolean, withinMs = UNTIL_MS): Promise<void> {
  for (const endMs = Date.now() + withinMs; !does();) {
    if (Date.now() > endMs) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * Counts the timers of just this length that a module sets from now to the end of the test; answers how many there were.
 * `module` is part of its path: readers of other tests, which are still closing, set timers too.
 */
export function countTimers(ofMs: number, module: string): () => number {
  const { setTimeout: setTimer } = globalThis;
  let count = 0;
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    if (ms === ofMs && new Error().stack!.includes(module)) count++;
    return setTimer(run, ms);
  }) as typeof setTimeout;
  closing.push(async () => void (globalThis.setTimeout = setTimer));
  return () => count;
}

export type ClientError = Error & { code?: string; retryable?: boolean; errors?: ClientError[] };

/** The client wraps what happened in each retry, sometimes twice. */
export function flatten(error: ClientError): ClientError[] {
  return error.errors === undefined ? [error] : error.errors.flatMap(flatten);
}

/** What an error says it is: the client's class of it, else its text. */
export const kindsOf = (error: ClientError): string[] => flatten(error).map((e) => e.code ?? e.message);

export interface Reader {
  readonly events: ReceivedEventData[];
  readonly errors: string[];
  /** Partitions that it owns now. */
  readonly owned: Set<string>;
  readonly byPartition: Map<string, ReceivedEventData[]>;
  /** Calls without an event, made when the longest wait is over. */
  readonly emptyCalls: () => number;
  close(): Promise<void>;
}

export interface ReadOptions extends SubscribeOptions {
  readonly hub?: string;
  readonly group?: string;
  readonly store?: CheckpointStore;
  readonly partition?: string;
  readonly retry?: object;
  /** Checkpoints are written by it after each batch, and its events are kept only then. */
  readonly checkpoints?: boolean;
  /** How often the client balances, and starts anew what has stopped: also a reader that was displaced. */
  readonly balanceEveryMs?: number;
}

export function read(connection: string, options: ReadOptions): Reader {
  const {
    hub = 'vigil',
    group = 'alarms',
    store,
    partition,
    retry = retryOptions,
    checkpoints = false,
    balanceEveryMs = 300,
    ...rest
  } = options;
  const loadBalancingOptions = {
    strategy: 'greedy' as const,
    updateIntervalInMs: balanceEveryMs,
    partitionOwnershipExpirationIntervalInMs: 20_000,
  };
  const clientOptions = { retryOptions: retry, loadBalancingOptions };
  const client =
    store === undefined
      ? new EventHubConsumerClient(group, connection, hub, clientOptions)
      : new EventHubConsumerClient(group, connection, hub, store, clientOptions);
  const events: ReceivedEventData[] = [];
  const errors: string[] = [];
  const owned = new Set<string>();
  const byPartition = new Map<string, ReceivedEventData[]>();
  let emptyCalls = 0;
  const handlers = {
    processEvents: async (
      batch: ReceivedEventData[],
      context: { partitionId: string; updateCheckpoint(event: ReceivedEventData): Promise<void> },
    ): Promise<void> => {
      const last = batch.at(-1);
      if (last === undefined) emptyCalls++;
      else if (checkpoints) await context.updateCheckpoint(last);
      events.push(...batch);
      byPartition.set(context.partitionId, [...(byPartition.get(context.partitionId) ?? []), ...batch]);
    },
    processError: async (error: Error): Promise<void> => {
      errors.push(...kindsOf(error));
    },
    processInitialize: async (context: { partitionId: string }): Promise<void> => {
      owned.add(context.partitionId);
    },
    processClose: async (_reason: unknown, context: { partitionId: string }): Promise<void> => {
      owned.delete(context.partitionId);
    },
  };
  const subscribeOptions = { maxBatchSize: 300, maxWaitTimeInSeconds: 5, ...rest };
  const subscription =
    partition === undefined
      ? client.subscribe(handlers, subscribeOptions)
      : client.subscribe(partition, handlers, subscribeOptions);
  const close = async (): Promise<void> => {
    await subscription.close();
    await client.close();
  };
  closing.push(close);
  return { events, errors, owned, byPartition, emptyCalls: () => emptyCalls, close };
}

afterEach(async () => {
  for (const list of [closing, closingLast]) {
    await Promise.all(list.splice(0).map((close) => close().catch(() => undefined)));
  }
});
