import { PlatformError } from '@vigil/domain';
import { sql as raw } from 'kysely';
import { DEAD_LETTER_BOUNDS, type DeadLetter, type DeadLetterBounds } from '../../ports/dead-letters.js';
import type { SqlContext } from './context.js';
import { nextNumber } from './counters.js';
import type { DeadLetterTable } from './schema.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

/** Alarms wait for no key: where there is none, what was on the log is kept by its length and hash alone. */
export async function sealedLetters({ fields }: SqlContext, letters: readonly DeadLetter[]): Promise<readonly DeadLetterTable[]> {
  const rows = letters.map(rowOf);
  try {
    return await fields.sealRows(SEALED.deadLetter, rows);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return rows.map((row) => ({ ...row, content_json: '' }));
  }
}

/** Stores what is not stored yet: a replay meets each again. */
export async function storeLetters(
  tx: Tx,
  { deadLetterBounds = DEAD_LETTER_BOUNDS }: Pick<SqlContext, 'deadLetterBounds'>,
  letters: readonly DeadLetterTable[],
): Promise<void> {
  let stored = 0;
  for (const letter of letters) {
    const { dead_letter_id: id } = letter;
    const known = await tx.db.selectFrom('dead_letter').select('seq').where('dead_letter_id', '=', id).executeTakeFirst();
    if (known !== undefined) continue;
    const seq = await nextNumber(tx, 'dead-letter');
    await tx.db
      .insertInto('dead_letter')
      .values({ ...letter, seq })
      .execute();
    stored += 1;
  }
  if (stored > 0) await dropOldest(tx, deadLetterBounds);
}

/** Keeps the newest within both bounds; what goes is counted. */
async function dropOldest(tx: Tx, { countMax, bytesMax }: DeadLetterBounds): Promise<void> {
  const { count, bytes } = await tx.db
    .selectFrom('dead_letter')
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.coalesce(eb.fn.sum<number>('bytes'), raw<number>`0`).as('bytes'),
    ])
    .executeTakeFirstOrThrow();
  let surplus = Math.max(0, Number(count) - countMax);
  let bytesLeft = Number(bytes);
  if (surplus === 0 && bytesLeft <= bytesMax) return;
  const oldest = await tx.db.selectFrom('dead_letter').select(['seq', 'bytes']).orderBy('seq').execute();
  let through = -1;
  let dropped = 0;
  for (const row of oldest) {
    if (surplus <= 0 && bytesLeft <= bytesMax) break;
    surplus -= 1;
    bytesLeft -= row.bytes;
    through = row.seq;
    dropped += 1;
  }
  await tx.db.deleteFrom('dead_letter').where('seq', '<=', through).execute();
  await nextNumber(tx, 'dead-letters-dropped', dropped);
}

/** Its number follows when it is stored. */
function rowOf(letter: DeadLetter): DeadLetterTable {
  return {
    seq: 0,
    dead_letter_id: letter.id,
    reason: letter.reason,
    detail: letter.detail,
    kind: letter.kind,
    bed_id: letter.bedId,
    partition_number: letter.partition,
    sequence: letter.sequence,
    read_offset: letter.offset,
    hub_wall_ms: letter.hubAtMs,
    bytes: letter.bytes,
    sha256: letter.sha256,
    content_json: letter.content,
    rerun_wall_ms: null,
  };
}
