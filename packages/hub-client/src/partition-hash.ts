/**
 * The partition that Event Hubs chooses for a partition key.
 *
 * It is the service's own hash (Jenkins lookup3, the two-word variant, seeds 0), so an event sent by key from one
 * process and by explicit partition from another ends in the same partition, and order per key holds across both.
 *
 * Not supported: keys hashed by buffered producers of other languages; some of them hash non-ASCII keys differently.
 *
 * @param partitionCount how many partitions the hub has; partition ids are "0" to "count - 1"
 */
export function partitionOf(key: string, partitionCount: number): string {
  return String(Math.abs(partitionHash(key) % partitionCount));
}

/** A signed 16-bit number; `partitionOf` takes the truncated remainder of it. */
export function partitionHash(key: string): number {
  const { b, c } = lookup3(Buffer.from(key, 'utf8'));
  return ((c ^ b) << 16) >> 16;
}

const rot = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

function lookup3(bytes: Buffer): { b: number; c: number } {
  let a = (0xdeadbeef + bytes.length) | 0;
  let b = a;
  let c = a;
  let at = 0;
  while (bytes.length - at > 12) {
    a = (a + bytes.readInt32LE(at)) | 0;
    b = (b + bytes.readInt32LE(at + 4)) | 0;
    c = (c + bytes.readInt32LE(at + 8)) | 0;
    a = ((a - c) | 0) ^ rot(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rot(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rot(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rot(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rot(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rot(b, 4);
    b = (b + a) | 0;
    at += 12;
  }
  if (at === bytes.length) return { b, c };
  // The last 1 to 12 bytes, as if followed by zeros.
  const tail = Buffer.alloc(12);
  bytes.copy(tail, 0, at);
  a = (a + tail.readInt32LE(0)) | 0;
  b = (b + tail.readInt32LE(4)) | 0;
  c = (c + tail.readInt32LE(8)) | 0;
  c = ((c ^ b) - rot(b, 14)) | 0;
  a = ((a ^ c) - rot(c, 11)) | 0;
  b = ((b ^ a) - rot(a, 25)) | 0;
  c = ((c ^ b) - rot(b, 16)) | 0;
  a = ((a ^ c) - rot(c, 4)) | 0;
  b = ((b ^ a) - rot(a, 14)) | 0;
  c = ((c ^ b) - rot(b, 24)) | 0;
  return { b, c };
}
