import type { Clock } from '@vigil/clock';
import type { HubMetrics } from './admin/metrics.js';
import type { KeyStore } from './auth/key-store.js';
import type { Log } from './broker/broker.js';
import { follow } from './follow.js';
import type { LiveCertificate } from './tls/live-certificate.js';

interface Around {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HubMetrics;
}

/** Follows the access keys and the certificate while the hub runs. `warnings` is for the hub's readiness. */
export function followFiles(keys: KeyStore, certificate: LiveCertificate | null, around: Around) {
  const accessKeys = {
    what: 'shared access keys',
    warning: 'access-keys-unreadable',
    refresh: (): Promise<boolean> => keys.refresh(),
  };
  const followed = [accessKeys, ...(certificate === null ? [] : [certificate])].map((file) => follow(file, around));
  if (certificate !== null) around.metrics.sources.certificateDays = () => certificate.daysLeft;
  return {
    warnings: (): readonly string[] => [...followed.flatMap((file) => file.warnings()), ...(certificate?.warnings() ?? [])],
    stop: async (): Promise<void> => {
      for (const file of followed) await file.stop();
    },
  };
}
