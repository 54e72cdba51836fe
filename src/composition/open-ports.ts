import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseEventHubConnectionString } from '@azure/event-hubs';
import { loadClock } from '@vigil/clock';
import type { Site } from '@vigil/contracts';
import type { EscalationPolicy } from '@vigil/domain';
import { EventHubsLog } from '../adapters/event-hubs/event-hubs-log.js';
import { SqliteObservationStore } from '../adapters/history-sqlite/history-sqlite.js';
import { openSqlStores } from '../adapters/sql/index.js';
import { alarmText } from '../alarms/alarm-text.js';
import { type Settings, SettingsError } from '../config.js';
import { Pager, Pagers } from '../ports/pager.js';
import { readPasswordHashes, readSite } from '../site/site-files.js';
import type { Ports } from './ports.module.js';

const ALARMS_GROUP = 'alarms';

/** Told of trouble that an adapter handles by itself; ids and codes only. */
export type Trouble = (part: string, facts: Readonly<Record<string, string | number | null>>) => void;

/**
 * Opens every adapter of this machine and seeds an empty store from site.yaml.
 *
 * @throws SettingsError, SiteFileError or PlatformError, each with one line that says what to do
 */
export async function openPorts(settings: Settings, onTrouble: Trouble): Promise<Ports> {
  const { dataDir, eventHubs, hubName } = settings;
  if (eventHubs === null) {
    throw new SettingsError('EVENT_HUBS_CONNECTION_STRING is not set: the platform needs the log (npm start sets it)');
  }
  requireWritable(dataDir);
  const clock = loadClock(dataDir, settings.speed, { requireWall: settings.source === 'none' });
  const site = readSite(dataDir);
  const ownerId = `platform-${randomUUID()}`;
  const stores = await openSqlStores({
    file: join(dataDir, 'vigil.db'),
    clock,
    policy: policyOf(site),
    origin: settings.source === 'none' ? 'live' : 'simulated',
    alarmText,
    demoChannels: settings.demoChannels,
    webhook: settings.webhook !== null,
    ownerId,
    alarmsConsumer: { namespace: namespaceOf(eventHubs), hub: hubName, group: ALARMS_GROUP },
  });
  const times = { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: clock.rate };
  await stores.directory.seed(site, readPasswordHashes(dataDir), times);
  await stores.partitionOwners.releaseDead();
  const observations = new SqliteObservationStore(join(dataDir, 'history.db'));
  const eventLog = new EventHubsLog({
    connectionString: eventHubs,
    hubName,
    ownerId,
    owners: stores.partitionOwners,
    clock,
    onError: (group, partition, code) => onTrouble('log', { group, partition, code }),
  });
  return {
    ...stores,
    clock,
    eventLog,
    observations,
    pagers: new SitePagers(pagersOf(settings)),
    close: async () => {
      await eventLog.close();
      observations.close();
      await stores.close();
    },
  };
}

/** The ways that this site can page by, as the settings say. */
class SitePagers extends Pagers {
  constructor(private readonly pagers: readonly Pager[]) {
    super();
  }

  override all(): readonly Pager[] {
    return this.pagers;
  }
}

function pagersOf(_settings: Settings): readonly Pager[] {
  return [];
}

function policyOf({ escalation }: Site): EscalationPolicy {
  const steps = escalation.steps.map(({ tell, waitS }) => ({ tell, waitMs: waitS * 1000 }));
  return { steps, priorities: escalation.priorities };
}

function namespaceOf(connectionString: string): string {
  try {
    return parseEventHubConnectionString(connectionString).fullyQualifiedNamespace;
  } catch {
    throw new SettingsError(
      'EVENT_HUBS_CONNECTION_STRING is no connection string: Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…',
    );
  }
}

function requireWritable(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw new SettingsError(`VIGIL_DATA_DIR: ${dataDir} can't be written; choose another folder or mend its rights`);
  }
}
