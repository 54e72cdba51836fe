/** Hubs, producers and consumers for the hub's contract suites; all are closed after each test. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CheckpointStore,
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventPosition,
  type PartitionOwnership,
  type ReceivedEventData,
  type SubscribeOptions,
} from '@azure/event-hubs';
import { jest } from '@jest/globals';
import { type EventHubOptions, type RunningEventHub, startEventHub } from '@vigil/event-hub';

jest.setTimeout(60_000);

export const retryOptions = { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 1000, timeoutInMs: 5000 };
export const EARLIEST: EventPosition = { offset: '-1' };

export const closing: (() => Promise<unknown>)[] = [];
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-hub-'));

export async function start(options: Partial<EventHubOptions> = {}): Promise<RunningEventHub> {
  const hub = await startEventHub({ dataDir: newFolder(), port: 0, segmentBytes: 1024 * 1024, ...options });
  closing.push(() => hub.stop());
  return hub;
}

export const producerFor = (connection: string, name = 'vigil'): EventHubProducerClient => {
  const client = new EventHubProducerClient(connection, name, { retryOptions });
  closing.push(() => client.close());
  return client;
};

export async function until(what: string, does: () => boolean, withinMs = 15_000): Promise<void> {
  for (const endMs = Date.now() + withinMs; !does();) {
    if (Date.now() > endMs) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The client wraps what happened in each retry, sometimes twice. */
export function flatten(error: Error & { code?: string; errors?: Error[] }): (Error & { code?: string })[] {
  return error.errors === undefined ? [error] : error.errors.flatMap(flatten);
}

export interface Reader {
  readonly events: ReceivedEventData[];
  readonly errors: string[];
  /** Partitions that it owns now. */
  readonly owned: Set<string>;
  readonly byPartition: Map<string, ReceivedEventData[]>;
  close(): Promise<void>;
}

export function read(
  connection: string,
  options: { group?: string; store?: CheckpointStore; partition?: string } & SubscribeOptions,
): Reader {
  const { group = 'alarms', store, partition, ...rest } = options;
  const balance = {
    loadBalancingOptions: {
      strategy: 'greedy' as const,
      updateIntervalInMs: 300,
      partitionOwnershipExpirationIntervalInMs: 20_000,
    },
  };
  const client =
    store === undefined
      ? new EventHubConsumerClient(group, connection, 'vigil', { retryOptions, ...balance })
      : new EventHubConsumerClient(group, connection, 'vigil', store, { retryOptions, ...balance });
  const events: ReceivedEventData[] = [];
  const errors: string[] = [];
  const owned = new Set<string>();
  const byPartition = new Map<string, ReceivedEventData[]>();
  const handlers = {
    processEvents: async (batch: ReceivedEventData[], context: { partitionId: string }): Promise<void> => {
      events.push(...batch);
      byPartition.set(context.partitionId, [...(byPartition.get(context.partitionId) ?? []), ...batch]);
    },
    processError: async (error: Error): Promise<void> => {
      errors.push(...flatten(error).map((e) => e.code ?? e.message));
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
  return { events, errors, owned, byPartition, close };
}

/** A checkpoint store in memory; claims are won by etag, as a shared store decides them. */
export class MemoryStore implements CheckpointStore {
  private readonly ownerships = new Map<string, PartitionOwnership>();
  private etag = 0;

  async listOwnership(): Promise<PartitionOwnership[]> {
    return [...this.ownerships.values()];
  }

  async claimOwnership(claims: PartitionOwnership[]): Promise<PartitionOwnership[]> {
    return claims.flatMap((claim) => {
      const held = this.ownerships.get(claim.partitionId);
      if (held !== undefined && held.etag !== claim.etag) return [];
      const won = { ...claim, etag: String(++this.etag), lastModifiedTimeInMs: Date.now() };
      this.ownerships.set(claim.partitionId, won);
      return [won];
    });
  }

  async updateCheckpoint(): Promise<void> {}

  async listCheckpoints(): Promise<[]> {
    return [];
  }
}

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close().catch(() => undefined);
});
