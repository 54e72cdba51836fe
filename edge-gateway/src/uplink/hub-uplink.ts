import type { Clock } from '@vigil/clock';
import { type HubTrouble, partitionOf, producer, Sender, type SenderOptions, troubleOf } from '@vigil/hub-client';
import type { LogRecord } from '../log-record.js';
import { codeOf, type GatewayLog } from '../log.js';
import type { LogUplink, SendStatus } from './log-uplink.js';

export interface HubUplinkOptions extends SenderOptions {
  readonly connectionString: string;
  readonly hubName: string;
  /** Shows in the hub's logs: gateway, host, process. */
  readonly identifier: string;
}

/** Trouble in which the hub answers, but not for the partitions that the client knows: it has others by now. */
const CHANGED: ReadonlySet<HubTrouble> = new Set(['no-such-hub', 'position']);
const RENEW_EVERY_MS = 5_000;

/** What somebody has to do about it; the others pass by themselves. Each is in the runbook. */
const ADVICE: Partial<Record<HubTrouble, string>> = {
  refused:
    'log does not take the key of this gateway; put its clock right, or mend EVENT_HUBS_CONNECTION_STRING (Send rights) and start it anew',
  'no-such-hub': 'log has no such hub or partition; mend VIGIL_HUB_NAME, or give the hub its partitions back',
  position: 'log has no such partition; its partitions are asked for again',
};

/** Event Hubs, or the local hub: the same client and the same policy either way. Its shards are the hub's partitions. */
export class HubUplink implements LogUplink {
  private sender: Sender<ReturnType<typeof producer>>;
  /** Why the log did not take records the last time; null when it did. */
  private reason: string | null = null;
  private partitions = 1;
  private asked = false;
  private renewedWallMs: number;

  constructor(
    private readonly options: HubUplinkOptions,
    private readonly clock: Clock,
    private readonly log: GatewayLog,
  ) {
    this.sender = this.newSender();
    this.renewedWallMs = clock.wallMs();
  }

  /** One until the hub has said how many partitions it has. */
  get shards(): number {
    return this.partitions;
  }

  /** Stable code of what keeps the log from taking records, e.g. `log-away`; null while it takes them. */
  get trouble(): string | null {
    return this.reason;
  }

  shardOf(key: string, shards: number): number {
    return Number(partitionOf(key, shards));
  }

  async send(records: readonly LogRecord[]): Promise<SendStatus[]> {
    const used = this.sender;
    const outcomes = await used.send(records);
    const failed = outcomes.find((o) => o.status === 'retry');
    if (outcomes.some((o) => o.status === 'sent')) this.askPartitions();
    if (failed === undefined) {
      if (this.reason !== null) this.log.info({}, 'log takes records again');
      this.reason = null;
    } else this.troubled(failed.error, used);
    return outcomes.map((o) => o.status);
  }

  close(): Promise<void> {
    return this.sender.close();
  }

  private troubled(error: unknown, used: unknown): void {
    const trouble = troubleOf(error);
    const reason = trouble === 'unknown' ? codeOf(error) : `log-${trouble}`;
    const advice = ADVICE[trouble];
    if (this.reason !== reason) {
      if (advice === undefined) this.log.warn({ code: reason }, 'log does not take records; they wait on the spool');
      else this.log.error({ code: reason }, `${advice}; records wait on the spool`);
    }
    this.reason = reason;
    if (!CHANGED.has(trouble) || used !== this.sender || this.clock.wallMs() - this.renewedWallMs < RENEW_EVERY_MS) return;
    this.renewedWallMs = this.clock.wallMs();
    const old = this.sender;
    this.sender = this.newSender();
    void old.close().catch(() => undefined);
  }

  private newSender(): Sender<ReturnType<typeof producer>> {
    const { connectionString, hubName, identifier, ...times } = this.options;
    const connect = (): ReturnType<typeof producer> => {
      // A new client asks anew; the hub may have been made anew as well.
      this.asked = false;
      return producer(connectionString, hubName, identifier);
    };
    return new Sender(connect, this.clock, times);
  }

  private askPartitions(): void {
    if (this.asked) return;
    this.asked = true;
    this.sender
      .ask((client) => client.getPartitionIds())
      .then(
        (ids) => {
          if (this.partitions !== ids.length && this.partitions > 1) {
            this.log.warn(
              { from: this.partitions, to: ids.length, code: 'log-partitions' },
              'log has another number of partitions',
            );
          }
          this.partitions = Math.max(1, ids.length);
        },
        () => (this.asked = false),
      );
  }
}
