import type { LiveKey } from './live-key.js';

export interface KeyCacheOptions<K> {
  /** The one that was used longest ago goes when another comes. */
  readonly sizeMax: number;
  readonly ttlMs: number;
  readonly wallMs: () => number;
  /** Keys that stay for as long as the process lives, beyond `ttlMs` and `sizeMax`. */
  readonly isPinned: (key: K) => boolean;
}

/** Keys in clear, by id: bounded, for a time, overwritten when they go. Two who ask at once cause one loading. */
export class KeyCache<K extends LiveKey<unknown>> {
  /** In order of use, the oldest first. */
  private readonly keys = new Map<string, K>();
  private readonly loading = new Map<string, Promise<K>>();
  /** Counts `clear`: a loading that was under way must not fill the cache again. */
  private era = 0;

  constructor(private readonly options: KeyCacheOptions<K>) {}

  get size(): number {
    return this.keys.size;
  }

  /** As they are now; what comes or goes meanwhile is not seen. */
  entries(): [string, K][] {
    return [...this.keys];
  }

  get(id: string): K | null {
    const key = this.keys.get(id);
    if (key === undefined) return null;
    if (key.isDestroyed || this.isExpired(key)) {
      this.drop(id);
      return null;
    }
    this.keys.delete(id);
    this.keys.set(id, key);
    return key;
  }

  /** Another key under the same id is destroyed. */
  put(id: string, key: K): K {
    const before = this.keys.get(id);
    if (before !== undefined && before !== key) before.destroy();
    this.keys.delete(id);
    this.keys.set(id, key);
    this.shrink();
    return key;
  }

  /** What is kept under `id`, or what `load` answers, which is kept then. */
  async getOrLoad(id: string, load: () => Promise<K>): Promise<K> {
    const there = this.get(id);
    if (there !== null) return there;
    const under = this.loading.get(id);
    if (under !== undefined) return under;
    const era = this.era;
    const loading = load()
      .then((key) => {
        if (era === this.era) return this.put(id, key);
        key.destroy();
        return key;
      })
      .finally(() => {
        if (this.loading.get(id) === loading) this.loading.delete(id);
      });
    this.loading.set(id, loading);
    return loading;
  }

  drop(id: string): void {
    this.keys.get(id)?.destroy();
    this.keys.delete(id);
  }

  clear(): void {
    this.era++;
    for (const key of this.keys.values()) key.destroy();
    this.keys.clear();
    this.loading.clear();
  }

  /** A wall clock that was put back must not lengthen a key's life. */
  private isExpired(key: K): boolean {
    if (this.options.isPinned(key)) return false;
    const ageMs = this.options.wallMs() - key.loadedAtMs;
    return ageMs < 0 || ageMs >= this.options.ttlMs;
  }

  private shrink(): void {
    if (this.keys.size <= this.options.sizeMax) return;
    for (const [id, key] of this.keys) {
      if (this.options.isPinned(key)) continue;
      this.drop(id);
      return;
    }
  }
}
