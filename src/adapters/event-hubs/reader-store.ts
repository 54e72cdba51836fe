import { PlatformError } from '@vigil/domain';
import type { Progress } from '@vigil/hub-client';
import type { PartitionReader } from '../../ports/event-log.js';
import type { OwnerStore } from '../../ports/partition-owners.js';
import type { Pumps } from './pumps.js';

export interface ReaderStoreParts {
  readonly store: OwnerStore;
  readonly ownerId: string;
  readonly reader: PartitionReader;
  readonly partitionCount: number;
  readonly pumps: Pumps;
  readonly progress: Progress;
  readonly wallMs: () => number;
}

/**
 * The owner store as one subscription shows it to the client.
 *
 * A reader that keeps its own position answers for the client's checkpoints. A partition whose pump has stopped is shown
 * as given up: the client takes what it owns for received and would leave it standing until the ownership expires. A
 * subscription that was replaced owns nothing and gives nothing up, because the one that replaced it has the same owner.
 */
export function readerStore(parts: ReaderStoreParts): OwnerStore {
  const { store, ownerId, pumps, reader } = parts;
  return {
    fenced: true,
    listOwnership: async (namespace, hub, group) => {
      const rows = await store.listOwnership(namespace, hub, group);
      if (pumps.isRetired) return [];
      return rows.map((row) =>
        row.ownerId === ownerId && pumps.hasStopped(Number(row.partitionId)) ? { ...row, ownerId: '' } : row,
      );
    },
    claimOwnership: (rows) => (pumps.isRetired ? Promise.resolve([]) : store.claimOwnership(rows)),
    updateCheckpoint: (row) => {
      if (pumps.isRetired) return Promise.reject(new PlatformError('ownership-lost', { partition: Number(row.partitionId) }));
      return store.updateCheckpoint(row);
    },
    listCheckpoints: async (namespace, hub, group) => {
      if (reader.position !== undefined) return ownPositions(parts, namespace, hub, group);
      const rows = await store.listCheckpoints(namespace, hub, group);
      expectFrom(parts, new Map(rows.map((row) => [Number(row.partitionId), row.sequenceNumber])));
      return rows;
    },
  };
}

/** @param read sequence of the last event that is read, for each partition that has a position */
function expectFrom({ partitionCount, progress, wallMs }: ReaderStoreParts, read: ReadonlyMap<number, number>): void {
  for (let partition = 0; partition < partitionCount; partition++) {
    const sequence = read.get(partition);
    if (sequence === undefined) progress.expectEarliest(partition);
    else progress.expect(partition, sequence + 1, wallMs());
  }
}

async function ownPositions(parts: ReaderStoreParts, namespace: string, hub: string, group: string) {
  const { reader, partitionCount, progress } = parts;
  const rows = [];
  for (let partition = 0; partition < partitionCount; partition++) {
    const offset = (await reader.position?.(partition)) ?? null;
    if (offset === null) {
      progress.expectEarliest(partition);
      continue;
    }
    progress.expectAfter(partition, offset);
    rows.push({
      fullyQualifiedNamespace: namespace,
      eventHubName: hub,
      consumerGroup: group,
      partitionId: String(partition),
      offset,
      // Its reader keeps none; the client starts by the offset.
      sequenceNumber: 0,
    });
  }
  return rows;
}
