import { Origin } from '@vigil/contracts';
import { type LogRecord, RECORD_LANES, type RecordLane } from '../log-record.js';

/** What a run of records has in common. */
export interface TocSource {
  readonly lane: RecordLane;
  readonly key: string;
  readonly origin: Origin;
  /** Null for records that no device numbered: dead letters, states, gaps. */
  readonly deviceId: string | null;
  readonly bootId: string | null;
}

export interface TocEntry {
  /** Place on the spool. */
  readonly index: number;
  readonly source: TocSource;
  /** The device's own number of the message; null for what has none. */
  readonly seq: number | null;
  /** Event time. */
  readonly atMs: number;
}

/** What the spool needs of an event to name its loss. */
interface Facts {
  readonly deviceId?: unknown;
  readonly bootId?: unknown;
  readonly seq?: unknown;
  readonly atMs?: unknown;
  readonly origin?: unknown;
}

const HEAD_BYTES = 10;
/** A source number, a seq and a time, each a number of at most eight bytes of seven bits. */
const ENTRY_BYTES_MAX = 24;
const START_BYTES = 4_096;

/**
 * What a segment holds, in a few bytes a record: which device, boot and number at which place. It is made while records
 * are appended and kept apart from them, so that records that damage took can be named.
 *
 * first index(6) | bytes of sources(4) | sources(JSON) | per record: source, change of seq, change of time (varints)
 */
export class TocBuilder {
  private readonly sources = new Map<string, { readonly id: number; readonly source: TocSource; seq: number; atMs: number }>();
  private bytes = Buffer.allocUnsafe(START_BYTES);
  private length = 0;
  /** Records so far. */
  count = 0;
  /** Bytes of the bodies of numerics, and of all. */
  numericBytes = 0;
  allBytes = 0;

  constructor(private readonly first: number) {}

  /** @param wallMs stands in for the event time of a body that is no event */
  add(record: LogRecord, wallMs: number): void {
    const facts = factsOf(record);
    const named = typeof facts.deviceId === 'string' && typeof facts.bootId === 'string' && isCount(facts.seq);
    const deviceId = named ? (facts.deviceId as string) : null;
    const bootId = named ? (facts.bootId as string) : null;
    const origin = Origin.safeParse(facts.origin).data ?? 'live';
    const name = `${record.lane} ${record.key} ${origin} ${deviceId ?? ''} ${bootId ?? ''}`;
    let place = this.sources.get(name);
    if (place === undefined) {
      const source = { lane: record.lane, key: record.key, origin, deviceId, bootId };
      this.sources.set(name, (place = { id: this.sources.size, source, seq: 0, atMs: 0 }));
    }
    if (this.bytes.length - this.length < ENTRY_BYTES_MAX) this.grow();
    const seq = named ? (facts.seq as number) : 0;
    const atMs = isCount(facts.atMs) ? facts.atMs : wallMs;
    this.put(place.id);
    this.put(zigzag(seq - place.seq));
    this.put(zigzag(atMs - place.atMs));
    place.seq = seq;
    place.atMs = atMs;
    this.count++;
    this.allBytes += record.body.length;
    if (record.lane === 'numerics') this.numericBytes += record.body.length;
  }

  /** Places of which nothing is known. */
  addUnknown(count: number): void {
    if (count > 0 && !this.sources.has('')) {
      const source: TocSource = { lane: 'events', key: '', origin: 'live', deviceId: null, bootId: null };
      this.sources.set('', { id: this.sources.size, source, seq: 0, atMs: 0 });
    }
    const id = this.sources.get('')?.id ?? 0;
    for (let i = 0; i < count; i++) {
      if (this.bytes.length - this.length < ENTRY_BYTES_MAX) this.grow();
      for (const value of [id, 0, 0]) this.put(value);
      this.count++;
    }
  }

  encode(): Buffer {
    const sources = Buffer.from(
      JSON.stringify(
        [...this.sources.values()].map(({ source: s }) => [RECORD_LANES[s.lane], s.key, s.origin, s.deviceId, s.bootId]),
      ),
    );
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUIntBE(this.first, 0, 6);
    head.writeUInt32BE(sources.length, 6);
    return Buffer.concat([head, sources, this.bytes.subarray(0, this.length)]);
  }

  private put(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.bytes[this.length++] = (rest % 0x80) | 0x80;
    this.bytes[this.length++] = rest;
  }

  private grow(): void {
    const next = Buffer.allocUnsafe(this.bytes.length * 2);
    this.bytes.copy(next, 0, 0, this.length);
    this.bytes = next;
  }
}

/** @throws RangeError or SyntaxError for bytes that no builder made */
export function* readToc(bytes: Buffer): Generator<TocEntry> {
  const sourcesTo = HEAD_BYTES + bytes.readUInt32BE(6);
  const rows = JSON.parse(bytes.toString('utf8', HEAD_BYTES, sourcesTo)) as [
    number,
    string,
    Origin,
    string | null,
    string | null,
  ][];
  const places = rows.map(([lane, key, origin, deviceId, bootId]) => ({
    source: { lane: laneOf(lane), key, origin, deviceId, bootId } satisfies TocSource,
    seq: 0,
    atMs: 0,
  }));
  let at = sourcesTo;
  const next = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  };
  for (let index = bytes.readUIntBE(0, 6); at < bytes.length; index++) {
    const place = places[next()];
    if (place === undefined) throw new RangeError('a table of contents with a source that it does not name');
    place.seq += unzigzag(next());
    place.atMs += unzigzag(next());
    if (place.source.key === '') continue;
    yield { index, source: place.source, seq: place.source.deviceId === null ? null : place.seq, atMs: place.atMs };
  }
}

function laneOf(code: number): RecordLane {
  const lane = (Object.keys(RECORD_LANES) as RecordLane[]).find((name) => RECORD_LANES[name] === code);
  if (lane === undefined) throw new RangeError('a lane that this version does not know');
  return lane;
}

function factsOf(record: LogRecord & { readonly event?: unknown }): Facts {
  if (typeof record.event === 'object' && record.event !== null) return record.event;
  try {
    const value: unknown = JSON.parse(record.body.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Twice as large at most, so the bound leaves a bit for the sign. */
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 51;

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
