import { LogEvent } from '@vigil/contracts';
import { LogRelay, type RelayRow } from '../../ports/log-relay.js';
import type { SqlContext } from './context.js';

/** The log outbox in SQL: rows come out in the order of their commits and stay until they are done. */
export class SqlLogRelay extends LogRelay {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'notices'>) {
    super();
  }

  async next(limit: number): Promise<readonly RelayRow[]> {
    const rows = await this.context.sql.query((db) => db.selectFrom('relay').selectAll().orderBy('seq').limit(limit).execute());
    return rows.map((row) => ({
      seq: row.seq,
      event: LogEvent.parse(JSON.parse(row.content_json)),
      everyPartition: row.every_partition === 1,
    }));
  }

  async done(throughSeq: number): Promise<void> {
    await this.context.sql.query((db) => db.deleteFrom('relay').where('seq', '<=', throughSeq).execute());
  }

  onAdded(listener: () => void): () => void {
    return this.context.notices.relay.add(listener);
  }
}
