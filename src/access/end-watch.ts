import type { Cancel } from '@vigil/clock';

interface Watched {
  /** Wall time; Infinity for what has no end of its own. */
  expiresAtMs: number;
  readonly onEnd: Set<() => void>;
}

/** Who wants to know when something ends that has a name and an end: the sockets of a session or of a station. */
export class EndWatch {
  private readonly watched = new Map<string, Watched>();

  /** Calls `onEnd` once when `name` ends. */
  watch(name: string, expiresAtMs: number, onEnd: () => void): Cancel {
    const watched = this.watched.get(name) ?? { expiresAtMs, onEnd: new Set() };
    watched.expiresAtMs = Math.max(watched.expiresAtMs, expiresAtMs);
    watched.onEnd.add(onEnd);
    this.watched.set(name, watched);
    return () => {
      watched.onEnd.delete(onEnd);
      if (watched.onEnd.size === 0 && this.watched.get(name) === watched) this.watched.delete(name);
    };
  }

  get names(): readonly string[] {
    return [...this.watched.keys()];
  }

  moved(name: string, expiresAtMs: number): void {
    const watched = this.watched.get(name);
    if (watched !== undefined) watched.expiresAtMs = expiresAtMs;
  }

  /** Tells the watchers of what is over at this wall time. */
  sweep(wallMs: number): void {
    for (const [name, { expiresAtMs }] of this.watched) if (expiresAtMs <= wallMs) this.ended(name);
  }

  ended(name: string): void {
    const watched = this.watched.get(name);
    if (watched === undefined) return;
    this.watched.delete(name);
    for (const onEnd of watched.onEnd) onEnd();
  }
}
