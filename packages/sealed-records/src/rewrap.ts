import type { DataKeyStore } from './data-key-store.js';
import type { KeyService } from './key-service.js';
import { shardContext } from './shard-keys.js';

const BATCH = 100;

export interface RewrapReport {
  readonly rewrapped: number;
  /** Not yet under the current key-encryption key. */
  readonly left: number;
}

/**
 * Metadata only: nothing that was sealed is touched. The old key-encryption key has to stay until `left` is 0. Each key is
 * compared and set, so that several processes may do this at once and a crash loses nothing.
 */
export async function rewrapShardKeys(
  service: KeyService,
  store: DataKeyStore,
  { onProgress, signal }: { readonly onProgress?: (done: RewrapReport) => void; readonly signal?: AbortSignal },
): Promise<RewrapReport> {
  const left = async (): Promise<number> => {
    const { shardKeys } = await store.counts();
    return shardKeys.filter(({ kekId }) => kekId !== service.currentKeyId).reduce((sum, { count }) => sum + count, 0);
  };
  let rewrapped = 0;
  let afterId = '';
  while (signal?.aborted !== true) {
    const rows = await store.shardKeysNotUnder(service.currentKeyId, afterId, BATCH);
    if (rows.length === 0) break;
    for (const row of rows) {
      const secret = await service.unwrap(row.kekId, Buffer.from(row.wrapped, 'base64url'), shardContext(row));
      const { keyId, wrapped } = await service.wrap(secret, shardContext(row));
      secret.fill(0);
      const change = { id: row.id, fromWrapped: row.wrapped, kekId: keyId, wrapped: wrapped.toString('base64url') };
      if (await store.rewrapShardKey(change)) rewrapped++;
      afterId = row.id;
    }
    onProgress?.({ rewrapped, left: await left() });
  }
  return { rewrapped, left: await left() };
}
