import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyPort, KeyWatch, openKeyFile, type SealedSegments } from '@vigil/sealed-records';
import type { Clock } from '@vigil/clock';
import type { HubMetrics } from './admin/metrics.js';
import type { Log } from './broker/broker.js';

/** A key file by its path, or keys that are open already. */
export type HubKeys = KeyPort | { readonly file: string };

/**
 * Opens the key-encryption keys of a hub folder. They are made only where nothing is sealed yet: a new key would open
 * nothing of what is there.
 *
 * @throws SealError `key-file` with what to restore
 */
export async function openKeys(dataDir: string, keys: HubKeys | undefined, hubNames: readonly string[]): Promise<KeyPort> {
  if (keys !== undefined && 'wrap' in keys) return keys;
  const create = (await holdsSegments(dataDir, hubNames)) ? 'never' : 'if-missing';
  return openKeyFile(keys?.file ?? join(dataDir, 'kek.json'), { create });
}

async function holdsSegments(dataDir: string, hubNames: readonly string[]): Promise<boolean> {
  for (const name of hubNames) {
    const names = await readdir(join(dataDir, name, 'log')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    if (names.some((segment) => segment.endsWith('.seg'))) return true;
  }
  return false;
}

interface Watched {
  readonly keys: KeyPort;
  readonly segments: readonly SealedSegments[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HubMetrics;
}

/** Follows the rotation of the keys while the hub runs. `warnings` is for the hub's readiness. */
export function watchKeys({ keys, segments, clock, log, metrics }: Watched): {
  readonly warnings: () => readonly string[];
  readonly stop: () => Promise<void>;
} {
  let warnings: readonly string[] = [];
  const watch = new KeyWatch({
    ...{ keys, segments, clock, log },
    onState: ({ toRewrap, fault }) => {
      metrics.segmentsToRewrap.set(toRewrap);
      metrics.keysUnreadable.set(fault === null ? 0 : 1);
      warnings = fault === null ? [] : ['key-file-unreadable'];
    },
  });
  for (const log of segments) for (const id of log.keyIds().values()) if (id === null) metrics.sidesDamaged.inc();
  watch.start();
  return { warnings: () => warnings, stop: () => watch.stop() };
}
