import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadClock } from '@vigil/clock';
import { DisplaySettings, type RuleSet } from '@vigil/contracts';
import { contentHash, invariant, ruleSetProblems } from '@vigil/domain';
import { EventHubsLog } from '../adapters/event-hubs/event-hubs-log.js';
import { NoPrivacyMail, SmtpPrivacyMail } from '../adapters/smtp/smtp-privacy-mail.js';
import { openSqlStores, type SqlStores } from '../adapters/sql/index.js';
import { alarmText } from '../alarms/alarm-text.js';
import { RESTORING_FOLDER } from '../backup/restore.js';
import { type Settings, SettingsError } from '../config.js';
import { sitePolicy } from '../escalation/site-policy.js';
import type { SiteProcesses } from '../health/site-processes.js';
import type { SiteNews } from '../ports/site-news.js';
import type { Siblings } from '../ports/siblings.js';
import type { StoreHealth } from '../ports/store-health.js';
import type { PrivacyMail } from '../ports/privacy-mail.js';
import { beginProcess } from '../processes/at-start.js';
import { LeaseKeeper } from '../processes/lease-keeper.js';
import { readPasswordHashes, readSite, SITE_FILES, SiteFileError } from '../site/site-files.js';
import { databaseOf, keysOf } from './database.js';
import { againWhileBusy } from './while-busy.js';
import { auditSpoolOf } from './site-process.js';
import { hubNamespace } from './hub-namespace.js';
import { openAuditAnchors } from './open-audit-anchors.js';
import { openHistory } from './open-history.js';
import { openIdentityProvider } from './open-identity-provider.js';
import { kekRotation, openKeys } from './open-keys.js';
import { channelsOfSite, MAIL_FROM, openPagers } from './open-pagers.js';
import type { Ports } from './ports.module.js';

const ALARMS_GROUP = 'alarms';
/** What to do is in docs/runbook.md#rules-differ. */
const UNUSED_RULES = 'the rule set in site.yaml is not in use: rules change by `vigil rules` and the approval of two people';

export interface Opened {
  readonly ports: Ports;
  /** As it owns partitions and holds leases. New for each start. */
  readonly processId: string;
  readonly siblings: Siblings;
  readonly news: SiteNews;
  /** From whom this process learns which others live. */
  hears(processes: SiteProcesses): void;
}

/** Told of trouble that an adapter handles by itself; ids and codes only. */
export type Trouble = (part: string, facts: Readonly<Record<string, string | number | null>>) => void;

/**
 * Opens every adapter of this machine and seeds an empty store from site.yaml.
 *
 * @throws SettingsError, SiteFileError or PlatformError, each with one line that says what to do
 */
export async function openPorts(settings: Settings, onTrouble: Trouble): Promise<Opened> {
  const { dataDir, eventHubs, hubName } = settings;
  if (eventHubs === null) {
    throw new SettingsError('EVENT_HUBS_CONNECTION_STRING is not set: the platform needs the log (npm start sets it)');
  }
  requireWritable(dataDir);
  const clock = loadClock(dataDir, settings.speed, { requireWall: settings.source === 'none' });
  const site = readSite(dataDir);
  const policy = sitePolicy(site.escalation);
  const namespace = hubNamespace(eventHubs);
  const ownerId = `${settings.role === 'all' ? 'platform' : settings.role}-${randomUUID()}`;
  const auditSpool = auditSpoolOf(settings, ownerId);
  const patiently = <T>(work: () => Promise<T>): Promise<T> =>
    againWhileBusy(work, clock, (code) => onTrouble('store', { code, waits: 'at the start' }));
  const openStores = () =>
    openSqlStores({
      ...databaseOf(dataDir, settings.databaseUrl),
      ...keysOf(dataDir, settings.keysDatabaseUrl),
      openKeys: (options) => openKeys(settings.keys, dataDir, options),
      rotateKek: kekRotation(settings.keys, dataDir),
      onSealing: (table, rows) => onTrouble('keys', { sealing: table, rows }),
      clock,
      policy,
      keepAudit: (entry, wallMs) => auditSpool.add(entry, wallMs),
      origin: settings.source === 'none' ? 'live' : 'simulated',
      alarmText,
      demoChannels: settings.demoChannels,
      channels: channelsOfSite(settings),
      smtp: settings.smtpUrl !== null,
      webhook: settings.webhook !== null,
      ownerId,
      alarmsConsumer: { namespace, hub: hubName, group: ALARMS_GROUP },
      feedAuthorities: { hl7: settings.hl7?.mrnAuthority ?? null, fhir: settings.fhir?.mrnSystem ?? null },
    });
  const stores = await patiently(openStores);
  const times = { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: clock.rate };
  const wrong = (await patiently(() => stores.ruleSets.active())) === null ? firstProblem(site.ruleSet) : null;
  if (wrong !== null) {
    await stores.close();
    throw new SiteFileError(`${join(dataDir, SITE_FILES.site)}: ${wrong}`);
  }
  const hashes = readPasswordHashes(dataDir);
  await patiently(() => stores.directory.seed(site, hashes, times));
  await patiently(() => sayUnusedRules(stores, site.ruleSet, onTrouble));
  const { role } = settings;
  const isAlone = await patiently(() => beginProcess(stores, { processId: ownerId, role, wallMs: clock.wallMs() }));
  const heard: { processes: SiteProcesses | null } = { processes: null };
  const once = new LeaseKeeper({
    ...{ leases: stores.leases, holder: ownerId, clock },
    isAlone: () => isAlone && (heard.processes?.others().length ?? 0) === 0,
    onTrouble: (code) => onTrouble('leases', { code }),
  });
  once.start();
  const history = openHistory(settings, clock, onTrouble);
  const eventLog = new EventHubsLog({
    connectionString: eventHubs,
    hubName,
    ownerId,
    owners: stores.partitionOwners,
    clock,
    onError: (group, partition, code, count) =>
      onTrouble('log', { group, partition, code, ...(count === undefined ? {} : { count }) }),
  });
  // Otherwise every commit of the alarm consumer would be refused.
  invariant(eventLog.namespace === namespace, 'the client and the fence to name the hub alike');
  const breakers = [stores.sqlBreaker, history.breaker, eventLog.breaker].filter((breaker) => breaker !== null);
  const storeHealth: StoreHealth = { stores: () => breakers.map((breaker) => breaker.state) };
  const close = async (): Promise<void> => {
    await once.stop();
    await eventLog.close();
    history.close();
    await stores.close();
  };
  const { oidc } = settings;
  const identityProvider = oidc === null ? {} : { identityProvider: openIdentityProvider(oidc, () => clock.wallMs()) };
  return {
    processId: ownerId,
    siblings: stores.siblings,
    news: stores.siteNews,
    hears: (processes) => {
      heard.processes = processes;
      processes.tells('does', () => [...once.holding()]);
    },
    ports: {
      ...stores,
      once,
      auditSpool,
      siteDisplay: { settings: site.display ?? DisplaySettings.parse({}) },
      ...identityProvider,
      auditAnchors: openAuditAnchors(settings, clock),
      privacyMail: privacyMailOf(settings),
      clock,
      eventLog,
      observations: history.observations,
      storeHealth,
      historyHealth: history.health,
      ...openPagers(settings, clock, stores),
      close,
    },
  };
}

/** What keeps the first rules of a site from fitting together. Later ones are checked as rule files, and approved. */
function firstProblem(ruleSet: RuleSet): string | null {
  const [problem] = ruleSetProblems(ruleSet);
  return problem === undefined ? null : `${['ruleSet', ...problem.path].join('.')}: ${problem.problem}`;
}

/**
 * After the first start site.yaml changes no rules. Whoever edits them there would wait for ever: they are told, unless the file
 * has what the store knows already.
 */
async function sayUnusedRules({ ruleSets }: Pick<SqlStores, 'ruleSets'>, ruleSet: RuleSet, onTrouble: Trouble): Promise<void> {
  const hash = contentHash(ruleSet);
  if ((await ruleSets.get(hash)) !== null) return;
  const inForce = (await ruleSets.active())?.hash.slice(0, 16) ?? null;
  onTrouble('rules', { code: 'rules-differ', inForce, inSiteYaml: hash.slice(0, 16), says: UNUSED_RULES });
}

/** Mail to the security officers; without a mail server or an address there is none. */
function privacyMailOf({ smtpUrl, privacyMailTo }: Settings): PrivacyMail {
  if (smtpUrl === null || privacyMailTo.length === 0) return new NoPrivacyMail();
  return new SmtpPrivacyMail({ url: smtpUrl, from: MAIL_FROM, to: privacyMailTo });
}

function requireWritable(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw new SettingsError(`VIGIL_DATA_DIR: ${dataDir} can't be written; choose another folder or mend its rights`);
  }
  if (existsSync(join(dataDir, RESTORING_FOLDER))) {
    throw new SettingsError(
      `a restore into ${dataDir} did not end: empty that folder and run \`npm run vigil -- restore\` again`,
    );
  }
}
