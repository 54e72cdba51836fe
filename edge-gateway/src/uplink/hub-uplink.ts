import type { Clock } from '@vigil/clock';
import { producer, Sender, troubleOf } from '@vigil/hub-client';
import type { LogRecord } from '../log-record.js';
import { codeOf, type GatewayLog } from '../log.js';
import type { LogUplink, SendStatus } from './log-uplink.js';

/** Event Hubs, or the local hub: the same client and the same policy either way. */
export class HubUplink implements LogUplink {
  private readonly sender;
  /** Why the log did not take records the last time; null when it did. */
  private reason: string | null = null;

  constructor(
    {
      connectionString,
      hubName,
      identifier,
    }: { readonly connectionString: string; readonly hubName: string; readonly identifier: string },
    clock: Clock,
    private readonly log: GatewayLog,
  ) {
    this.sender = new Sender(() => producer(connectionString, hubName, identifier), clock);
  }

  async send(records: readonly LogRecord[]): Promise<SendStatus[]> {
    const outcomes = await this.sender.send(records);
    const failed = outcomes.find((o) => o.status === 'retry');
    if (failed === undefined) {
      if (this.reason !== null) this.log.info({}, 'log takes records again');
      this.reason = null;
    } else {
      const trouble = troubleOf(failed.error);
      const reason = trouble === 'unknown' ? codeOf(failed.error) : `log-${trouble}`;
      if (this.reason !== reason) this.log.warn({ code: reason }, 'log does not take records; they wait on the spool');
      this.reason = reason;
    }
    return outcomes.map((o) => o.status);
  }

  close(): Promise<void> {
    return this.sender.close();
  }
}
