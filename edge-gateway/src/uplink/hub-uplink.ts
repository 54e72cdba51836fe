import type { Clock } from '@vigil/clock';
import { producer, sendByKey } from '@vigil/hub-client';
import type { LogRecord } from '../log-record.js';
import { codeOf, type GatewayLog } from '../log.js';
import type { LogUplink, SendStatus } from './log-uplink.js';

/** After so long without one success the client is thrown away: a few of its reconnects never came back. */
const RENEW_AFTER_MS = 60_000;

/** Event Hubs, or the local hub: the same client either way. */
export class HubUplink implements LogUplink {
  private client;
  private lastSuccessWallMs: number;
  private wasDown = false;

  constructor(
    private readonly settings: { readonly connectionString: string; readonly hubName: string; readonly identifier: string },
    private readonly clock: Clock,
    private readonly log: GatewayLog,
  ) {
    this.client = this.connect();
    this.lastSuccessWallMs = clock.wallMs();
  }

  async send(records: readonly LogRecord[]): Promise<SendStatus[]> {
    const outcomes = await sendByKey(this.client, records);
    const failed = outcomes.find((o) => o.status === 'retry');
    if (failed === undefined) {
      if (this.wasDown) this.log.info({}, 'log takes records again');
      this.wasDown = false;
      this.lastSuccessWallMs = this.clock.wallMs();
    } else {
      if (!this.wasDown) this.log.warn({ code: codeOf(failed.error) }, 'log does not take records; they wait on the spool');
      this.wasDown = true;
      await this.renewWhenStuck();
    }
    return outcomes.map((o) => o.status);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private connect() {
    const { connectionString, hubName, identifier } = this.settings;
    return producer(connectionString, hubName, identifier);
  }

  private async renewWhenStuck(): Promise<void> {
    if (this.clock.wallMs() - this.lastSuccessWallMs < RENEW_AFTER_MS) return;
    this.lastSuccessWallMs = this.clock.wallMs();
    const stuck = this.client;
    this.client = this.connect();
    await stuck.close().catch(() => undefined);
  }
}
