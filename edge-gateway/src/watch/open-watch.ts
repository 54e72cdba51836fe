import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { KeyPort } from '@vigil/sealed-records';
import type { Spool } from '../spool/spool.js';
import { LocalWatch, type LocalWatchOptions } from './local-watch.js';
import { type PageOptions, servePage } from './page-server.js';
import { stationCode } from './station-code.js';
import { WatchFile } from './watch-file.js';

export interface OpenWatchOptions extends Omit<LocalWatchOptions, 'file' | 'spool'> {
  readonly dataDir: string;
  readonly keys: KeyPort;
  readonly spool: Spool;
  /** No page by default; the engine runs all the same. */
  readonly page?: PageOptions | undefined;
}

export interface OpenWatch {
  readonly watch: LocalWatch;
  /** Null without a page. */
  readonly port: number | null;
  close(): Promise<void>;
}

/** Where the code for screens lies: in the gateway's own folder, mode 0600. */
export const STATION_CODE_FILE = 'watch-code.json';

/**
 * Starts the local watch and its page. From then on it hears what becomes durable beside whoever did before.
 *
 * @throws as `servePage` and `stationCode`
 */
export async function openLocalWatch({ dataDir, keys, page, ...options }: OpenWatchOptions): Promise<OpenWatch> {
  const { spool, clock, metrics } = options;
  const file = new WatchFile(join(dataDir, 'watch.sealed'), keys, options.gatewayId);
  const watch = new LocalWatch({ ...options, file });
  await watch.start();
  const before = spool.onDurable;
  spool.onDurable = (entries) => {
    before(entries);
    watch.take(entries);
  };
  if (page === undefined) return { watch, port: null, close: () => watch.stop() };
  const station = await stationCode(join(dataDir, STATION_CODE_FILE));
  const served = await servePage(page, { source: watch, station, clock, metrics });
  return {
    watch,
    port: portOf(served.server),
    close: async () => {
      served.close();
      await watch.stop();
    },
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
