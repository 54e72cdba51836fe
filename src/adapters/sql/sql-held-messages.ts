import { type DeviceId, type Gap, messageId, readLogEvent } from '@vigil/contracts';
import { InvariantError } from '@vigil/domain';
import {
  type HeldBounds,
  type HeldDevice,
  type HeldMessage,
  HeldMessages,
  HELD_MAX,
  HELD_MS_MAX,
} from '../../ports/held-messages.js';
import type { SqlContext } from './context.js';
import { rowOrThrow } from './fields.js';
import { gapsOf } from './held-gaps.js';
import { relay } from './outbox.js';
import type { HeldMessageTable } from './schema-feeds.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

/** Rows of one statement: SQLite takes some 32,000 parameters. */
const ROWS_AT_ONCE = 500;
/** Rows that one call evicts at most; what is left over goes with the next. */
const EVICTED_AT_ONCE = 5_000;

/** Messages of nobody in SQL. What is evicted and the gaps that say so are one transaction. */
export class SqlHeldMessages extends HeldMessages {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'heldBounds'>) {
    super();
  }

  private get bounds(): HeldBounds {
    return this.context.heldBounds ?? { countMax: HELD_MAX, ageMsMax: HELD_MS_MAX };
  }

  override async hold(messages: readonly HeldMessage[], wallMs: number): Promise<readonly Gap[]> {
    const { sql, fields, notices } = this.context;
    const rows = await fields.sealRows(
      SEALED.heldMessage,
      messages.map((message) => rowOf(message, wallMs)),
    );
    return sql.transaction(async (tx) => {
      for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
        await tx.db
          .insertInto('held_message')
          .values(rows.slice(at, at + ROWS_AT_ONCE))
          .onConflict((on) => on.column('message_id').doNothing())
          .execute();
      }
      const gaps = gapsOf(await this.evict(tx, new Set(messages.map(({ deviceId }) => deviceId))));
      for (const gap of gaps) await relay(tx, notices, gap);
      return gaps;
    });
  }

  override async take(
    deviceId: DeviceId,
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number | null },
    limit: number,
  ): Promise<readonly HeldMessage[]> {
    const rows = await this.context.sql.query((db) => {
      const all = db
        .selectFrom('held_message')
        .selectAll()
        .where('device_id', '=', deviceId)
        .where('at_ms', '>=', fromMs)
        .orderBy('at_ms')
        .orderBy('seq')
        .limit(limit);
      return (toMs === null ? all : all.where('at_ms', '<', toMs)).execute();
    });
    return (await this.context.fields.openRows(SEALED.heldMessage, rows)).map((opened) => messageOf(rowOrThrow(opened)));
  }

  override async done(ids: readonly string[]): Promise<void> {
    await this.context.sql.transaction(async (tx) => {
      for (let at = 0; at < ids.length; at += ROWS_AT_ONCE) {
        await tx.db
          .deleteFrom('held_message')
          .where('message_id', 'in', ids.slice(at, at + ROWS_AT_ONCE))
          .execute();
      }
    });
  }

  override async devices(limit: number): Promise<readonly HeldDevice[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('held_message')
        .select((eb) => [
          'device_id',
          eb.fn.countAll<number>().as('count'),
          eb.fn.min<number>('at_ms').as('from_ms'),
          eb.fn.max<number>('at_ms').as('to_ms'),
          eb.fn.min<number>('held_wall_ms').as('since_wall_ms'),
        ])
        .groupBy('device_id')
        .orderBy('device_id')
        .limit(limit)
        .execute(),
    );
    return rows.map((row) => ({
      deviceId: row.device_id as DeviceId,
      count: Number(row.count),
      fromMs: row.from_ms,
      toMs: row.to_ms,
      sinceWallMs: row.since_wall_ms,
    }));
  }

  /** What is too old beside the newest of its device, then what waits longest. */
  private async evict(tx: Tx, deviceIds: ReadonlySet<DeviceId>): Promise<readonly HeldMessageTable[]> {
    const evicted: HeldMessageTable[] = [];
    for (const deviceId of deviceIds) {
      const { newest } = await tx.db
        .selectFrom('held_message')
        .select((eb) => eb.fn.max<number | null>('at_ms').as('newest'))
        .where('device_id', '=', deviceId)
        .executeTakeFirstOrThrow();
      const old = tx.db
        .selectFrom('held_message')
        .selectAll()
        .where('device_id', '=', deviceId)
        .where('at_ms', '<', (newest ?? 0) - this.bounds.ageMsMax)
        .limit(EVICTED_AT_ONCE);
      evicted.push(...(await this.remove(tx, await old.execute())));
    }
    const { count } = await tx.db
      .selectFrom('held_message')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const surplus = Number(count) - this.bounds.countMax;
    if (surplus <= 0) return evicted;
    const longest = tx.db
      .selectFrom('held_message')
      .selectAll()
      .orderBy('held_wall_ms')
      .orderBy('at_ms')
      .orderBy('message_id')
      .limit(surplus);
    return [...evicted, ...(await this.remove(tx, await longest.execute()))];
  }

  private async remove(tx: Tx, rows: readonly HeldMessageTable[]): Promise<readonly HeldMessageTable[]> {
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
      const ids = rows.slice(at, at + ROWS_AT_ONCE).map((row) => row.message_id);
      await tx.db.deleteFrom('held_message').where('message_id', 'in', ids).execute();
    }
    return rows;
  }
}

function rowOf(message: HeldMessage, wallMs: number): HeldMessageTable {
  const content = JSON.stringify(message);
  return {
    message_id: messageId(message),
    device_id: message.deviceId,
    gateway_id: message.gatewayId,
    boot_id: message.bootId,
    seq: message.seq,
    origin: message.origin,
    at_ms: message.atMs,
    held_wall_ms: Math.round(wallMs),
    bytes: Buffer.byteLength(content),
    content,
  };
}

function messageOf({ content }: HeldMessageTable): HeldMessage {
  const read = readLogEvent(JSON.parse(content));
  if ('event' in read && (read.event.kind === 'deviceMessage' || read.event.kind === 'deviceAlarm')) return read.event;
  throw new InvariantError('expected: a held message is one of a device');
}
