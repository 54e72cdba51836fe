import { Listeners, type Notices, ProcessAlarmFeed } from './notices.js';
import { openSql } from './sql.js';
import { SqlAccounts } from './sql-accounts.js';
import { SqlAlarmState } from './sql-alarm-state.js';
import { SqlAlarms } from './sql-alarms.js';
import { SqlAuditTrail } from './sql-audit-trail.js';
import { SqlDirectory } from './sql-directory.js';
import { SqlEscalations } from './sql-escalations.js';
import { SqlLogRelay } from './sql-log-relay.js';
import { SqlPartitionOwners } from './sql-partition-owners.js';
import { SqlRuleSets } from './sql-rule-sets.js';
import { SqlSessions } from './sql-sessions.js';
import type { SqlContext } from './context.js';

/** `file`: the one database file of relational data, e.g. `<data dir>/vigil.db`. The rest is as in `SqlContext`. */
export type SqlOptions = { readonly file: string } & Omit<SqlContext, 'sql' | 'notices'>;

export interface SqlStores {
  readonly alarmState: SqlAlarmState;
  readonly alarmFeed: ProcessAlarmFeed;
  readonly alarms: SqlAlarms;
  readonly escalations: SqlEscalations;
  readonly directory: SqlDirectory;
  readonly accounts: SqlAccounts;
  readonly auditTrail: SqlAuditTrail;
  readonly logRelay: SqlLogRelay;
  readonly partitionOwners: SqlPartitionOwners;
  readonly ruleSets: SqlRuleSets;
  readonly sessionStore: SqlSessions;
  close(): Promise<void>;
}

/**
 * Opens the relational store and answers every port that it serves. The stores publish each committed change of an
 * alarm to `alarmFeed` themselves.
 * @throws PlatformError('store-unavailable') when the file cannot be opened or is of a newer version
 */
export async function openSqlStores(options: SqlOptions): Promise<SqlStores> {
  const { file, ...rest } = options;
  const sql = await openSql({ file });
  const alarmFeed = new ProcessAlarmFeed();
  const notices: Notices = { alarms: alarmFeed, relay: new Listeners(), directory: new Listeners() };
  const context: SqlContext = { ...rest, sql, notices };
  return {
    alarmState: new SqlAlarmState(context),
    alarmFeed,
    alarms: new SqlAlarms(context),
    escalations: new SqlEscalations(context),
    directory: new SqlDirectory(context),
    accounts: new SqlAccounts(context),
    auditTrail: new SqlAuditTrail(context),
    logRelay: new SqlLogRelay(context),
    partitionOwners: new SqlPartitionOwners(context),
    ruleSets: new SqlRuleSets(context),
    sessionStore: new SqlSessions(context),
    close: () => sql.close(),
  };
}

export { openSql, type Sql } from './sql.js';
