import { type Ownership, type OwnerStore, PartitionOwners, type ReadPosition } from '../../ports/partition-owners.js';
import type { SqlContext } from './context.js';
import { nextNumber } from './counters.js';
import { fence, groupColumns, PARTITION_KEY, partitionColumns, writeReadPosition } from './partition-rows.js';
import { FIRST, type Tx } from './sql.js';

/** Checkpoint store of the Event Hubs client in SQL (event-hub.md, e). */
export class SqlPartitionOwners extends PartitionOwners {
  private readonly ownersHere = new Set<string>();

  constructor(private readonly context: Pick<SqlContext, 'sql' | 'clock'>) {
    super();
  }

  storeFor(ownerId: string): OwnerStore {
    this.ownersHere.add(ownerId);
    return new SqlOwnerStore(this.context, ownerId);
  }

  async owners(): Promise<readonly string[]> {
    const rows = await this.context.sql.query((db) =>
      db.selectFrom('partition_owner').select('owner_id').distinct().where('owner_id', '!=', '').execute(),
    );
    return rows.map((row) => row.owner_id);
  }

  async releaseDead(living: readonly string[] = []): Promise<void> {
    await this.context.sql.transaction(async (tx) => {
      const etag = await nextNumber(tx, 'etag');
      await tx.db
        .updateTable('partition_owner')
        .set({ owner_id: '', etag })
        .where('owner_id', 'not in', ['', ...this.ownersHere, ...living])
        .execute();
    });
  }
}

class SqlOwnerStore implements OwnerStore {
  readonly fenced = true;

  constructor(
    private readonly context: Pick<SqlContext, 'sql' | 'clock'>,
    private readonly ownerId: string,
  ) {}

  async listOwnership(namespace: string, hub: string, group: string): Promise<Ownership[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('partition_owner')
        .selectAll()
        .where((eb) => eb.and(groupColumns(namespace, hub, group)))
        .execute(),
    );
    return rows.map((row) => ({
      fullyQualifiedNamespace: namespace,
      eventHubName: hub,
      consumerGroup: group,
      partitionId: row.partition_id,
      ownerId: row.owner_id,
      etag: String(row.etag),
      lastModifiedTimeInMs: row.modified_wall_ms,
    }));
  }

  async claimOwnership(rows: Ownership[]): Promise<Ownership[]> {
    return this.context.sql.transaction(async (tx) => {
      const wallMs = this.context.clock.wallMs();
      const won: Ownership[] = [];
      for (const row of rows) {
        const etag = await nextNumber(tx, 'etag');
        if (await claim(tx, row, etag, wallMs)) won.push({ ...row, etag: String(etag), lastModifiedTimeInMs: wallMs });
      }
      return won;
    }, FIRST);
  }

  async updateCheckpoint(position: ReadPosition): Promise<void> {
    await this.context.sql.transaction(async (tx) => {
      const at = partitionColumns(position);
      await fence(tx, at, this.ownerId, this.context.clock.wallMs());
      await writeReadPosition(tx, at, { offset: position.offset, sequence: position.sequenceNumber });
    });
  }

  async listCheckpoints(namespace: string, hub: string, group: string): Promise<ReadPosition[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('read_position')
        .selectAll()
        .where((eb) => eb.and(groupColumns(namespace, hub, group)))
        .execute(),
    );
    return rows.map((row) => ({
      fullyQualifiedNamespace: namespace,
      eventHubName: hub,
      consumerGroup: group,
      partitionId: row.partition_id,
      offset: row.read_offset,
      sequenceNumber: row.sequence,
    }));
  }
}

/** With an etag: wins if nobody has claimed since it was read. Without: wins if nobody ever has. */
async function claim(tx: Tx, row: Ownership, etag: number, wallMs: number): Promise<boolean> {
  const at = partitionColumns(row);
  const content = { owner_id: row.ownerId, etag, modified_wall_ms: wallMs };
  if (row.etag === undefined || row.etag === '') {
    const { numInsertedOrUpdatedRows } = await tx.db
      .insertInto('partition_owner')
      .values({ ...at, ...content, fenced_wall_ms: 0 })
      .onConflict((c) => c.columns(PARTITION_KEY).doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }
  const { numUpdatedRows } = await tx.db
    .updateTable('partition_owner')
    .set(content)
    .where((eb) => eb.and({ ...at, etag: Number(row.etag) }))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
