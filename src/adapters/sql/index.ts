import type { DatabaseUrl } from './database-url.js';
import { Fields } from './fields.js';
import { Listeners, type Notices, ProcessAlarmFeed } from './notices.js';
import { openKeyring, type OpenKeys } from './open-keyring.js';
import { Refusals } from './refusals.js';
import { type OnSealing, sealOldRows } from './seal-old.js';
import { invariant } from '@vigil/domain';
import type { Breaker } from '../breaker/breaker.js';
import { openSql, type Sql } from './sql.js';
import { SqlAccounts } from './sql-accounts.js';
import { SqlAlarmRecords } from './sql-alarm-records.js';
import { SqlAlarmLabels } from './sql-alarm-labels.js';
import { SqlAlarmSnapshots } from './sql-alarm-snapshots.js';
import { SqlAlarmState } from './sql-alarm-state.js';
import { SqlAlarms } from './sql-alarms.js';
import { SqlAuditLog } from './sql-audit-log.js';
import { SqlAuditTrail } from './sql-audit-trail.js';
import { SqlBreakGlass } from './sql-break-glass.js';
import { SqlCareRelations } from './sql-care-relations.js';
import { SqlContacts } from './sql-contacts.js';
import { SqlTestPages } from './sql-test-pages.js';
import { SqlCorrections } from './sql-corrections.js';
import { SqlDeadLetters } from './sql-dead-letters.js';
import { SqlDeviceAssignments } from './sql-device-assignments.js';
import { SqlDeviceRegistry } from './sql-device-registry.js';
import { SqlDirectory } from './sql-directory.js';
import { SqlDutyChecks } from './sql-duty-checks.js';
import { SqlEhrLinks } from './ehr-links.js';
import { SqlEhrOut } from './sql-ehr-out.js';
import { SqlEscalations } from './sql-escalations.js';
import { SqlFeedRecords } from './sql-feed-records.js';
import { SqlFleet } from './sql-fleet.js';
import { SqlHeldMessages } from './sql-held-messages.js';
import { SqlIdentityLinks } from './sql-identity-links.js';
import { SqlInbound } from './sql-inbound.js';
import { SqlLeases } from './sql-leases.js';
import { SqlLogRelay } from './sql-log-relay.js';
import { SqlOnCallTroubles } from './sql-on-call-troubles.js';
import { SqlOnCall } from './sql-on-call.js';
import { SqlPartitionOwners } from './sql-partition-owners.js';
import { SqlPlaces } from './sql-places.js';
import { SqlPolicies } from './sql-policies.js';
import { SqlReports } from './sql-reports.js';
import { type RotateKek, SqlRecordKeys } from './sql-record-keys.js';
import { SqlRuleSetVersions } from './sql-rule-set-versions.js';
import { SqlRuleSets } from './sql-rule-sets.js';
import { SqlScores } from './sql-scores.js';
import { SqlSecondFactors } from './sql-second-factors.js';
import { SqlSessions } from './sql-sessions.js';
import { SqlSiblings } from './sql-siblings.js';
import { StoreNews } from './site-news.js';
import type { SiteNews } from '../../ports/site-news.js';
import { SqlSiteSecrets } from './sql-site-secrets.js';
import { SqlSiteStore } from './sql-site-store.js';
import { SqlAudioPauses } from './sql-audio-pauses.js';
import { SqlShelves } from './sql-shelves.js';
import { SqlStandby } from './sql-standby.js';
import { SqlStationWatches } from './sql-station-watches.js';
import { SqlStations } from './sql-stations.js';
import { SqlStayLimits } from './sql-stay-limits.js';
import { SqlTasks } from './sql-tasks.js';
import { SqlTickets } from './sql-tickets.js';
import type { SqlContext } from './context.js';

export interface SqlFiles {
  /** The one database file of relational data, e.g. `<data dir>/vigil.db`. */
  readonly file: string;
  /** A PostgreSQL database instead of that file. */
  readonly url?: DatabaseUrl | null;
  /** The wrapped data keys of its sealed columns, e.g. `<data dir>/keys.db`: apart, so that a copy of the data holds no key. */
  readonly keysFile: string;
  /** A PostgreSQL database of their own instead of that file. */
  readonly keysUrl?: DatabaseUrl | null;
  readonly openKeys: OpenKeys;
  /** Left out where the key-encryption key is rotated in a vault. */
  readonly rotateKek?: RotateKek;
  /** Told while rows of an older version are sealed, which a large folder takes time for. */
  readonly onSealing?: OnSealing;
}

/** The rest is as in `SqlContext`. */
export type SqlOptions = SqlFiles & Omit<SqlContext, 'sql' | 'notices' | 'fields'>;

export interface SqlStores {
  /** How the database is; see src/adapters/breaker. */
  readonly sqlBreaker: Pick<Breaker, 'state'>;
  readonly alarmRecords: SqlAlarmRecords;
  readonly alarmLabels: SqlAlarmLabels;
  readonly alarmSnapshots: SqlAlarmSnapshots;
  readonly alarmState: SqlAlarmState;
  readonly alarmFeed: ProcessAlarmFeed;
  readonly alarms: SqlAlarms;
  readonly escalations: SqlEscalations;
  readonly breakGlass: SqlBreakGlass;
  readonly careRelations: SqlCareRelations;
  readonly contacts: SqlContacts;
  readonly testPages: SqlTestPages;
  readonly corrections: SqlCorrections;
  readonly deadLetters: SqlDeadLetters;
  readonly deviceAssignments: SqlDeviceAssignments;
  readonly deviceRegistry: SqlDeviceRegistry;
  readonly directory: SqlDirectory;
  readonly onCallTroubles: SqlOnCallTroubles;
  readonly dutyChecks: SqlDutyChecks;
  readonly ehrLinks: SqlEhrLinks;
  readonly ehrOut: SqlEhrOut;
  readonly accounts: SqlAccounts;
  readonly auditLog: SqlAuditLog;
  readonly auditTrail: SqlAuditTrail;
  readonly feedRecords: SqlFeedRecords;
  readonly fleet: SqlFleet;
  readonly heldMessages: SqlHeldMessages;
  readonly identityLinks: SqlIdentityLinks;
  readonly inbound: SqlInbound;
  readonly leases: SqlLeases;
  readonly logRelay: SqlLogRelay;
  readonly onCall: SqlOnCall;
  readonly partitionOwners: SqlPartitionOwners;
  readonly places: SqlPlaces;
  readonly policies: SqlPolicies;
  readonly recordKeys: SqlRecordKeys;
  readonly reports: SqlReports;
  readonly ruleSets: SqlRuleSets;
  readonly ruleSetVersions: SqlRuleSetVersions;
  readonly scores: SqlScores;
  readonly secondFactors: SqlSecondFactors;
  readonly sessionStore: SqlSessions;
  readonly siblings: SqlSiblings;
  readonly siteSecrets: SqlSiteSecrets;
  readonly siteStore: SqlSiteStore;
  readonly standby: SqlStandby;
  readonly shelves: SqlShelves;
  readonly audioPauses: SqlAudioPauses;
  readonly stations: SqlStations;
  readonly stationWatches: SqlStationWatches;
  /** What other processes are told, and tell. */
  readonly siteNews: SiteNews;
  readonly stayLimits: SqlStayLimits;
  readonly tasks: SqlTasks;
  readonly tickets: SqlTickets;
  close(): Promise<void>;
}

/**
 * Opens the relational store and answers every port that it serves. The stores publish each committed change of an
 * alarm to `alarmFeed` themselves.
 * @throws PlatformError('store-unavailable') when a file cannot be opened or is of a newer version, 'keys-unavailable'
 * when sealed rows are there without the keys that open them
 */
export async function openSqlStores(options: SqlOptions): Promise<SqlStores> {
  const { file, url, keysFile, keysUrl = null, openKeys, rotateKek = null, onSealing, ...rest } = options;
  const sql = await openSql({ file, url: url ?? null, clock: options.clock });
  const opened = await openSealed(sql, { keysFile, keysUrl, openKeys, onSealing, clock: options.clock }).catch(
    async (error: unknown) => {
      await sql.close();
      throw error;
    },
  );
  const alarmFeed = new ProcessAlarmFeed();
  const notices: Notices = {
    alarms: alarmFeed,
    relay: new Listeners(),
    directory: new Listeners(),
    inbound: new Listeners(),
    scores: new Listeners(),
  };
  const context: SqlContext = { ...rest, sql, notices, fields: opened.fields };
  invariant(sql.breaker !== null, 'a store with a clock has a breaker');
  const stationWatches = new SqlStationWatches(context);
  const audioPauses = new SqlAudioPauses(context);
  const sessionStore = new SqlSessions(context);
  return {
    sqlBreaker: sql.breaker,
    alarmRecords: new SqlAlarmRecords(context),
    alarmLabels: new SqlAlarmLabels(context),
    alarmSnapshots: new SqlAlarmSnapshots(context),
    alarmState: new SqlAlarmState(context),
    alarmFeed,
    alarms: new SqlAlarms(context),
    escalations: new SqlEscalations(context),
    breakGlass: new SqlBreakGlass(context),
    careRelations: new SqlCareRelations(context),
    contacts: new SqlContacts(context),
    testPages: new SqlTestPages(context),
    corrections: new SqlCorrections(context),
    deadLetters: new SqlDeadLetters(context),
    deviceAssignments: new SqlDeviceAssignments(context),
    deviceRegistry: new SqlDeviceRegistry(context),
    directory: new SqlDirectory(context),
    onCallTroubles: new SqlOnCallTroubles(context),
    dutyChecks: new SqlDutyChecks(context),
    ehrLinks: new SqlEhrLinks(context),
    ehrOut: new SqlEhrOut(context),
    accounts: new SqlAccounts(context),
    auditLog: new SqlAuditLog(context),
    auditTrail: new SqlAuditTrail(context),
    feedRecords: new SqlFeedRecords(context),
    fleet: new SqlFleet(context),
    heldMessages: new SqlHeldMessages(context),
    identityLinks: new SqlIdentityLinks(context),
    inbound: new SqlInbound(context),
    leases: new SqlLeases(context),
    logRelay: new SqlLogRelay(context),
    onCall: new SqlOnCall(context),
    partitionOwners: new SqlPartitionOwners(context),
    places: new SqlPlaces(context),
    policies: new SqlPolicies(context),
    recordKeys: new SqlRecordKeys({ ...opened, sql, clock: options.clock, rotateKek }),
    reports: new SqlReports(context),
    ruleSets: new SqlRuleSets(context),
    ruleSetVersions: new SqlRuleSetVersions(context),
    scores: new SqlScores(context),
    secondFactors: new SqlSecondFactors(context),
    sessionStore,
    siblings: new SqlSiblings(context),
    siteSecrets: new SqlSiteSecrets(context),
    siteStore: new SqlSiteStore(context),
    standby: new SqlStandby(context),
    shelves: new SqlShelves(context),
    audioPauses,
    stations: new SqlStations(context),
    stationWatches,
    siteNews: new StoreNews(notices, {
      ...{ stations: stationWatches.changed, audioPauses: audioPauses.changed, sessions: sessionStore.ended },
    }),
    stayLimits: new SqlStayLimits(context),
    tasks: new SqlTasks(context),
    tickets: new SqlTickets(context),
    close: async () => {
      await opened.refusals.settled();
      opened.keyring.close();
      await sql.close();
      await opened.dataKeys.close();
    },
  };
}

async function openSealed(
  sql: Sql,
  options: Pick<SqlFiles, 'keysFile' | 'keysUrl' | 'openKeys'> & { onSealing: OnSealing | undefined; clock: SqlContext['clock'] },
) {
  const { keyring, dataKeys } = await openKeyring({ sql, ...options });
  const refusals = new Refusals(sql, options.clock);
  const fields = new Fields(keyring, (refusal) => refusals.add(refusal));
  await sealOldRows(sql, fields, options.onSealing);
  return { keyring, dataKeys, refusals, fields };
}

export { type DatabaseUrl, databaseUrlOf, DatabaseUrlError } from './database-url.js';
export { openSql, type Sql } from './sql.js';
