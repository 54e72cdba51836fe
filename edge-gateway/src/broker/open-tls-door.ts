import { join } from 'node:path';
import type { BedTable } from '../devices/bed-table.js';
import { TrustedTime } from '../devices/trusted-time.js';
import { TlsDoor, type TlsDoorOptions } from './tls-door.js';
import type { DoorFiles } from './tls-files.js';

/** How devices come in over TLS. */
export interface MqttsOptions {
  /** An address of this machine; 127.0.0.1 for none but itself. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly files: DoorFiles;
}

/** What the gateway keeps of an open door. */
export interface OpenDoor {
  readonly port: number;
  warnings(): readonly string[];
  /** Takes no more connections. Resolves when the broker has ended those that are open. */
  close(): Promise<void>;
}

interface Around extends Omit<TlsDoorOptions, keyof MqttsOptions | 'time'> {
  readonly dataDir: string;
  readonly beds: BedTable;
}

/**
 * Opens the TLS door: by the certificates of the platform's configuration as well as those of the file, and by a time that
 * a wrong clock does not turn into an outage.
 *
 * @throws CertificateError with what to do; Error with `code` EADDRINUSE when the port is taken
 */
export async function openTlsDoor(mqtts: MqttsOptions, { dataDir, beds, ...around }: Around): Promise<OpenDoor> {
  const { registry, clock, log, metrics } = around;
  const time = new TrustedTime(clock, log, join(dataDir, 'time-mark.json'));
  await time.start();
  const stopHearing = beds.onConfig(({ devices, issuedAtMs }) => {
    registry.allow(new Map(devices.flatMap((d) => (d.certificates === undefined ? [] : [[d.deviceId, d.certificates]]))));
    if (issuedAtMs !== undefined) time.hear(issuedAtMs);
  });
  const door = await TlsDoor.listen({ ...around, ...mqtts, time });
  metrics.sources.certificateDays = () => door.daysLeft;
  return {
    port: door.port,
    warnings: () => door.warnings(),
    async close() {
      stopHearing();
      await door.close();
      await time.stop();
    },
  };
}
