import { type CareUnitId, type ChannelStatus, type GatewayId, type OnCallTroubleCode, StaffChannel } from '@vigil/contracts';
import {
  type CanarySeen,
  type CanaryWay,
  type Cover,
  type HeldTrouble,
  OnCallTroubles,
  type OnCallTroubleNews,
  type Overdue,
} from '../../ports/on-call-troubles.js';
import { forgetCanaries, FORGOTTEN_AT_ONCE } from './canary-forget.js';
import { canaryTrips, canaryWayIn } from './canary-trips.js';
import type { SqlContext } from './context.js';
import { coverAt } from './on-call-cover.js';
import { tellOnCallTrouble } from './on-call-trouble.js';

/** Troubles that one answer has at most; there is one for each care unit, kind and person. */
const HOLDING_MAX = 1_000;
/** A claim of a page that is older than this is nobody's any more (the lease of src/escalation/page-sender.ts). */
const CLAIM_MS_MAX = 30_000;

/** What is wrong with being told, in SQL. */
export class SqlOnCallTroubles extends OnCallTroubles {
  constructor(private readonly context: SqlContext) {
    super();
  }

  override async tell(news: readonly OnCallTroubleNews[]): Promise<void> {
    if (news.length === 0) return;
    await this.context.sql.transaction(async (tx) => {
      for (const each of news) await tellOnCallTrouble(tx, this.context, each);
    });
  }

  override async holding(): Promise<readonly HeldTrouble[]> {
    const rows = await this.context.sql.query((db) =>
      db.selectFrom('on_call_trouble').selectAll().orderBy('since_wall_ms').limit(HOLDING_MAX).execute(),
    );
    return rows.map((row) => ({
      careUnitId: row.care_unit_id as CareUnitId,
      trouble: row.trouble as OnCallTroubleCode,
      subject: row.subject,
      sinceWallMs: row.since_wall_ms,
    }));
  }

  override async overdue(wallMs: number): Promise<Overdue> {
    return this.context.sql.query(async (db) => {
      const escalation = await db
        .selectFrom('escalation')
        .select('next_wall_ms as due_ms')
        .where('state', 'in', ['running', 'accepted'])
        .where('next_wall_ms', '<=', wallMs)
        .orderBy('next_wall_ms')
        .limit(1)
        .executeTakeFirst();
      const page = await db
        .selectFrom('page')
        .select('next_attempt_wall_ms as due_ms')
        .where('state', '=', 'queued')
        .where('next_attempt_wall_ms', '<=', wallMs)
        // What has joined another message is told by that one, and never leaves by itself.
        .where('joined_page_id', 'is', null)
        .where((eb) => eb.or([eb('claimed_wall_ms', 'is', null), eb('claimed_wall_ms', '<=', wallMs - CLAIM_MS_MAX)]))
        .orderBy('next_attempt_wall_ms')
        .limit(1)
        .executeTakeFirst();
      const age = (dueMs: number | null | undefined): number | null => (typeof dueMs === 'number' ? wallMs - dueMs : null);
      return { escalationMs: age(escalation?.due_ms), pageMs: age(page?.due_ms) };
    });
  }

  override cover(wallMs: number): Promise<readonly Cover[]> {
    return this.context.sql.query((db) => coverAt(db, this.context, wallMs));
  }

  override canaries(): Promise<readonly CanarySeen[]> {
    return this.context.sql.query((db) => canaryTrips(db));
  }

  override canaryIn(gatewayId: GatewayId, span: { readonly fromMs: number; readonly toMs: number }): Promise<CanaryWay | null> {
    return this.context.sql.query((db) => canaryWayIn(db, gatewayId, span));
  }

  override async forgetCanaries(beforeWallMs: number): Promise<boolean> {
    return (await this.context.sql.transaction((tx) => forgetCanaries(tx, beforeWallMs))) === FORGOTTEN_AT_ONCE;
  }

  override async channels(sinceWallMs: number): Promise<readonly ChannelStatus[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('page')
        .select(['channel', 'state'])
        .select((eb) => [
          eb.fn.countAll<number>().as('count'),
          eb.fn.max('sent_wall_ms').as('sent_ms'),
          eb.fn.max('next_attempt_wall_ms').as('tried_ms'),
        ])
        // Each channel by its index: pages of all times are many.
        .where('channel', 'in', StaffChannel.options)
        .where('queued_wall_ms', '>=', sinceWallMs)
        .where((eb) => eb.or([eb('state', '<>', 'queued'), eb('joined_page_id', 'is', null)]))
        .groupBy(['channel', 'state'])
        .orderBy('channel')
        .execute(),
    );
    return [...Map.groupBy(rows, (row) => row.channel)].map(([channel, of]) => {
      const find = (state: string) => of.find((row) => row.state === state);
      const count = (state: string): number => Number(find(state)?.count ?? 0);
      const [sentMs, triedMs] = [find('sent')?.sent_ms ?? null, find('failed')?.tried_ms ?? null];
      return {
        ...{ channel, sent: count('sent'), failed: count('failed'), waiting: count('queued') },
        lastSentAtMs: sentMs as ChannelStatus['lastSentAtMs'],
        lastFailedAtMs: triedMs as ChannelStatus['lastFailedAtMs'],
      };
    });
  }

  override async careUnitIds(): Promise<readonly CareUnitId[]> {
    const rows = await this.context.sql.query((db) =>
      db.selectFrom('care_unit').select('care_unit_id').where('retired_wall_ms', 'is', null).orderBy('care_unit_id').execute(),
    );
    return rows.map((row) => row.care_unit_id as CareUnitId);
  }
}
