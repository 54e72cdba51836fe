import type { Quality } from '@vigil/contracts';

/** A sample within the minute or hour of the row that holds it. */
export interface RowSample {
  readonly offsetMs: number;
  readonly value: number;
  /** As `deviceHash` names it. */
  readonly device: number;
  readonly quality: Quality;
}

/**
 * Qualities as stored: their place in this list, for ever. Not that of the contract, which may be sorted anew.
 */
const QUALITIES: readonly Quality[] = [
  ...(['valid', 'questionable', 'leadsOff', 'artefact', 'calibration', 'outOfRange', 'notMeasured'] as const),
];
const VALID = 0;
const QUESTIONABLE = 1;
const CODES = new Map(QUALITIES.map((quality, code) => [quality, code]));

export const qualityCode = (quality: Quality): number => CODES.get(quality) ?? QUESTIONABLE;
/** What is not known is doubted. */
export const qualityOf = (code: number): Quality => QUALITIES[code] ?? 'questionable';

/** A stored chunk: its samples, and the quality of each; null where all are valid, as in rows of before quality was kept. */
export interface StoredChunk {
  readonly samples: Uint8Array;
  readonly quality: Uint8Array | null;
}

/**
 * The samples of one bed and metric within one minute, ascending by time, as they are stored: each takes 14 bytes, so that a
 * chunk which is written again each second needs to be neither read nor made anew. Qualities stand beside them, a byte each, from
 * the first on that is not `valid`.
 */
export class Chunk {
  private bytes: Buffer;
  private used: number;
  private codes: Uint8Array | null;
  count = 0;
  min = Infinity;
  max = -Infinity;
  sum = 0;
  questionable = 0;

  /** @param stored what is there already; copied */
  constructor(stored?: StoredChunk) {
    const samples = stored?.samples ?? NOTHING;
    this.used = samples.byteLength - (samples.byteLength % BYTES);
    this.bytes = Buffer.alloc(Math.max(this.used, FIRST_BYTES));
    this.bytes.set(samples.subarray(0, this.used));
    const codes = codesOf(this.used / BYTES, stored?.quality ?? null);
    this.codes = codes === null ? null : this.roomFor(codes);
    for (let n = 0; n * BYTES < this.used; n++) this.note(this.bytes.readDoubleLE(n * BYTES + VALUE_AT), codes?.[n] ?? VALID);
  }

  /** What to store; valid until the next sample is added. */
  get encoded(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  /** Likewise; null: all are valid. */
  get quality(): Uint8Array | null {
    return this.codes?.subarray(0, this.count) ?? null;
  }

  get mean(): number {
    return this.sum / this.count;
  }

  /** Adds one sample in its place; one that is there already changes nothing. @param device as `deviceHash` names it */
  add({ offsetMs, value, device, quality }: RowSample): void {
    let at = this.used;
    while (at > 0 && this.bytes.readUInt16LE(at - BYTES) > offsetMs) at -= BYTES;
    for (let same = at - BYTES; same >= 0 && this.bytes.readUInt16LE(same) === offsetMs; same -= BYTES) {
      if (this.bytes.readUInt32LE(same + DEVICE_AT) === device) return;
    }
    this.makeRoom();
    if (at < this.used) this.bytes.copyWithin(at + BYTES, at, this.used);
    this.bytes.writeUInt16LE(offsetMs, at);
    this.bytes.writeUInt32LE(device, at + DEVICE_AT);
    this.bytes.writeDoubleLE(value, at + VALUE_AT);
    const code = qualityCode(quality);
    this.addCode(at / BYTES, code);
    this.used += BYTES;
    this.note(value, code);
  }

  private addCode(place: number, code: number): void {
    if (this.codes === null && code === VALID) return;
    this.codes ??= this.roomFor(NOTHING);
    this.codes.copyWithin(place + 1, place, this.count);
    this.codes[place] = code;
  }

  private makeRoom(): void {
    if (this.used + BYTES <= this.bytes.length) return;
    const larger = Buffer.alloc(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
    if (this.codes !== null) this.codes = this.roomFor(this.codes);
  }

  private roomFor(codes: Uint8Array): Uint8Array {
    const room = new Uint8Array(this.bytes.length / BYTES);
    room.set(codes);
    return room;
  }

  private note(value: number, code: number): void {
    this.count += 1;
    this.sum += value;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    if (code !== VALID) this.questionable += 1;
  }
}

/** u16 offset within the minute, u32 device (two devices may measure the same at the same moment), f64 value, little-endian. */
const BYTES = 14;
const DEVICE_AT = 2;
const VALUE_AT = 6;
/** Room for a sample every few seconds; a chunk with more grows. */
const FIRST_BYTES = 16 * BYTES;
const NOTHING = new Uint8Array(0);

/**
 * An older Vigil writes samples into a row and leaves its qualities as they are. Which is whose cannot be told then, so all of that
 * minute are doubted, because one of them was.
 */
function codesOf(samples: number, quality: Uint8Array | null): Uint8Array | null {
  if (quality === null || quality.length === samples) return quality;
  return new Uint8Array(samples).fill(QUESTIONABLE);
}

/** The samples of a stored chunk, in their order. */
export function decodeChunk(stored: StoredChunk): RowSample[] {
  const { samples } = stored;
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const count = Math.floor(bytes.length / BYTES);
  const codes = codesOf(count, stored.quality);
  const decoded: RowSample[] = [];
  for (let n = 0; n < count; n++) {
    const at = n * BYTES;
    const device = bytes.readUInt32LE(at + DEVICE_AT);
    const quality = qualityOf(codes?.[n] ?? VALID);
    decoded.push({ offsetMs: bytes.readUInt16LE(at), value: bytes.readDoubleLE(at + VALUE_AT), device, quality });
  }
  return decoded;
}

/**
 * Parts a stored chunk: samples from `fromMs` until before `toMs` (within the minute) are taken out of it.
 * @param device as `deviceHash` names it; null: of all
 */
export function partChunk(
  stored: StoredChunk,
  { device, fromMs, toMs }: { readonly device: number | null; readonly fromMs: number; readonly toMs: number },
): { readonly kept: Chunk; readonly taken: readonly RowSample[] } {
  const kept = new Chunk();
  const taken: RowSample[] = [];
  for (const sample of decodeChunk(stored)) {
    const isTaken = (device === null || sample.device === device) && sample.offsetMs >= fromMs && sample.offsetMs < toMs;
    if (isTaken) taken.push(sample);
    else kept.add(sample);
  }
  return { kept, taken };
}

export function deviceHash(deviceId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < deviceId.length; i++) hash = Math.imul(hash ^ deviceId.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
