import { Chunk, type RowSample } from './chunk.js';
import { type ChunkTable, MINUTE_MS, type SeriesName } from './chunk-table.js';

/**
 * Series (bed and metric) whose newest chunk is kept between writes: 5,000 beds with 12 metrics each, about 60 MB. With fewer places
 * than live series each write would read back what the one before has written.
 */
const SERIES_KEPT_MAX = 60_000;

interface Touched {
  readonly series: SeriesName;
  readonly minute: number;
  readonly chunk: Chunk;
}

const nameOf = ({ bed, metric }: SeriesName): string => `${bed}|${metric}`;

/**
 * The chunks that writes are in the middle of. The newest of each series is kept in memory from one write to the next; what comes for
 * an earlier minute is looked up each time.
 */
export class OpenChunks {
  /** Newest chunks by series, in the order in which they began. */
  private readonly newest = new Map<string, Touched>();
  /** What the write that runs has changed. */
  private touched = new Set<Touched>();
  /** Of those: such as are not kept as the newest of their series, by series and minute. */
  private others = new Map<string, Touched>();

  constructor(private readonly table: ChunkTable) {}

  add(series: SeriesName, atMs: number, sample: Omit<RowSample, 'offsetMs'>): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    this.chunkOf(series, minute).add({ ...sample, offsetMs: atMs - minute * MINUTE_MS });
  }

  /** Puts what was added into the table; to be called in the transaction that `done` or `undone` follows. */
  store(): void {
    for (const { series, minute, chunk } of this.touched) this.table.put(series, minute, chunk);
  }

  done(): void {
    this.touched = new Set();
    this.others = new Map();
  }

  /** The transaction came to nothing: what is in the table holds. */
  undone(): void {
    for (const { series } of this.touched) this.newest.delete(nameOf(series));
    this.done();
  }

  /** Somebody else is about to change rows of this series: what is kept of it would write back what has gone. */
  forget(series: SeriesName): void {
    this.newest.delete(nameOf(series));
  }

  /** The same of every series. Before anything of a write is added. */
  forgetAll(): void {
    this.newest.clear();
  }

  private chunkOf(series: SeriesName, minute: number): Chunk {
    const newest = this.newest.get(nameOf(series));
    if (newest?.minute === minute) {
      this.touched.add(newest);
      return newest.chunk;
    }
    const known = this.others.get(`${nameOf(series)}|${minute}`);
    if (known !== undefined) return known.chunk;
    const found = { series, minute, chunk: new Chunk(this.table.get(series, minute)) };
    this.touched.add(found);
    if (newest !== undefined && minute < newest.minute) this.others.set(`${nameOf(series)}|${minute}`, found);
    else this.keep(found);
    return found.chunk;
  }

  private keep(chunk: Touched): void {
    const name = nameOf(chunk.series);
    this.setAside(name);
    if (this.newest.size >= SERIES_KEPT_MAX) this.setAside(this.newest.keys().next().value!);
    this.newest.set(name, chunk);
  }

  /** What this write has changed and not stored yet must not be read back from the file. */
  private setAside(name: string): void {
    const chunk = this.newest.get(name);
    if (chunk === undefined) return;
    if (this.touched.has(chunk)) this.others.set(`${name}|${chunk.minute}`, chunk);
    this.newest.delete(name);
  }
}
