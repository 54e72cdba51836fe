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

  async send(records: readonly LogRecord[]): Promise<SendStatus[]> {
    this.calls.push(records.length);
    if (this.hold !== null) await this.hold;
    return records.map((record) => {
      if (this.away || this.busyKeys.has(record.key)) return 'retry';
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
