import { boundContext } from './header.js';
import type { KeyPort } from './key-port.js';
import { SealError } from './seal-error.js';

/** The key port, with a memory of whether it answers. */
export class KeyService {
  private awayMs: number | null = null;

  constructor(
    private readonly keys: KeyPort,
    private readonly wallMs: () => number,
  ) {}

  get currentKeyId(): string {
    return this.keys.currentKeyId;
  }

  /** Since when it has not answered; null while it does. */
  get awaySinceMs(): number | null {
    return this.awayMs;
  }

  wrap(dataKey: Buffer, context: string): Promise<{ readonly keyId: string; readonly wrapped: Buffer }> {
    return this.watched(() => this.keys.wrap(dataKey, boundContext(context)));
  }

  unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
    return this.watched(() => this.keys.unwrap(keyId, wrapped, boundContext(context)));
  }

  refresh(): Promise<boolean> {
    return this.watched(() => this.keys.refresh());
  }

  private async watched<T>(call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call();
      this.awayMs = null;
      return answer;
    } catch (e) {
      if (isAway(e)) this.awayMs ??= this.wallMs();
      throw e;
    }
  }
}

/** The keys themselves may be good: what is in memory goes on being used. */
export function isAway(e: unknown): e is SealError {
  return e instanceof SealError && (e.code === 'key-away' || e.code === 'key-denied' || e.code === 'key-file');
}
