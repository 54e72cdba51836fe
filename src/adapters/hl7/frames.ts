import { INBOUND_BYTES_MAX } from '../../ports/inbound.js';

/** MLLP: VT, the message, FS, CR. Source: HL7 transport specification, MLLP release 1. */
const VT = 0x0b;
const FS = 0x1c;
const CR = 0x0d;
const FIRST_BYTES = 4 * 1024;

/** `outside`: something else than VT where a frame begins. `nested`: VT inside a frame, so that two would become one. `open`: FS without CR. */
export type BrokenFrame = 'outside' | 'nested' | 'open' | 'too-long';

export type Framed =
  { readonly is: 'frame'; readonly bytes: Buffer } | { readonly is: 'broken'; readonly why: BrokenFrame; readonly bytes: Buffer };

/**
 * Cuts a stream into the frames of MLLP, whatever chunks it comes in. It never guesses where a frame begins or ends: from the first
 * byte that is out of place on, nothing more is read. Holds one frame at most.
 *
 * Not supported: a frame in UTF-16, where VT is part of a letter.
 */
export class FrameReader {
  private kept = Buffer.allocUnsafe(FIRST_BYTES);
  private length = 0;
  private state: 'between' | 'inside' | 'ending' | 'broken' = 'between';

  constructor(private readonly bytesMax: number = INBOUND_BYTES_MAX) {}

  /** True from the first byte of a frame to its last. */
  get isInside(): boolean {
    return this.state === 'inside' || this.state === 'ending';
  }

  /** @returns what is complete now, in order; after what is broken, nothing */
  push(chunk: Uint8Array): readonly Framed[] {
    const found: Framed[] = [];
    for (let at = 0; at < chunk.length && this.state !== 'broken';) {
      at = this.state === 'inside' ? this.takeText(chunk, at, found) : this.takeMark(chunk, at, found);
    }
    return found;
  }

  /** One byte that is no text: the beginning of a frame, or the CR at its end. */
  private takeMark(chunk: Uint8Array, at: number, found: Framed[]): number {
    const byte = chunk[at]!;
    if (this.state === 'between') {
      if (byte === VT) this.state = 'inside';
      else this.breakOff('outside', chunk.subarray(at), found);
    } else if (byte === CR) {
      found.push({ is: 'frame', bytes: this.taken() });
      this.state = 'between';
    } else {
      this.breakOff('open', chunk.subarray(at), found);
    }
    return at + 1;
  }

  private takeText(chunk: Uint8Array, from: number, found: Framed[]): number {
    let to = from;
    while (to < chunk.length && chunk[to] !== VT && chunk[to] !== FS) to++;
    if (this.length + (to - from) > this.bytesMax) {
      this.breakOff('too-long', chunk.subarray(from, to), found);
      return to;
    }
    this.keep(chunk.subarray(from, to));
    if (to === chunk.length) return to;
    if (chunk[to] === FS) this.state = 'ending';
    else this.breakOff('nested', chunk.subarray(to), found);
    return to + 1;
  }

  /** What was there is kept for a person to look at, up to the bytes of one message. */
  private breakOff(why: BrokenFrame, rest: Uint8Array, found: Framed[]): void {
    this.keep(rest.subarray(0, this.bytesMax - this.length));
    found.push({ is: 'broken', why, bytes: this.taken() });
    this.state = 'broken';
  }

  /** Copies, because a slice would hold the whole chunk that it is of. */
  private keep(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (needed > this.kept.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.bytesMax, Math.max(needed, this.kept.length * 2)));
      this.kept.copy(larger, 0, 0, this.length);
      this.kept = larger;
    }
    this.kept.set(bytes, this.length);
    this.length = needed;
  }

  private taken(): Buffer {
    const bytes = Buffer.from(this.kept.subarray(0, this.length));
    this.length = 0;
    if (this.kept.length > FIRST_BYTES) this.kept = Buffer.allocUnsafe(FIRST_BYTES);
    return bytes;
  }
}

/** A message in a frame of its own. */
export function framed(text: string): Buffer {
  return Buffer.concat([Buffer.from([VT]), Buffer.from(text, 'utf8'), Buffer.from([FS, CR])]);
}
