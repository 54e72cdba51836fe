import { DEAD_KEPT_MS, type SiblingRow, Siblings } from '../../ports/siblings.js';
import type { SqlContext } from './context.js';

/** The processes of a site in SQL: one row each, written about once a second. */
export class SqlSiblings extends Siblings {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  override async say(word: Omit<SiblingRow, 'beat' | 'saidWallMs'>, wallMs: number): Promise<void> {
    const { processId, role, json } = word;
    const said_wall_ms = Math.round(wallMs);
    await this.context.sql.query((db) =>
      db
        .insertInto('process_word')
        .values({ process_id: processId, role, beat: 1, said_wall_ms, word_json: json })
        .onConflict((c) =>
          c.column('process_id').doUpdateSet((eb) => ({
            role,
            said_wall_ms,
            word_json: json,
            beat: eb('process_word.beat', '+', 1),
          })),
        )
        .execute(),
    );
  }

  override async all(): Promise<readonly SiblingRow[]> {
    const rows = await this.context.sql.query((db) => db.selectFrom('process_word').selectAll().orderBy('process_id').execute());
    return rows.map((row) => ({
      ...{ processId: row.process_id, role: row.role, beat: Number(row.beat) },
      ...{ saidWallMs: Number(row.said_wall_ms), json: row.word_json },
    }));
  }

  override async leave(processId: string, wallMs: number): Promise<void> {
    await this.context.sql.query((db) =>
      db
        .deleteFrom('process_word')
        .where((eb) => eb.or([eb('process_id', '=', processId), eb('said_wall_ms', '<', Math.round(wallMs) - DEAD_KEPT_MS)]))
        .execute(),
    );
  }
}
