import type { KeyPort } from '../key-port.js';
import { SealError } from '../seal-error.js';

/** Keys behind a service that can be stopped, and that keeps what it gave away: to see whether it was overwritten. */
export class StoppableKeys implements KeyPort {
  readonly unwrapped: Buffer[] = [];
  /** Calls that came, and those that were answered. */
  asked = 0;
  calls = 0;
  private callsLeft = Infinity;

  constructor(private readonly keys: KeyPort) {}

  get currentKeyId(): string {
    return this.keys.currentKeyId;
  }

  stopAfter(calls: number): void {
    this.callsLeft = calls;
  }

  start(): void {
    this.callsLeft = Infinity;
  }

  async wrap(dataKey: Buffer, context: string): Promise<{ keyId: string; wrapped: Buffer }> {
    this.count();
    return this.keys.wrap(dataKey, context);
  }

  async unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
    this.count();
    const dataKey = await this.keys.unwrap(keyId, wrapped, context);
    this.unwrapped.push(dataKey);
    return dataKey;
  }

  async refresh(): Promise<boolean> {
    this.count();
    return this.keys.refresh();
  }

  private count(): void {
    this.asked++;
    if (this.callsLeft <= 0) throw new SealError('key-away', 'the key service was stopped by the test');
    this.callsLeft--;
    this.calls++;
  }
}
