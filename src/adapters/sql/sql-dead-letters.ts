import { type DeadLetterId, DeadLetterRow, LogEvent, type Page } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { DeadLetters } from '../../ports/dead-letters.js';
import type { Who } from '../../ports/directory.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { decodeCursor, pageOf } from './cursor.js';
import { relay } from './outbox.js';
import type { DeadLetterTable } from './schema.js';
import { SEALED } from './sealed-columns.js';

const SHOWN = [
  ...(['seq', 'dead_letter_id', 'reason', 'detail', 'kind', 'bed_id', 'partition_number', 'sequence', 'read_offset'] as const),
  ...(['hub_wall_ms', 'bytes', 'sha256', 'rerun_wall_ms'] as const),
] as const;

/** Dead letters in SQL; the alarm consumer's commits fill the table. */
export class SqlDeadLetters extends DeadLetters {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields' | 'notices'>) {
    super();
  }

  async list({ limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<Page<DeadLetterRow>> {
    const after = decodeCursor(cursor, ['number']);
    const rows = await this.context.sql.query((db) => {
      const all = db
        .selectFrom('dead_letter')
        .select([...SHOWN])
        .orderBy('seq', 'desc')
        .limit(limit + 1);
      return (after === null ? all : all.where('seq', '<', Number(after[0]))).execute();
    });
    return pageOf(rows, limit, viewOf, (row) => [row.seq]);
  }

  async content(id: DeadLetterId): Promise<string | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('dead_letter').selectAll().where('dead_letter_id', '=', id).executeTakeFirst(),
    );
    if (row === undefined) return null;
    return (await this.context.fields.openRow(SEALED.deadLetter, row)).content_json;
  }

  async rerun(id: DeadLetterId, eventJson: string, { audit, wallMs }: Who): Promise<void> {
    await this.context.sql.transaction(async (tx) => {
      const { numUpdatedRows } = await tx.db
        .updateTable('dead_letter')
        .set({ rerun_wall_ms: wallMs })
        .where('dead_letter_id', '=', id)
        .where('rerun_wall_ms', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) {
        const known = await tx.db.selectFrom('dead_letter').select('seq').where('dead_letter_id', '=', id).executeTakeFirst();
        throw new PlatformError(known === undefined ? 'not-found' : 'conflict');
      }
      const event = LogEvent.parse(JSON.parse(eventJson));
      await relay(tx, this.context.notices, event, event.kind === 'ruleSetActivated');
      await appendAudit(tx, audit, wallMs);
    });
  }
}

function viewOf(row: Pick<DeadLetterTable, (typeof SHOWN)[number]>): DeadLetterRow {
  return DeadLetterRow.parse({
    id: row.dead_letter_id,
    reason: row.reason,
    detail: row.detail,
    kind: row.kind,
    bedId: row.bed_id,
    partition: row.partition_number,
    sequence: row.sequence,
    offset: row.read_offset,
    hubAtMs: row.hub_wall_ms,
    bytes: row.bytes,
    sha256: row.sha256,
    rerunAtMs: row.rerun_wall_ms,
  });
}
