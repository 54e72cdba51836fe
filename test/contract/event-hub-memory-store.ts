/** A checkpoint store for the hub's contract suites, also for several processes that ask for it over a channel. */
import type { Checkpoint, CheckpointStore, PartitionOwnership } from '@azure/event-hubs';

/** A checkpoint store in memory; claims are won by etag, as a shared store decides them. It has no fence. */
export class MemoryStore implements CheckpointStore {
  private readonly ownerships = new Map<string, PartitionOwnership>();
  private readonly checkpoints = new Map<string, Checkpoint>();
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

  async updateCheckpoint(checkpoint: Checkpoint): Promise<void> {
    this.checkpoints.set(checkpoint.partitionId, checkpoint);
  }

  async listCheckpoints(): Promise<Checkpoint[]> {
    return [...this.checkpoints.values()];
  }
}
