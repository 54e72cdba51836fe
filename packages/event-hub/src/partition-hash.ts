/**
 * The partition of a key, the same as the service and the official clients compute.
 *
 * Jenkins' lookup3 (`hashlittle2`, both seeds 0) over the key's UTF-8 bytes; the two words are xored, cut to a signed
 * 16-bit number and taken modulo the partition count, truncated. A buffered producer in another language may place
 * non-ASCII keys elsewhere (its own hash differs from the service's); producers that leave the choice to the hub agree.
 */
export function partitionOfKey(key: string, partitionCount: number): number {
  return Math.abs(hashKey(key) % partitionCount);
}

/** The signed 16-bit hash of a key. */
export function hashKey(key: string): number {
  const data = Buffer.from(key, 'utf8');
  const { b, c } = lookup3(data);
  return ((b ^ c) << 16) >> 16;
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** Little-endian word at `at`; bytes past the end count as zero. */
function word(data: Buffer, at: number): number {
  return (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16) | ((data[at + 3] ?? 0) << 24);
}

/** Names and order of the steps are those of the published algorithm. */
function lookup3(data: Buffer): { b: number; c: number } {
  let a = (0xdeadbeef + data.length) | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; data.length - at > 12; at += 12) {
    a = (a + word(data, at)) | 0;
    b = (b + word(data, at + 4)) | 0;
    c = (c + word(data, at + 8)) | 0;
    a = ((a - c) | 0) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 4);
    b = (b + a) | 0;
  }
  if (at === data.length) return { b, c };
  a = (a + word(data, at)) | 0;
  b = (b + word(data, at + 4)) | 0;
  c = (c + word(data, at + 8)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return { b, c };
}
