import { createHash, randomBytes } from 'node:crypto';
import type { DataKeyStore, ShardKeyRow } from './data-key-store.js';
import { lengthPrefixed } from './field-place.js';
import { KEY_ID_BYTES } from './field-format.js';
import { KeyCache } from './key-cache.js';
import { isAway, type KeyService } from './key-service.js';
import { LiveKey } from './live-key.js';
import { SealError } from './seal-error.js';

const KEY_BYTES = 32;
/** Few, so that a start asks the key service at most this often for a purpose, not once for each patient. */
export const SHARDS = 32;
/** More than purposes times shards times the generations that anyone still reads. */
const CACHED_MAX = 4096;

export type ShardKey = LiveKey<ShardKeyRow>;

export interface ShardKeysOptions {
  readonly service: KeyService;
  readonly store: DataKeyStore;
  readonly wallMs: () => number;
  readonly ttlMs: number;
  readonly isPinned: (purpose: string) => boolean;
}

export function shardOf(subject: string): number {
  return createHash('sha256').update(subject).digest().readUInt32BE(0) % SHARDS;
}

/** The second level: one key for each purpose, shard and generation, and one for each blind index. */
export class ShardKeys {
  private readonly cache: KeyCache<ShardKey>;
  /** Where the key of an id is cached. */
  private readonly places = new Map<string, string>();

  constructor(private readonly options: ShardKeysOptions) {
    const { ttlMs, wallMs, isPinned } = options;
    this.cache = new KeyCache({ sizeMax: CACHED_MAX, ttlMs, wallMs, isPinned: (key) => isPinned(key.row.purpose) });
  }

  get cached(): number {
    return this.cache.size;
  }

  /** The key for this place, made when there is none. */
  at(purpose: string, shard: number, generation: number): Promise<ShardKey> {
    return this.cache.getOrLoad(placeOf({ purpose, shard, generation }), async () => {
      const { store } = this.options;
      const row = await store.shardKeyAt(purpose, shard, generation);
      return row === null ? this.make(purpose, shard, generation) : this.unwrap(row);
    });
  }

  /** @throws SealError `key-unknown` when the store does not have it */
  async byId(id: string): Promise<ShardKey> {
    const known = this.cache.get(this.places.get(id) ?? '');
    if (known?.row.id === id) return known;
    const row = await this.options.store.shardKey(id);
    if (row === null) throw new SealError('key-unknown', `the key store has no key ${id}; restore it from its backup`);
    return this.load(row);
  }

  /** A store that was put back to an earlier copy may have another key at this place now: the row decides. */
  async load(row: ShardKeyRow): Promise<ShardKey> {
    const key = await this.cache.getOrLoad(placeOf(row), () => this.unwrap(row));
    return key.row.id === row.id ? key : this.cache.put(placeOf(row), await this.unwrap(row));
  }

  /**
   * Asks the key service for those that are past half their time, so that an outage finds them young. One that can't be
   * opened any more stays as it is in memory and holds up no other.
   * @returns what is wrong with such a one
   */
  async renew(): Promise<SealError | null> {
    const { wallMs, ttlMs, store } = this.options;
    let damaged: SealError | null = null;
    for (const [place, key] of this.cache.entries()) {
      if (wallMs() - key.loadedAtMs < ttlMs / 2) continue;
      const row = await store.shardKey(key.row.id);
      if (row === null) {
        this.cache.drop(place);
        continue;
      }
      try {
        this.cache.put(place, await this.unwrap(row));
      } catch (e) {
        if (!(e instanceof SealError) || isAway(e)) throw e;
        damaged ??= e;
      }
    }
    return damaged;
  }

  clear(): void {
    this.cache.clear();
    this.places.clear();
  }

  private async make(purpose: string, shard: number, generation: number): Promise<ShardKey> {
    const { service, store, wallMs } = this.options;
    const id = randomBytes(KEY_ID_BYTES).toString('base64url');
    const secret = randomBytes(KEY_BYTES);
    const { keyId, wrapped } = await service.wrap(secret, shardContext({ id, purpose, shard, generation }));
    const createdAtMs = wallMs();
    const row = { id, purpose, shard, generation, kekId: keyId, wrapped: wrapped.toString('base64url'), createdAtMs };
    const kept = await store.addShardKey(row);
    if (kept.id === id) return this.live(row, secret);
    secret.fill(0);
    return this.unwrap(kept);
  }

  private async unwrap(row: ShardKeyRow): Promise<ShardKey> {
    const wrapped = Buffer.from(row.wrapped, 'base64url');
    return this.live(row, await this.options.service.unwrap(row.kekId, wrapped, shardContext(row)));
  }

  private live(row: ShardKeyRow, secret: Buffer): ShardKey {
    if (this.places.size >= CACHED_MAX) this.places.clear();
    this.places.set(row.id, placeOf(row));
    return new LiveKey(row, secret, this.options.wallMs());
  }
}

function placeOf({ purpose, shard, generation }: Pick<ShardKeyRow, 'purpose' | 'shard' | 'generation'>): string {
  return `${purpose}/${shard}/${generation}`;
}

/** Bound to the wrapped key, so that a row of the store can't be passed off as another. */
export function shardContext(row: { id: string; purpose: string; shard: number; generation: number }): string {
  return lengthPrefixed(['vigil-shard', row.id, row.purpose, String(row.shard), String(row.generation)]).toString('hex');
}
