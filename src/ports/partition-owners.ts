import type { CheckpointStore } from '@azure/event-hubs';

/**
 * Who reads which partition. The alarm consumer's commits are fenced by the same rows. `releaseDead` frees partitions
 * of processes that are known to be gone (this data folder has one platform at a time), so that a restart need not
 * wait for their leases.
 */
export abstract class PartitionOwners {
  /** The store that the Event Hubs client uses, for one consumer identity. */
  abstract storeFor(ownerId: string): CheckpointStore;
  abstract releaseDead(): Promise<void>;
}
