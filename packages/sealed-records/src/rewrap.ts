import type { DataKeyStore, ShardKeyRow } from './data-key-store.js';
import { isAway, type KeyService } from './key-service.js';
import { SealError } from './seal-error.js';
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
 *
 * @throws SealError at once while the keys are away; at the end for a key that can't be opened, which holds up no other
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
  let damaged: SealError | null = null;
  while (signal?.aborted !== true) {
    const rows = await store.shardKeysNotUnder(service.currentKeyId, afterId, BATCH);
    if (rows.length === 0) break;
    for (const row of rows) {
      try {
        if (await rewrapOne(service, store, row)) rewrapped++;
      } catch (e) {
        if (!(e instanceof SealError) || isAway(e)) throw e;
        damaged ??= e;
      }
      afterId = row.id;
    }
    onProgress?.({ rewrapped, left: await left() });
  }
  if (damaged !== null) throw damaged;
  return { rewrapped, left: await left() };
}

async function rewrapOne(service: KeyService, store: DataKeyStore, row: ShardKeyRow): Promise<boolean> {
  const secret = await service.unwrap(row.kekId, Buffer.from(row.wrapped, 'base64url'), shardContext(row));
  try {
    const { keyId, wrapped } = await service.wrap(secret, shardContext(row));
    const change = { id: row.id, fromWrapped: row.wrapped, kekId: keyId, wrapped: wrapped.toString('base64url') };
    return await store.rewrapShardKey(change);
  } finally {
    secret.fill(0);
  }
}
