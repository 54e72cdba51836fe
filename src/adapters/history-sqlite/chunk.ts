/** The samples of one bed and metric within one minute, ascending by time. */
export interface Chunk {
  count: number;
  min: number;
  max: number;
  sum: number;
  /** `offsetMs` within the minute; `device` tells two devices apart that measure the same at the same moment. */
  samples: { offsetMs: number; device: number; value: number }[];
}

/** u16 offset, u32 device, f64 value, little-endian. */
const BYTES = 14;

export function emptyChunk(): Chunk {
  return { count: 0, min: Infinity, max: -Infinity, sum: 0, samples: [] };
}

/** Adds one sample in its place; one that is there already changes nothing. */
export function addSamples(chunk: Chunk, offsetMs: number, value: number, deviceId: string): void {
  const device = fnv1a(deviceId);
  const { samples } = chunk;
  let at = samples.length;
  while (at > 0 && samples[at - 1]!.offsetMs > offsetMs) at--;
  for (let i = at - 1; i >= 0 && samples[i]!.offsetMs === offsetMs; i--) if (samples[i]!.device === device) return;
  samples.splice(at, 0, { offsetMs, device, value });
  chunk.count += 1;
  chunk.sum += value;
  chunk.min = Math.min(chunk.min, value);
  chunk.max = Math.max(chunk.max, value);
}

export function encodeChunk(chunk: Chunk): Buffer {
  const bytes = Buffer.allocUnsafe(chunk.samples.length * BYTES);
  chunk.samples.forEach(({ offsetMs, device, value }, i) => {
    bytes.writeUInt16LE(offsetMs, i * BYTES);
    bytes.writeUInt32LE(device, i * BYTES + 2);
    bytes.writeDoubleLE(value, i * BYTES + 6);
  });
  return bytes;
}

export function decodeChunk(stored: Uint8Array): Chunk {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const chunk = emptyChunk();
  for (let at = 0; at + BYTES <= bytes.length; at += BYTES) {
    const value = bytes.readDoubleLE(at + 6);
    chunk.samples.push({ offsetMs: bytes.readUInt16LE(at), device: bytes.readUInt32LE(at + 2), value });
    chunk.count += 1;
    chunk.sum += value;
    chunk.min = Math.min(chunk.min, value);
    chunk.max = Math.max(chunk.max, value);
  }
  return chunk;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
