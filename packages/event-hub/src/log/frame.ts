import { crc32 } from 'node:zlib';

/**
 * A frame is what one group commit writes: magic u32 | length u32 | crc32 u32 | sealed bytes.
 *
 * One write makes one frame, and the next write starts only when this one is on disk. So after a crash at most the
 * last frame is torn, and a broken frame with a good one behind it is corruption, not a crash.
 */
export const FRAME_HEAD_BYTES = 12;
const MAGIC = Buffer.from('VFRM', 'latin1');
const MAGIC_WORD = MAGIC.readUInt32BE(0);

/** Writes the head in front of the sealed bytes, which stand in `frame` behind it already. */
export function writeFrameHead(frame: Buffer, sealed: Buffer): void {
  frame.writeUInt32BE(MAGIC_WORD, 0);
  frame.writeUInt32BE(sealed.length, 4);
  frame.writeUInt32BE(crc32(sealed), 8);
}

/** The sealed bytes of the frame at `at`, or null when no whole and unharmed frame starts there. */
export function frameAt(bytes: Buffer, at: number): Buffer | null {
  if (bytes.length - at < FRAME_HEAD_BYTES || bytes.readUInt32BE(at) !== MAGIC_WORD) return null;
  const from = at + FRAME_HEAD_BYTES;
  const size = bytes.readUInt32BE(at + 4);
  if (size === 0 || size > bytes.length - from) return null;
  const sealed = bytes.subarray(from, from + size);
  return crc32(sealed) === bytes.readUInt32BE(at + 8) ? sealed : null;
}

/** Where the next unharmed frame starts, at or behind `at`, of which `isOurs` says yes too; null when there is none. */
export function nextFrame(bytes: Buffer, at: number, isOurs: (position: number, sealed: Buffer) => boolean): number | null {
  for (let pos = bytes.indexOf(MAGIC, at); pos !== -1; pos = bytes.indexOf(MAGIC, pos + 1)) {
    const sealed = frameAt(bytes, pos);
    if (sealed !== null && isOurs(pos, sealed)) return pos;
  }
  return null;
}

/** What a frame is bound to besides its segment: where it starts. */
export function frameAad(position: number): Buffer {
  const aad = Buffer.alloc(8);
  aad.writeUInt32BE(position, 4);
  return aad;
}
