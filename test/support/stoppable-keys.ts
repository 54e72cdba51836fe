import { type KeyPort, SealError } from '@vigil/sealed-records';

/** Keys whose service can be stopped, as a vault's can. */
export class StoppableKeys implements KeyPort {
  isStopped = false;
  /** Calls since the start. */
  calls = 0;

  constructor(private readonly keys: KeyPort) {}

  get currentKeyId(): string {
    return this.keys.currentKeyId;
  }

  wrap(dataKey: Buffer, context: string): Promise<{ readonly keyId: string; readonly wrapped: Buffer }> {
    return this.ask(() => this.keys.wrap(dataKey, context));
  }

  unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
    return this.ask(() => this.keys.unwrap(keyId, wrapped, context));
  }

  refresh(): Promise<boolean> {
    return this.ask(() => this.keys.refresh());
  }

  private ask<T>(call: () => Promise<T>): Promise<T> {
    this.calls += 1;
    return this.isStopped ? Promise.reject(new SealError('key-away', 'the key service does not answer')) : call();
  }
}
