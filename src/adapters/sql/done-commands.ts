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
  return false;
}
