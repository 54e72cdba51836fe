import { type CareUnitId, type NewStationOff, StationOff } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AccountChange } from '../../ports/accounts.js';
import { StationWatches, type StationToWatch } from '../../ports/station-watches.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { Listeners } from './notices.js';
import type { StationWatchRow } from './schema.js';
import type { Tx } from './sql.js';

/** As many as a site may have. */
const STATIONS_MAX = 1_000;

type OffColumns = Pick<StationWatchRow, 'off_reason' | 'off_by' | 'off_from_wall_ms' | 'off_until_wall_ms'>;
const NOT_OFF: OffColumns = { off_reason: null, off_by: null, off_from_wall_ms: null, off_until_wall_ms: null };

/** What is to be known of shared screens to miss them, in SQL. */
export class SqlStationWatches extends StationWatches {
  readonly changed = new Listeners<void>();

  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  override async all(): Promise<readonly StationToWatch[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('station as s')
        .leftJoin('station_watch as w', 'w.station_id', 's.station_id')
        .select(['s.station_id', 's.care_unit_id', 's.label', 'w.drew_wall_ms'])
        .select(['w.off_reason', 'w.off_by', 'w.off_from_wall_ms', 'w.off_until_wall_ms'])
        .where('s.revoked_wall_ms', 'is', null)
        .where('s.token_hash', 'is not', null)
        .orderBy('s.station_id')
        .limit(STATIONS_MAX)
        .execute(),
    );
    return rows.map((row) => ({
      stationId: row.station_id,
      careUnitId: row.care_unit_id as CareUnitId,
      label: row.label,
      hasDrawn: row.drew_wall_ms !== null,
      off: offOf(row),
    }));
  }

  override async drew(stationIds: readonly string[], wallMs: number): Promise<void> {
    await this.context.sql.transaction(async (tx) => {
      for (const station_id of stationIds) {
        // One that was revoked meanwhile is missed by nobody.
        if (!(await isThere(tx, station_id))) continue;
        await tx.db
          .insertInto('station_watch')
          .values({ station_id, drew_wall_ms: wallMs, ...NOT_OFF })
          .onConflict((c) => c.column('station_id').doUpdateSet({ drew_wall_ms: wallMs }))
          .execute();
      }
    });
  }

  override off(
    stationId: string,
    { reason, untilMs, by }: NewStationOff & { readonly by: string },
    change: AccountChange,
  ): Promise<StationOff> {
    const row = {
      ...{ off_reason: reason, off_by: by },
      ...{ off_from_wall_ms: Math.round(change.wallMs), off_until_wall_ms: untilMs as number },
    };
    return this.context.sql.transaction(async (tx) => {
      await appendAudit(tx, change.audit, change.wallMs);
      if (!(await isThere(tx, stationId))) throw new PlatformError('not-found');
      await tx.db
        .insertInto('station_watch')
        .values({ station_id: stationId, drew_wall_ms: null, ...row })
        .onConflict((c) => c.column('station_id').doUpdateSet(row))
        .execute();
      tx.afterCommit(() => this.changed.tell());
      return offOf(row)!;
    });
  }

  override on(stationId: string, change: AccountChange): Promise<boolean> {
    return this.context.sql.transaction(async (tx) => {
      const { numUpdatedRows } = await tx.db
        .updateTable('station_watch')
        .set({ off_until_wall_ms: Math.round(change.wallMs) })
        .where('station_id', '=', stationId)
        .where('off_until_wall_ms', '>', Math.round(change.wallMs))
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await appendAudit(tx, change.audit, change.wallMs);
      tx.afterCommit(() => this.changed.tell());
      return true;
    });
  }

  override onChange(listener: () => void): () => void {
    return this.changed.add(listener);
  }
}

async function isThere({ db }: Tx, stationId: string): Promise<boolean> {
  const row = await db
    .selectFrom('station')
    .select('station_id')
    .where('station_id', '=', stationId)
    .where('revoked_wall_ms', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

function offOf(row: { [K in keyof OffColumns]: OffColumns[K] | null }): StationOff | null {
  if (row.off_reason === null) return null;
  return StationOff.parse({
    reason: row.off_reason,
    by: row.off_by,
    fromMs: row.off_from_wall_ms,
    untilMs: row.off_until_wall_ms,
  });
}
