import { type CareUnitId, type Page, Station } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AccountChange } from '../../ports/accounts.js';
import type { AuditEntry } from '../../ports/audit-trail.js';
import { type KnownStation, Stations } from '../../ports/stations.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { decodeCursor, pageOf } from './cursor.js';
import type { StationTable } from './schema.js';

/** Stations that are not revoked. A ward has a few. */
const STATIONS_MAX = 1_000;
/** "Seen" is written in steps, so that looking at a screen costs no disk. */
const SEEN_STEP_MS = 60_000;
const ASKED_AT_ONCE = 500;

export class SqlStations extends Stations {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  override create(
    station: { stationId: string; careUnitId: CareUnitId; label: string; codeHash: string; codeUntilMs: number },
    change: AccountChange,
  ): Promise<Station> {
    return this.context.sql.transaction(async (tx) => {
      await appendAudit(tx, change.audit, change.wallMs);
      const unit = await tx.db
        .selectFrom('care_unit')
        .select('care_unit_id')
        .where('care_unit_id', '=', station.careUnitId)
        .executeTakeFirst();
      if (unit === undefined) throw new PlatformError('not-found', { ids: [`careUnit:${station.careUnitId}`] });
      const others = await tx.db.selectFrom('station').select('station_id').where('revoked_wall_ms', 'is', null).execute();
      if (others.length >= STATIONS_MAX) throw new PlatformError('conflict');
      const row: StationTable = {
        station_id: station.stationId,
        care_unit_id: station.careUnitId,
        label: station.label,
        code_hash: station.codeHash,
        code_until_wall_ms: station.codeUntilMs,
        token_hash: null,
        earlier_hash: null,
        rotated_wall_ms: null,
        seen_wall_ms: null,
        created_wall_ms: change.wallMs,
        revoked_wall_ms: null,
      };
      await tx.db.insertInto('station').values(row).execute();
      return view(row);
    });
  }

  override enrol(
    { codeHash, tokenHash }: { readonly codeHash: string; readonly tokenHash: string },
    wallMs: number,
    audit: (station: Station) => AuditEntry,
  ): Promise<Station | null> {
    return this.context.sql.transaction(async (tx) => {
      const row = await tx.db
        .updateTable('station')
        .set({
          code_hash: null,
          code_until_wall_ms: null,
          token_hash: tokenHash,
          earlier_hash: null,
          rotated_wall_ms: wallMs,
          seen_wall_ms: wallMs,
        })
        .where('code_hash', '=', codeHash)
        .where('code_until_wall_ms', '>', wallMs)
        .where('revoked_wall_ms', 'is', null)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return null;
      const station = view(row);
      await appendAudit(tx, audit(station), wallMs);
      return station;
    });
  }

  override list(query: {
    careUnitIds: readonly CareUnitId[] | null;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<Station>> {
    const { careUnitIds, limit, cursor } = query;
    const after = decodeCursor(cursor, ['string']);
    return this.context.sql.query(async (db) => {
      if (careUnitIds?.length === 0) return { items: [], next: null };
      let rows = db
        .selectFrom('station')
        .selectAll()
        .orderBy('station_id')
        .limit(limit + 1);
      if (careUnitIds !== null) rows = rows.where('care_unit_id', 'in', [...careUnitIds]);
      if (after !== null) rows = rows.where('station_id', '>', String(after[0]));
      return pageOf(await rows.execute(), limit, view, (row) => [row.station_id]);
    });
  }

  override async station(stationId: string): Promise<Station | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('station').selectAll().where('station_id', '=', stationId).executeTakeFirst(),
    );
    return row === undefined ? null : view(row);
  }

  override revoke(stationId: string, change: AccountChange): Promise<void> {
    return this.context.sql.transaction(async (tx) => {
      await appendAudit(tx, change.audit, change.wallMs);
      const gone = { revoked_wall_ms: change.wallMs, code_hash: null, token_hash: null, earlier_hash: null };
      const { numUpdatedRows } = await tx.db
        .updateTable('station')
        .set(gone)
        .where('station_id', '=', stationId)
        .where('revoked_wall_ms', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw new PlatformError('not-found');
    });
  }

  override byToken(tokenHash: string, wallMs: number, graceMs: number): Promise<KnownStation | null> {
    return this.context.sql.query(async (db) => {
      const row = await db
        .selectFrom('station')
        .selectAll()
        .where('revoked_wall_ms', 'is', null)
        .where((eb) =>
          eb.or([
            eb('token_hash', '=', tokenHash),
            eb.and([eb('earlier_hash', '=', tokenHash), eb('rotated_wall_ms', '>', wallMs - graceMs)]),
          ]),
        )
        .executeTakeFirst();
      if (row === undefined) return null;
      if (wallMs - (row.seen_wall_ms ?? 0) >= SEEN_STEP_MS) {
        await db.updateTable('station').set({ seen_wall_ms: wallMs }).where('station_id', '=', row.station_id).execute();
      }
      return {
        stationId: row.station_id,
        careUnitId: row.care_unit_id as CareUnitId,
        rotatedMs: row.rotated_wall_ms ?? wallMs,
        isEarlierToken: row.token_hash !== tokenHash,
      };
    });
  }

  override async rotate(
    stationId: string,
    { from, to }: { readonly from: string; readonly to: string },
    wallMs: number,
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.context.sql.query((db) =>
      db
        .updateTable('station')
        .set({ token_hash: to, earlier_hash: from, rotated_wall_ms: wallMs })
        .where('station_id', '=', stationId)
        .where('token_hash', '=', from)
        .executeTakeFirst(),
    );
    return numUpdatedRows === 1n;
  }

  override alive(stationIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.context.sql.query(async (db) => {
      const living = new Set<string>();
      for (let from = 0; from < stationIds.length; from += ASKED_AT_ONCE) {
        const rows = await db
          .selectFrom('station')
          .select('station_id')
          .where('station_id', 'in', stationIds.slice(from, from + ASKED_AT_ONCE))
          .where('revoked_wall_ms', 'is', null)
          .execute();
        for (const row of rows) living.add(row.station_id);
      }
      return living;
    });
  }
}

function view(row: StationTable): Station {
  const state = row.revoked_wall_ms !== null ? 'revoked' : row.token_hash === null ? 'waiting' : 'enrolled';
  return Station.parse({
    stationId: row.station_id,
    careUnitId: row.care_unit_id,
    label: row.label,
    state,
    createdMs: row.created_wall_ms,
    lastSeenMs: row.seen_wall_ms,
  });
}
