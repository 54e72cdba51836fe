import { PlatformError } from '@vigil/domain';
import type { PartitionId } from '../../ports/partition-owners.js';
import type { PartitionColumns } from './schema.js';
import type { Tx } from './sql.js';

export const PARTITION_KEY = ['namespace', 'hub', 'consumer_group', 'partition_id'] as const;

/** The client spells names as it was given them; their case has no meaning. */
export function groupColumns(namespace: string, hub: string, group: string): Omit<PartitionColumns, 'partition_id'> {
  return { namespace: namespace.toLowerCase(), hub: hub.toLowerCase(), consumer_group: group.toLowerCase() };
}

export function partitionColumns(id: PartitionId): PartitionColumns {
  return { ...groupColumns(id.fullyQualifiedNamespace, id.eventHubName, id.consumerGroup), partition_id: id.partitionId };
}

/**
 * Refuses whoever no longer owns the partition. One conditional update: it locks the ownership row until the commit,
 * so that nobody takes the partition in between (D5, D20).
 * @throws PlatformError('ownership-lost'), not retryable: the caller stops reading
 */
export async function fence(tx: Tx, at: PartitionColumns, ownerId: string, wallMs: number): Promise<void> {
  const { numUpdatedRows } = await tx.db
    .updateTable('partition_owner')
    .set({ fenced_wall_ms: wallMs })
    .where((eb) => eb.and({ ...at, owner_id: ownerId }))
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new PlatformError('ownership-lost', { partition: Number(at.partition_id) });
}

/** Moves a read position on, never back: a displaced reader that comes late changes nothing. */
export async function writeReadPosition(
  tx: Tx,
  at: PartitionColumns,
  position: { readonly offset: string; readonly sequence: number },
): Promise<void> {
  const content = { read_offset: position.offset, sequence: position.sequence };
  await tx.db
    .insertInto('read_position')
    .values({ ...at, ...content })
    .onConflict((c) => c.columns(PARTITION_KEY).doUpdateSet(content).where('read_position.sequence', '<=', position.sequence))
    .execute();
}
