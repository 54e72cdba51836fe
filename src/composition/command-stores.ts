import type { Clock } from '@vigil/clock';
import type { PlatformError } from '@vigil/domain';
import { openSqlStores, type SqlStores } from '../adapters/sql/index.js';
import { readSettings } from '../config.js';
import { sitePolicy } from '../escalation/site-policy.js';
import { keysOf, knownDatabaseOf } from './database.js';
import { eventClock } from './event-clock.js';
import { openKeys } from './open-keys.js';

/** A line for whoever ran a command: what to mend, where trying again mends nothing. */
export function unusable({ code, retryable, cause }: PlatformError): string {
  return !retryable && cause instanceof Error
    ? `${code}: ${cause.message}`
    : `${code}: the database cannot be used now; try again`;
}

/** Where a command of the terminal finds the site that it is about. */
export interface Machine {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens the stores of the data folder for one command, beside a Vigil that runs or without, and closes them again. It reads no log and
 * pages nobody; what it writes to the log leaves with the platform's relay.
 *
 * @throws Error with one line that says what to do, where there is no Vigil in the folder
 */
export async function withCommandStores<T>(
  { dataDir, env }: Machine,
  run: (stores: SqlStores, clock: Clock) => Promise<T>,
): Promise<T> {
  const place = knownDatabaseOf(dataDir, env);
  const clock = eventClock(dataDir);
  const stores = await openSqlStores({
    ...{ ...place, ...keysOf(dataDir, env['KEYS_DATABASE_URL']), clock, policy: sitePolicy({ steps: [], priorities: [] }) },
    openKeys: ({ create }) => openKeys(readSettings({ VIGIL_KEYS: env['VIGIL_KEYS'] }).keys, dataDir, { create }),
    origin: env['VIGIL_SOURCE'] === 'none' ? 'live' : 'simulated',
    ...{ alarmText: () => '', demoChannels: [], webhook: false, ownerId: 'cli' },
    alarmsConsumer: { namespace: '', hub: '', group: '' },
  });
  try {
    return await run(stores, clock);
  } finally {
    await stores.close();
  }
}
