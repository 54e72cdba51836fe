import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { SqliteObservationStore } from '../adapters/history-sqlite/history-sqlite.js';
import { WHAT_TO_DO } from '../adapters/influx/influx-error.js';
import { InfluxObservationStore } from '../adapters/influx/influx-store.js';
import { isDatabaseInUse } from '../adapters/sql/database-use.js';
import type { SqlStores } from '../adapters/sql/index.js';
import { readSettings } from '../config.js';
import { auditEntry } from '../ports/audit-trail.js';
import { type Machine, withCommandStores } from './command-stores.js';
import { moveHistory } from './history-move.js';

const PAGE = 500;

/**
 * `vigil history move`: history of the data folder to the InfluxDB of the settings, while Vigil is stopped. May be ended and run
 * again. The file stays as it is.
 *
 * @returns true when everything is there
 * @throws Error with one line that says what to do
 */
export async function historyMoveCommand({
  dataDir,
  env,
  out,
}: Machine & { readonly out: (line: string) => void }): Promise<boolean> {
  const { influx, historyRetention: retention } = readSettings({ ...env, VIGIL_DATA_DIR: dataDir });
  if (influx === null) throw new Error('INFLUX_URL is not set: there is nowhere to move to (docs/history-influxdb.md)');
  const file = join(dataDir, 'history.db');
  if (!existsSync(file)) throw new Error(`there is no history at ${file}`);
  if (isDatabaseInUse(join(dataDir, 'vigil.db')))
    throw new Error('Vigil runs: stop it (Ctrl-C, or the service), and run this again');
  return withCommandStores({ dataDir, env }, async (stores, clock) => {
    const from = new SqliteObservationStore(file, clock);
    const onTrouble = (code: keyof typeof WHAT_TO_DO | null): void => {
      if (code !== null) out(WHAT_TO_DO[code]);
    };
    const refused = { count: 0 };
    const onRefused = ({ samples }: { readonly samples: readonly unknown[] }): void => void (refused.count += samples.length);
    const to = new InfluxObservationStore({ ...influx, retention, clock, onTrouble, onRefused });
    try {
      const moved = await moveHistory({
        ...{ file, from, to, progress: out, devices: await knownDevices(stores, clock) },
        ...{ progressFile: join(dataDir, 'history-move.json'), destination: `${influx.url} ${influx.org} ${influx.bucket}` },
      });
      for (const line of linesOf(moved, refused.count)) out(line);
      const detail = `${moved.samples} samples, ${moved.means} means, ${refused.count} refused, ${moved.fewer.length} beds with fewer`;
      const entry = { actor: 'system:cli', action: 'history.move', object: 'history', outcome: 'allowed' as const, detail };
      await stores.auditTrail.append(auditEntry(entry), Math.round(clock.wallMs()));
      return moved.fewer.length === 0;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      throw new Error(`${error.code}: what is there so far stays; mend that and run this again, it goes on where it was`, {
        cause: error,
      });
    } finally {
      to.close();
      from.close();
    }
  });
}

/** Those that stand somewhere or did, and those that gateways told of. */
async function knownDevices({ deviceAssignments, fleet }: SqlStores, clock: Clock): Promise<readonly DeviceId[]> {
  const found = new Set<DeviceId>();
  const times = { nowMs: clock.nowMs(), rate: clock.rate };
  for (let cursor: string | undefined; ;) {
    const { items, next } = await deviceAssignments.list({ limit: PAGE, cursor });
    for (const { deviceId } of items) found.add(deviceId);
    if (next === null) break;
    cursor = next;
  }
  for (let cursor: string | undefined; ;) {
    const { items, next } = await fleet.devices({ limit: PAGE, cursor, ...times });
    for (const { deviceId } of items) found.add(deviceId as DeviceId);
    if (next === null) break;
    cursor = next;
  }
  return [...found];
}

function linesOf(moved: Awaited<ReturnType<typeof moveHistory>>, refused: number): readonly string[] {
  const { samples, means, ofUnknownDevices, fewer } = moved;
  return [
    `${samples} samples and ${means} means were moved in this run`,
    ...(ofUnknownDevices === 0 ? [] : [`${ofUnknownDevices} of them are of devices that the site does not know any more`]),
    ...(refused === 0
      ? []
      : [`${refused} were not taken: older than VIGIL_HISTORY_RAW_DAYS, or see history-refused in the runbook`]),
    ...fewer.map(({ bed, inFile, there }) => `FEWER ${bed}: ${inFile} in the file, ${there} in InfluxDB`),
    fewer.length === 0
      ? 'Every bed has at least as many samples there. Start Vigil with these settings; keep history.db until you are sure.'
      : 'Not all is there: the lines above say what is missing. The file is as it was.',
  ];
}
