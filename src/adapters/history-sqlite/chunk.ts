/**
 * The samples of one bed and metric within one minute, ascending by time, as they are stored: each takes 14 bytes, so that a
 * chunk which is written again each second needs to be neither read nor made anew.
 */
export class Chunk {
  private bytes: Buffer;
  private used: number;
  count = 0;
  min = Infinity;
  max = -Infinity;
  sum = 0;

  /** @param stored samples that are there already; copied */
  constructor(stored: Uint8Array = NOTHING) {
    this.used = stored.byteLength - (stored.byteLength % BYTES);
    this.bytes = Buffer.alloc(Math.max(this.used, FIRST_BYTES));
    this.bytes.set(stored.subarray(0, this.used));
    for (let at = 0; at < this.used; at += BYTES) this.note(this.bytes.readDoubleLE(at + VALUE_AT));
  }

  /** What to store; valid until the next sample is added. */
  get encoded(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  get mean(): number {
    return this.sum / this.count;
  }

  /** Adds one sample in its place; one that is there already changes nothing. @param device as `deviceHash` names it */
  add(offsetMs: number, value: number, device: number): void {
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
    this.used += BYTES;
    this.note(value);
  }

  private makeRoom(): void {
    if (this.used + BYTES <= this.bytes.length) return;
    const larger = Buffer.alloc(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
  }

  private note(value: number): void {
    this.count += 1;
    this.sum += value;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }
}

/** u16 offset within the minute, u32 device (two devices may measure the same at the same moment), f64 value, little-endian. */
const BYTES = 14;
const DEVICE_AT = 2;
const VALUE_AT = 6;
/** Room for a sample every few seconds; a chunk with more grows. */
const FIRST_BYTES = 16 * BYTES;
const NOTHING = new Uint8Array(0);

export interface StoredSample {
  readonly offsetMs: number;
  readonly value: number;
  /** As `deviceHash` names it. */
  readonly device: number;
}

/** The samples of a stored chunk, in their order. */
export function decodeChunk(stored: Uint8Array): StoredSample[] {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const samples: StoredSample[] = [];
  for (let at = 0; at + BYTES <= bytes.length; at += BYTES) {
    const device = bytes.readUInt32LE(at + DEVICE_AT);
    samples.push({ offsetMs: bytes.readUInt16LE(at), value: bytes.readDoubleLE(at + VALUE_AT), device });
  }
  return samples;
}

/**
 * Parts a stored chunk: samples of this device from `fromMs` until before `toMs` (within the minute) are taken out of it.
 * @param device as `deviceHash` names it
 */
export function partChunk(
  stored: Uint8Array,
  { device, fromMs, toMs }: { readonly device: number; readonly fromMs: number; readonly toMs: number },
): { readonly kept: Chunk; readonly taken: readonly StoredSample[] } {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const kept = new Chunk();
  const taken: StoredSample[] = [];
  for (let at = 0; at + BYTES <= bytes.length; at += BYTES) {
    const offsetMs = bytes.readUInt16LE(at);
    const of = bytes.readUInt32LE(at + DEVICE_AT);
    const value = bytes.readDoubleLE(at + VALUE_AT);
    if (of === device && offsetMs >= fromMs && offsetMs < toMs) taken.push({ offsetMs, value, device });
    else kept.add(offsetMs, value, of);
  }
  return { kept, taken };
}

export function deviceHash(deviceId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < deviceId.length; i++) hash = Math.imul(hash ^ deviceId.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
