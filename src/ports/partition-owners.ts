/** Where one consumer group of one hub stands on one partition; the same words as the Event Hubs client uses. */
export interface PartitionId {
  readonly fullyQualifiedNamespace: string;
  readonly eventHubName: string;
  readonly consumerGroup: string;
  readonly partitionId: string;
}

export interface Ownership extends PartitionId {
  /** Empty: given up by its owner. */
  ownerId: string;
  lastModifiedTimeInMs?: number;
  etag?: string;
}

export interface ReadPosition extends PartitionId {
  offset: string;
  sequenceNumber: number;
}

/** Structurally the `FencedCheckpointStore` of the hub client. */
export interface OwnerStore {
  /** Its `updateCheckpoint` refuses whoever lost the partition. */
  readonly fenced: true;
  listOwnership(namespace: string, hub: string, group: string): Promise<Ownership[]>;
  /** Answers only the rows that were won. */
  claimOwnership(rows: Ownership[]): Promise<Ownership[]>;
  /** @throws PlatformError('ownership-lost') when this owner no longer has the partition (event-hub.md, pitfall 1) */
  updateCheckpoint(position: ReadPosition): Promise<void>;
  listCheckpoints(namespace: string, hub: string, group: string): Promise<ReadPosition[]>;
}

/**
 * Who reads which partition. The alarm consumer's commits are fenced by the same rows. `releaseDead` frees the partitions of
 * processes that are known to be gone, so that nobody need wait for their leases.
 */
export abstract class PartitionOwners {
  abstract storeFor(ownerId: string): OwnerStore;
  /** Everybody who has a partition now, of whatever group. */
  abstract owners(): Promise<readonly string[]>;
  /** Frees what is neither this process's nor that of one of these. Left out: nobody else lives. */
  abstract releaseDead(living?: readonly string[]): Promise<void>;
}
