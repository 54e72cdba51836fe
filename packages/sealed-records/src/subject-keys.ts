import { randomBytes } from 'node:crypto';
import type { DataKeyStore, SubjectKeyRow } from './data-key-store.js';
import { KEY_ID_BYTES } from './field-format.js';
import { lengthPrefixed } from './field-place.js';
import { gcmOpen, gcmSeal, NONCE_BYTES } from './gcm.js';
import { KeyCache } from './key-cache.js';
import { isAway } from './key-service.js';
import { LiveKey } from './live-key.js';
import { SealError } from './seal-error.js';
import { type ShardKey, type ShardKeys, shardOf } from './shard-keys.js';

const KEY_BYTES = 32;
const LOADED_AT_ONCE_MAX = 500;
/** How often a key is looked for anew when it is destroyed, erased or used up under way. */
const TRIES_MAX = 100;

/** A subject key, and what is left of the uses that were reserved for this process. */
export class SubjectKey extends LiveKey<SubjectKeyRow> {
  private usesLeft = 0;
  /** No more uses may be reserved: the next version seals. */
  isUsedUp = false;
  /** One reservation at a time; those who wait share it. */
  reserving: Promise<void> | null = null;

  add(uses: number): void {
    this.usesLeft += uses;
  }

  take(uses: number): boolean {
    if (this.isDestroyed || this.usesLeft < uses) return false;
    this.usesLeft -= uses;
    return true;
  }
}

export interface SubjectKeysOptions {
  readonly shards: ShardKeys;
  readonly store: DataKeyStore;
  readonly wallMs: () => number;
  readonly ttlMs: number;
  readonly cachedMax: number;
  readonly isPinned: (purpose: string) => boolean;
  /** Uses that are set aside at once; a crash wastes what is left of them. */
  readonly blockUses: number;
  /** After so many uses, or at this age, another version follows. */
  readonly usesMax: number;
  readonly ageMsMax: number;
}

/** The third level: the keys of one purpose and subject. */
export class SubjectKeys {
  private readonly cache: KeyCache<SubjectKey>;
  /** Which key seals now, by purpose and subject. */
  private readonly newest = new Map<string, string>();
  private readonly making = new Map<string, Promise<SubjectKey>>();
  private readonly generations = new Map<string, { readonly generation: number; readonly readAtMs: number }>();

  constructor(private readonly options: SubjectKeysOptions) {
    const { cachedMax, ttlMs, wallMs, isPinned } = options;
    this.cache = new KeyCache({ sizeMax: cachedMax, ttlMs, wallMs, isPinned: (key) => isPinned(key.row.purpose) });
  }

  get cached(): number {
    return this.cache.size;
  }

  peek(id: string): SubjectKey | null {
    return this.cache.get(id);
  }

  /**
   * The key that seals now, with `uses` of its budget taken for the caller: reserved in the store before they are used.
   * @throws SealError `erased`
   */
  async forSealing(purpose: string, subject: string, uses: number): Promise<SubjectKey> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const key = await this.current(purpose, subject);
      if (await this.take(key, uses)) return key;
    }
    throw new SealError('exhausted', 'no key could be made for sealing; the clock or the key store is not in order');
  }

  /** Those of `ids` that the store has, by id: in clear, or why they can't be. */
  async load(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey | SealError>> {
    const found = new Map<string, SubjectKey | SealError>();
    const missing: string[] = [];
    for (const id of ids) {
      const key = this.cache.get(id);
      if (key === null) missing.push(id);
      else found.set(id, key);
    }
    for (let at = 0; at < missing.length; at += LOADED_AT_ONCE_MAX) {
      const rows = await this.options.store.subjectKeys(missing.slice(at, at + LOADED_AT_ONCE_MAX));
      const keys = await Promise.all(rows.map((row) => this.keep(row).catch(sealErrorOnly)));
      rows.forEach(({ id }, i) => found.set(id, keys[i]!));
    }
    return found;
  }

  /** Is there a newer key for what this one seals, or should there be? */
  async isStale(row: SubjectKeyRow): Promise<boolean> {
    if (row.generation < (await this.generation(row.purpose))) return true;
    const newest = await this.options.store.newestSubjectKey(row.purpose, row.subject);
    return newest !== null && newest.version > row.version;
  }

  async generation(purpose: string): Promise<number> {
    const { store, wallMs, ttlMs } = this.options;
    const known = this.generations.get(purpose);
    if (known !== undefined && Math.abs(wallMs() - known.readAtMs) < ttlMs) return known.generation;
    const generation = await store.generation(purpose);
    this.generations.set(purpose, { generation, readAtMs: wallMs() });
    return generation;
  }

  /** Forgets which key is the newest, and drops those that the store no longer has. @returns how many went */
  async refresh(): Promise<number> {
    this.newest.clear();
    this.generations.clear();
    const ids = this.cache.entries().map(([id]) => id);
    let gone = 0;
    for (let at = 0; at < ids.length; at += LOADED_AT_ONCE_MAX) {
      const some = ids.slice(at, at + LOADED_AT_ONCE_MAX);
      const there = new Set((await this.options.store.subjectKeys(some)).map(({ id }) => id));
      for (const id of some) {
        if (there.has(id)) continue;
        this.cache.drop(id);
        gone++;
      }
    }
    return gone;
  }

  dropSubject(subject: string): void {
    for (const [id, key] of this.cache.entries()) if (key.row.subject === subject) this.cache.drop(id);
  }

  clear(): void {
    this.cache.clear();
    this.newest.clear();
    this.generations.clear();
  }

  private async current(purpose: string, subject: string): Promise<SubjectKey> {
    const generation = await this.generation(purpose);
    const place = `${purpose}\n${subject}`;
    const known = this.cache.get(this.newest.get(place) ?? '');
    if (known !== null && this.isUsable(known, generation)) return known;
    const row = await this.options.store.newestSubjectKey(purpose, subject);
    const there = row === null ? null : await this.keep(row);
    const key =
      there !== null && this.isUsable(there, generation) ? there : await this.nextOr(there, purpose, subject, generation);
    this.remember(place, key.row.id);
    return key;
  }

  /** While the key service is away an old key goes on: paging must not stop for a rotation. A used-up one never does. */
  private async nextOr(old: SubjectKey | null, purpose: string, subject: string, generation: number): Promise<SubjectKey> {
    try {
      return await this.next(purpose, subject, old?.row ?? null, generation);
    } catch (e) {
      if (old !== null && !old.isDestroyed && !old.isUsedUp && isAway(e)) return old;
      throw e;
    }
  }

  private isUsable({ row, isDestroyed, isUsedUp }: SubjectKey, generation: number): boolean {
    const ageMs = this.options.wallMs() - row.createdAtMs;
    return !isDestroyed && !isUsedUp && row.generation >= generation && ageMs < this.options.ageMsMax;
  }

  /** Takes uses, reserving more when they have run out. False when another key has to be looked for. */
  private async take(key: SubjectKey, uses: number): Promise<boolean> {
    while (!key.take(uses)) {
      if (key.isUsedUp || key.isDestroyed) return false;
      key.reserving ??= this.reserve(key, uses).finally(() => (key.reserving = null));
      await key.reserving;
    }
    return true;
  }

  private async reserve(key: SubjectKey, uses: number): Promise<void> {
    const { store, blockUses, usesMax } = this.options;
    const block = Math.max(blockUses, uses);
    const outcome = await store.reserveUses(key.row.id, block, usesMax);
    if (outcome === 'reserved') key.add(block);
    if (outcome === 'used-up') key.isUsedUp = true;
    // Erased meanwhile by another process.
    if (outcome === 'gone') this.cache.drop(key.row.id);
  }

  /** The version after `before`. Of two processes that make one at once, both use the one that the store kept. */
  private next(purpose: string, subject: string, before: SubjectKeyRow | null, generation: number): Promise<SubjectKey> {
    const version = (before?.version ?? 0) + 1;
    const name = `${purpose}\n${version}\n${subject}`;
    const under = this.making.get(name);
    if (under !== undefined) return under;
    const making = this.make(purpose, subject, version, generation).finally(() => this.making.delete(name));
    this.making.set(name, making);
    return making;
  }

  private async make(purpose: string, subject: string, version: number, generation: number): Promise<SubjectKey> {
    const { shards, store, wallMs, blockUses, usesMax } = this.options;
    const shard = await shards.at(purpose, shardOf(subject), generation);
    const [id, secret, createdAtMs] = [randomBytes(KEY_ID_BYTES).toString('base64url'), randomBytes(KEY_BYTES), wallMs()];
    const usesReserved = Math.min(blockUses, usesMax);
    const place = { id, purpose, subject, version, generation, shardKeyId: shard.row.id };
    const wrapped = wrapUnder(shard, secret, place).toString('base64url');
    const row: SubjectKeyRow = { ...place, wrapped, createdAtMs, usesReserved };
    const kept = await store.addSubjectKey(row);
    if (kept !== 'erased' && kept.id === id) {
      const key = new SubjectKey(row, secret, shard.loadedAtMs);
      key.add(usesReserved);
      return this.cache.put(id, key);
    }
    secret.fill(0);
    if (kept === 'erased') throw erasedError();
    return this.keep(kept);
  }

  private keep(row: SubjectKeyRow): Promise<SubjectKey> {
    return this.cache.getOrLoad(row.id, async () => {
      const shard = await this.options.shards.byId(row.shardKeyId);
      return new SubjectKey(row, unwrapUnder(shard, row), shard.loadedAtMs);
    });
  }

  private remember(place: string, id: string): void {
    this.newest.delete(place);
    this.newest.set(place, id);
    const oldest = this.newest.keys().next();
    if (this.newest.size > this.options.cachedMax && !oldest.done) this.newest.delete(oldest.value);
  }
}

/** What is wrong with one key is the answer for its values; an outage of the store is everybody's. */
function sealErrorOnly(e: unknown): SealError {
  if (e instanceof SealError) return e;
  throw e;
}

export function erasedError(): SealError {
  return new SealError('erased', 'this record was erased on purpose; its keys are destroyed and nothing can be added to it');
}

type WrapPlace = Pick<SubjectKeyRow, 'id' | 'purpose' | 'subject' | 'version' | 'generation' | 'shardKeyId'>;

/** Bound to the wrapped key, so that a row of the store can't be passed off as another subject's. */
function wrapAad(row: WrapPlace): Buffer {
  const { id, purpose, subject, version, generation, shardKeyId } = row;
  return lengthPrefixed(['vigil-subject', id, purpose, subject, String(version), String(generation), shardKeyId]);
}

function wrapUnder(shard: ShardKey, secret: Buffer, row: WrapPlace): Buffer {
  if (shard.bytes === null) throw droppedError();
  return gcmSeal(shard.bytes, randomBytes(NONCE_BYTES), [secret], wrapAad(row));
}

/** @throws SealError `tampered` */
function unwrapUnder(shard: ShardKey, row: SubjectKeyRow): Buffer {
  if (shard.bytes === null) throw droppedError();
  return gcmOpen(shard.bytes, Buffer.from(row.wrapped, 'base64url'), wrapAad(row));
}

/** Many others came between, or `close`. */
export function droppedError(): SealError {
  return new SealError('key-away', 'the keys were dropped from memory while they were in use; ask again');
}
