import type { Origin } from '@vigil/contracts';
import type { AuditEntry } from '../../ports/audit-trail.js';
import { adoptionEvents } from './adoption-events.js';
import { adoptStates } from './adoption-states.js';
import { appendAudit } from './audit-row.js';
import { nextNumber } from './counters.js';
import { Listeners, type Notices, ProcessAlarmFeed } from './notices.js';
import { relay } from './outbox.js';
import { openSql, type Sql, type SqlPlace, type Tx } from './sql.js';

/** The rows of `meta` that say which log this store's positions are of, and which one it was told to leave. */
export const KNOWN_LOG = 'event-log';
export const LEFT_LOG = 'event-log-left';

export interface KnownLog {
  /** Null before the first start, and between an adoption and the next start. */
  readonly known: string | null;
  readonly left: string | null;
}

/** Which log this store has read. */
export async function knownLog(sql: Sql): Promise<KnownLog> {
  const rows = await sql.query((db) => db.selectFrom('meta').selectAll().where('name', 'in', [KNOWN_LOG, LEFT_LOG]).execute());
  const contentOf = (name: string): string | null => rows.find((row) => row.name === name)?.content ?? null;
  return { known: contentOf(KNOWN_LOG), left: contentOf(LEFT_LOG) };
}

/** The same of a database that nobody else has open. */
export async function knownLogOf(place: SqlPlace): Promise<string | null> {
  const sql = await openSql(place);
  try {
    return (await knownLog(sql)).known;
  } finally {
    await sql.close();
  }
}

export interface Adoption {
  readonly origin: Origin;
  /** Event time of now, for what has ended without a time of its own. */
  readonly nowMs: number;
  readonly wallMs: number;
  readonly audit: AuditEntry;
}

/**
 * Makes the next log that the platform meets its own, in one transaction. The positions of the former log go. What the
 * engine knows stays, open alarms among it, and takes every event of the new log for new. What only the former log
 * held is put on its way to the new one: rules, devices, stays, what was charted and acknowledgements, as they are in the store now, so
 * that a change which the engine never read reaches it, and a replay of the new log has them.
 *
 * Only while no platform runs: its commits would bring positions of the former log back.
 *
 * @returns how many events wait for the new log
 */
export async function adoptLog(sql: Sql, { origin, nowMs, wallMs, audit }: Adoption): Promise<number> {
  return sql.transaction(async (tx) => {
    await leaveKnown(tx);
    await tx.db.deleteFrom('read_position').execute();
    await tx.db.deleteFrom('engine_append').execute();
    await adoptStates(tx);
    const notices: Notices = {
      alarms: new ProcessAlarmFeed(),
      relay: new Listeners(),
      directory: new Listeners(),
      inbound: new Listeners(),
      scores: new Listeners(),
    };
    const events = await adoptionEvents(tx, { origin, nowMs, adoption: await nextNumber(tx, 'log-adoption') });
    for (const { event, everyPartition } of events) await relay(tx, notices, event, everyPartition);
    await appendAudit(tx, audit, wallMs);
    return events.length;
  });
}

/** The log that is left must not be taken for a new one: read from its beginning, it would undo what came later. */
async function leaveKnown(tx: Tx): Promise<void> {
  const known = await tx.db.selectFrom('meta').select('content').where('name', '=', KNOWN_LOG).executeTakeFirst();
  if (known === undefined) return;
  await tx.db.deleteFrom('meta').where('name', '=', KNOWN_LOG).execute();
  await tx.db
    .insertInto('meta')
    .values({ name: LEFT_LOG, content: known.content })
    .onConflict((c) => c.column('name').doUpdateSet({ content: known.content }))
    .execute();
}
