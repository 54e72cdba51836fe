import { createHmac, randomBytes } from 'node:crypto';
import type { DataKeyCounts, DataKeyStore } from './data-key-store.js';
import { decodeField, encodeField, fieldHeader, FIELD_PREFIX, pad, type SealedField, unpad } from './field-format.js';
import { checkPurpose, checkSubject, fieldAad, type FieldPlace } from './field-place.js';
import { NONCE_BYTES } from './gcm.js';
import type { KeyPort } from './key-port.js';
import { isAway, KeyService } from './key-service.js';
import { openWith, sealWith } from './live-key.js';
import { type RewrapReport, rewrapShardKeys } from './rewrap.js';
import { SealError } from './seal-error.js';
import { SHARDS, ShardKeys } from './shard-keys.js';
import { droppedError, erasedError, SubjectKey, SubjectKeys } from './subject-keys.js';

/** Data keys live in memory for an hour at most. Source: design, "DEK cached <= 1 h, zeroised". */
export const KEY_TTL_MS_MAX = 3_600_000;
/** A quarter of the bound for random nonces. Source: NIST SP 800-38D, 8.3: at most 2^32 uses of one key. */
const USES_MAX = 2 ** 31;
const AGE_MS_MAX = 90 * 86_400_000;
const BLOCK_USES = 1024;
const CACHED_KEYS_MAX = 10_000;
const PINNED_AT_START_MAX = 1024;
/** How often a key that was dropped from memory under way is asked for again. */
const TRIES_MAX = 100;

export interface KeyringOptions {
  readonly keys: KeyPort;
  readonly store: DataKeyStore;
  readonly clock: { wallMs(): number };
  /** How long a key stays in memory, an hour at most. */
  readonly ttlMs?: number;
  /** Purposes whose keys stay for as long as the process lives: what an alarm needs while the key service is away. */
  readonly pinned?: readonly string[];
  /** Subject keys in memory. */
  readonly cachedKeysMax?: number;
  /** Encryptions that are reserved at once for one key. */
  readonly blockUses?: number;
  /** Encryptions after which a key is followed by the next one; lower than the default only in tests. */
  readonly usesMax?: number;
  /** Age at which a key is followed by the next one. */
  readonly ageMsMax?: number;
}

/** One value and where it lives. */
export interface PlainField {
  readonly place: FieldPlace;
  readonly plaintext: string;
}

export interface SealedAt {
  readonly place: FieldPlace;
  readonly sealed: string;
}

export interface KeyringStatus extends DataKeyCounts {
  readonly currentKekId: string;
  /** Shard and index keys that another key-encryption key still wraps; 0 before an old one may be retired. */
  readonly toRewrap: number;
  /** Since when the key service has not answered; null while it does. */
  readonly awaySinceMs: number | null;
  /** Keys in memory. */
  readonly cached: { readonly shardKeys: number; readonly subjectKeys: number };
}

export interface RefreshReport {
  /** Another key-encryption key has become the current one: call `rewrapAll`. */
  readonly kekChanged: boolean;
  /** Why the key service could not be asked; null when it answered. Keys in memory go on being used. */
  readonly away: SealError | null;
  /** What is wrong with a key that could not be renewed; it goes on from memory until its hour is over. */
  readonly damaged: SealError | null;
}

/**
 * Seals and opens single values (columns) under keys of their subject, in three levels: the key port wraps a few shard
 * keys, a shard key wraps the subject keys of its shard, a subject key seals values. `erase` destroys the last alone.
 *
 * Every method that is given places refuses with SealError; errors of the store pass through unchanged.
 */
export class Keyring {
  private constructor(
    private readonly service: KeyService,
    private readonly store: DataKeyStore,
    private readonly shards: ShardKeys,
    private readonly subjects: SubjectKeys,
    private readonly wallMs: () => number,
  ) {}

  /**
   * Loads the keys of the pinned purposes, so that a start without its key service fails here.
   * @throws SealError `key-away`, `key-denied`, `key-unknown`, `tampered`
   */
  static async open(options: KeyringOptions): Promise<Keyring> {
    const { keys, store, clock, pinned = [] } = options;
    const ttlMs = Math.min(options.ttlMs ?? KEY_TTL_MS_MAX, KEY_TTL_MS_MAX);
    const wallMs = (): number => clock.wallMs();
    const isPinned = (purpose: string): boolean => pinned.includes(purpose);
    const service = new KeyService(keys, wallMs);
    const shards = new ShardKeys({ service, store, wallMs, ttlMs, isPinned });
    const subjects = new SubjectKeys({
      shards,
      store,
      wallMs,
      ttlMs,
      isPinned,
      cachedMax: options.cachedKeysMax ?? CACHED_KEYS_MAX,
      blockUses: options.blockUses ?? BLOCK_USES,
      usesMax: options.usesMax ?? USES_MAX,
      ageMsMax: options.ageMsMax ?? AGE_MS_MAX,
    });
    for (const purpose of pinned) {
      const rows = await store.shardKeysOf(purpose, PINNED_AT_START_MAX);
      for (let at = 0; at < rows.length; at += SHARDS) {
        await Promise.all(rows.slice(at, at + SHARDS).map((row) => shards.load(row)));
      }
    }
    return new Keyring(service, store, shards, subjects, wallMs);
  }

  /** @throws SealError `erased` when the subject was erased */
  async seal(place: FieldPlace, plaintext: string): Promise<string> {
    return (await this.sealMany([{ place, plaintext }]))[0]!;
  }

  /** The columns of a row, or of many rows; in their order. */
  async sealMany(fields: readonly PlainField[]): Promise<string[]> {
    const groups = new Map<string, number[]>();
    fields.forEach(({ place: { purpose, subject } }, i) => {
      checkPurpose(purpose);
      checkSubject(subject);
      const name = `${purpose}\n${subject}`;
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [i]);
      else group.push(i);
    });
    const out = new Array<string>(fields.length);
    for (const group of groups.values()) await this.sealGroup(fields, group, out);
    return out;
  }

  /** @throws SealError `field-malformed`, `version-unknown`, `tampered`, `key-unknown`, `erased`, `key-away`, `key-denied` */
  async open(place: FieldPlace, sealed: string): Promise<string> {
    const [opened] = await this.openMany([{ place, sealed }]);
    if (typeof opened === 'string') return opened;
    throw opened!;
  }

  /**
   * Like `open` for many, in their order; one that can't be opened is its error and spoils no other. Keys that are not in
   * memory are asked of the store together.
   */
  async openMany(fields: readonly SealedAt[]): Promise<(string | SealError)[]> {
    const decoded = fields.map(({ sealed }) => errorOr(() => decodeField(sealed)));
    const missing = new Set<string>();
    for (const field of decoded) {
      if (!(field instanceof SealError) && this.subjects.peek(field.keyId) === null) missing.add(field.keyId);
    }
    const loaded = await this.subjects.load([...missing]);
    const out: (string | SealError)[] = [];
    for (const [i, { place }] of fields.entries()) {
      const field = decoded[i]!;
      if (field instanceof SealError) {
        out.push(field);
        continue;
      }
      const key = loaded.get(field.keyId) ?? this.subjects.peek(field.keyId);
      const opened = key instanceof SubjectKey ? openField(key, place, field) : key;
      out.push(opened ?? (await this.openOne(place, field)));
    }
    return out;
  }

  /** By its first characters: clear text that begins alike is told apart by `open` only. */
  isSealed(text: string): boolean {
    return text.startsWith(FIELD_PREFIX);
  }

  /**
   * The same value gives the same index under the same name, and tells nothing else: HMAC-SHA-256, base64url, under a key
   * that is used for this index alone. Who sees the column sees which rows have equal values.
   *
   * @param indexName e.g. `patient-mrn`: lower-case letters, digits and hyphens
   * @param normalisedValue equal for what must be found as equal; that is the caller's part
   */
  async blindIndex(indexName: string, normalisedValue: string): Promise<string> {
    checkPurpose(indexName);
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const { bytes } = await this.shards.at(`index:${indexName}`, 0, 1);
      if (bytes !== null) return createHmac('sha256', bytes).update(normalisedValue).digest('base64url');
    }
    throw droppedError();
  }

  /** Looks for another current key, for keys that other processes erased or rotated, and renews those that are half old. */
  async refresh(): Promise<RefreshReport> {
    await this.subjects.refresh();
    try {
      const kekChanged = await this.service.refresh();
      return { kekChanged, away: null, damaged: await this.shards.renew() };
    } catch (e) {
      if (isAway(e)) return { kekChanged: false, away: e, damaged: null };
      throw e;
    }
  }

  /** Wraps every shard and index key anew that the current key-encryption key does not wrap. May be stopped and begun again. */
  rewrapAll(
    options: { readonly onProgress?: (done: RewrapReport) => void; readonly signal?: AbortSignal } = {},
  ): Promise<RewrapReport> {
    return rewrapShardKeys(this.service, this.store, options);
  }

  /**
   * New keys, shard and subject, for all that is sealed for this purpose from now on. What is sealed stays readable;
   * `isStale` tells what may be sealed anew.
   */
  async rotate(purpose: string): Promise<void> {
    checkPurpose(purpose);
    await this.store.raiseGeneration(purpose, await this.store.generation(purpose));
    await this.subjects.refresh();
  }

  /**
   * True when sealing the same value now would take a newer key.
   * @throws SealError `field-malformed`, `version-unknown`, `key-unknown`
   */
  async isStale(sealed: string): Promise<boolean> {
    const { keyId } = decodeField(sealed);
    const row = this.subjects.peek(keyId)?.row ?? (await this.store.subjectKeys([keyId]))[0];
    if (row === undefined) throw unknownKey(keyId);
    return this.subjects.isStale(row);
  }

  /**
   * Makes everything that was sealed for this subject unreadable, for every purpose and for good, and refuses to seal more.
   * Other processes notice at their next `refresh`. @returns how many keys were destroyed; 0 when it was erased before
   */
  async erase(subject: string): Promise<number> {
    checkSubject(subject);
    const destroyed = await this.store.eraseSubject(subject, this.wallMs());
    this.subjects.dropSubject(subject);
    return destroyed;
  }

  async status(): Promise<KeyringStatus> {
    const counts = await this.store.counts();
    const currentKekId = this.service.currentKeyId;
    const other = counts.shardKeys.filter(({ kekId }) => kekId !== currentKekId);
    return {
      ...counts,
      currentKekId,
      toRewrap: other.reduce((sum, { count }) => sum + count, 0),
      awaySinceMs: this.service.awaySinceMs,
      cached: { shardKeys: this.shards.cached, subjectKeys: this.subjects.cached },
    };
  }

  /** Overwrites every key in memory. */
  close(): void {
    this.subjects.clear();
    this.shards.clear();
  }

  private async sealGroup(fields: readonly PlainField[], group: readonly number[], out: string[]): Promise<void> {
    const { purpose, subject } = fields[group[0]!]!.place;
    for (let from = 0; from < group.length;) {
      const some = group.slice(from, from + BLOCK_USES);
      const key = await this.subjects.forSealing(purpose, subject, some.length);
      const sealed = some.map((i) => sealField(key, fields[i]!));
      // The key was destroyed while this call waited for its turn: its uses are wasted, and another one is asked for.
      if (sealed.some((text) => text === null)) continue;
      some.forEach((i, n) => (out[i] = sealed[n]!));
      from += some.length;
    }
  }

  /** For a key that was not in memory, or was dropped from it to make room for others of the same list. */
  private async openOne(place: FieldPlace, field: SealedField): Promise<string | SealError> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const key = (await this.subjects.load([field.keyId])).get(field.keyId);
      if (key === undefined) return this.whyNoKey(place, field.keyId);
      if (key instanceof SealError) return key;
      const opened = openField(key, place, field);
      if (opened !== null) return opened;
    }
    return droppedError();
  }

  private async whyNoKey({ subject }: FieldPlace, keyId: string): Promise<SealError> {
    return (await this.store.erasedAtMs(subject)) === null ? unknownKey(keyId) : erasedError();
  }
}

function sealField(key: SubjectKey, { place, plaintext }: PlainField): string | null {
  const header = fieldHeader(key.row.id);
  const sealed = sealWith(key, randomBytes(NONCE_BYTES), pad(plaintext), fieldAad(place, header));
  return sealed === null ? null : encodeField(header, sealed);
}

/** Null when the key was destroyed meanwhile. */
function openField(key: SubjectKey, place: FieldPlace, { header, sealed }: SealedField): string | SealError | null {
  const { purpose, subject } = key.row;
  if (purpose !== place.purpose || subject !== place.subject) return wrongPlace();
  return errorOr(() => {
    const padded = openWith(key, sealed, fieldAad(place, header));
    return padded === null ? null : unpad(padded);
  });
}

function errorOr<T>(run: () => T): T | SealError {
  try {
    return run();
  } catch (e) {
    if (e instanceof SealError) return e;
    throw e;
  }
}

function wrongPlace(): SealError {
  return new SealError('tampered', 'a sealed field is not where it was written');
}

function unknownKey(keyId: string): SealError {
  return new SealError('key-unknown', `the key store has no key ${keyId}; restore it from its backup`);
}
