import { readRecords } from './read.js';
import type { PatientRecord, RecordingSet } from './record.js';

export interface CursorPlace {
  readonly set: RecordingSet;
  readonly dir: string;
  /** Which of the devices that replay this set, from 0, and how many there are. */
  readonly slot: number;
  readonly slots: number;
}

/**
 * The records that one device replays: each `slots`-th of its set, for ever from the start again. Devices of one set
 * thereby never replay the same record at the same time; where a set has fewer records than devices, they share it,
 * and `copy` tells the patients apart.
 */
export class RecordCursor {
  private records: AsyncGenerator<PatientRecord> | null = null;
  private ordinal = 0;
  private count: number | null = null;

  constructor(private readonly place: CursorPlace) {}

  /** 1 for the record itself; more when devices have to share one. Final once `next` has resolved. */
  get copy(): number {
    return this.count === null || this.count === 0 ? 1 : Math.floor(this.place.slot / this.count) + 1;
  }

  /** @throws Error when the set has no records at all; what `readRecords` throws */
  async next(): Promise<PatientRecord> {
    for (let ends = 0; ends < 3;) {
      this.records ??= readRecords(this.place.set, this.place.dir);
      const { value, done } = await this.records.next();
      if (done === true) {
        ends += 1;
        this.count = this.ordinal;
        this.rewind();
        continue;
      }
      if (this.isMine(this.ordinal++) && value.samples.length > 0) return value;
    }
    throw new Error(`the recordings of ${this.place.set} hold no usable record`);
  }

  /** Goes on until the record with that id, so that `next` gives its follower; null when this device has no such record. */
  async seek(recordId: string): Promise<PatientRecord | null> {
    const first = await this.next();
    for (let record = first; ;) {
      if (record.recordId === recordId) return record;
      record = await this.next();
      if (record.recordId === first.recordId) break;
    }
    await this.close();
    return null;
  }

  async close(): Promise<void> {
    await this.records?.return(undefined);
    this.rewind();
  }

  private rewind(): void {
    this.records = null;
    this.ordinal = 0;
  }

  private isMine(ordinal: number): boolean {
    const { slot, slots } = this.place;
    return this.count !== null && slot >= this.count ? ordinal === slot % this.count : ordinal % slots === slot;
  }
}
