/** Whole numbers in as many bytes as they need, seven bits each; signed ones fold to unsigned. Up to 2^53. */
export class VarintWriter {
  private bytes = Buffer.alloc(4_096);
  private used = 0;

  get written(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  unsigned(value: number): void {
    this.room(8);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.used++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.used++] = rest;
  }

  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    this.room(8);
    this.used = this.bytes.writeDoubleLE(value, this.used);
  }

  private room(bytes: number): void {
    if (this.used + bytes <= this.bytes.length) return;
    const larger = Buffer.alloc(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

export class VarintReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  unsigned(): number {
    let value = 0;
    let weight = 1;
    for (;;) {
      const byte = this.bytes[this.at++]!;
      value += (byte & 127) * weight;
      if (byte < 128) return value;
      weight *= 128;
    }
  }

  signed(): number {
    const folded = this.unsigned();
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
  }

  double(): number {
    const value = this.bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }
}
