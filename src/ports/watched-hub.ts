import type { GatewayStatus, LogEvent } from '@vigil/contracts';

/** What the watchdog needs of the hub. Every call may reject while the hub is away, and none waits longer than seconds. */
export abstract class WatchedHub {
  /** Rejects when the hub does not answer or takes no events. True when everything that it has from the gateways has been read. */
  abstract probe(): Promise<boolean>;
  /** Resolved means durable. */
  abstract append(events: readonly LogEvent[]): Promise<void>;
  /** `hubAtMs` is the wall time at which the hub took the status. */
  abstract onStatus(listener: (status: GatewayStatus, hubAtMs: number) => void): void;
  abstract close(): Promise<void>;
}
