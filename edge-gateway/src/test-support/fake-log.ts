import type { LogRecord } from '../log-record.js';
import type { LogUplink, SendStatus } from '../uplink/log-uplink.js';

/** A log in memory, which can be away, refuse, or take its time. */
export class FakeLog implements LogUplink {
  readonly records: LogRecord[] = [];
  readonly calls: number[] = [];
  away = false;
  /** Keys of which nothing is taken now. */
  readonly busyKeys = new Set<string>();
  refuses: (record: LogRecord) => boolean = () => false;
  hold: Promise<void> | null = null;
  /** How long one send takes. */
  delay: (() => Promise<void>) | null = null;
  /** Parts of the log that answer nothing while their promise is open. */
  readonly heldShards = new Map<number, Promise<void>>();
  shards = 1;

  /** By the number at the end of the key. */
  shardOf(key: string, shards: number): number {
    return Number(/\d*$/.exec(key)![0] || 0) % shards;
  }

  async send(records: readonly LogRecord[]): Promise<SendStatus[]> {
    this.calls.push(records.length);
    if (this.hold !== null) await this.hold;
    await this.delay?.();
    for (const { key } of records) await this.heldShards.get(this.shardOf(key, this.shards));
    const stuck = new Set<string>();
    return records.map((record) => {
      if (this.away || this.busyKeys.has(record.key) || stuck.has(record.key)) {
        stuck.add(record.key);
        return 'retry';
      }
      if (this.refuses(record)) return 'refused';
      this.records.push(record);
      return 'sent';
    });
  }

  async close(): Promise<void> {
    return undefined;
  }

  /** The events that were taken, decoded. */
  events<T>(): T[] {
    return this.records.map((r) => JSON.parse(r.body.toString()) as T);
  }
}
