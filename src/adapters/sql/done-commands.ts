import { wallElapsedMs } from '@vigil/clock';
import { canonical, PlatformError } from '@vigil/domain';
import { createHash } from 'node:crypto';
import type { Tx } from './sql.js';

export interface CommandFacts {
  readonly commandId: string;
  /** E.g. `limits.set`. */
  readonly action: string;
  readonly subject: string;
  readonly by: string;
  readonly wallMs: number;
  /** What is asked for: the same id with another content is a mistake of the caller. */
  readonly content: unknown;
}

/**
 * Wall time for which a command is known to have been carried out: a client sends one again within minutes, and a month leaves room
 * for a machine that was away. What was done stays in the audit log.
 */
export const COMMANDS_KEPT_MS = 30 * 24 * 3_600_000;
/** Old ones go once a day of wall time, with the first command of it. */
const PURGE_EVERY_MS = 24 * 3_600_000;
const PURGED = 'done-commands-purged';

/**
 * Notes a command in the transaction that carries it out. True when it was carried out before; nothing is noted then.
 * @throws PlatformError('conflict') when the id was used for something else
 */
export async function isDone(tx: Tx, { commandId, action, subject, by, wallMs, content }: CommandFacts): Promise<boolean> {
  const digest = createHash('sha256').update(canonical(content)).digest('hex');
  const known = await tx.db.selectFrom('done_command').selectAll().where('command_id', '=', commandId).executeTakeFirst();
  if (known !== undefined) {
    const isSame = known.action === action && known.subject === subject && known.staff_id === by && known.digest === digest;
    if (!isSame) throw new PlatformError('conflict');
    return true;
  }
  const row = { command_id: commandId, action, subject, digest, staff_id: by, at_wall_ms: wallMs };
  await tx.db.insertInto('done_command').values(row).execute();
  await purge(tx, wallMs);
  return false;
}

async function purge(tx: Tx, wallMs: number): Promise<void> {
  const last = await tx.db.selectFrom('meta').select('content').where('name', '=', PURGED).executeTakeFirst();
  if (last !== undefined && wallElapsedMs(Number(last.content), wallMs) < PURGE_EVERY_MS) return;
  const content = String(Math.round(wallMs));
  await tx.db
    .deleteFrom('done_command')
    .where('at_wall_ms', '<', wallMs - COMMANDS_KEPT_MS)
    .execute();
  await tx.db
    .insertInto('meta')
    .values({ name: PURGED, content })
    .onConflict((c) => c.column('name').doUpdateSet({ content }))
    .execute();
}
