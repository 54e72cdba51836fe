import { createHash } from 'node:crypto';
import { HASH_BYTES, nodeHash } from './hash.js';

/** Is told of each perfect subtree as it becomes complete: 2^level leaves, the index-th of its level. */
export type OnNode = (level: number, index: number, hash: Buffer) => void;

/** The root of a tree without leaves. Source: RFC 9162 §2.1.1. */
export const EMPTY_ROOT: Buffer = createHash('sha256').digest();

/**
 * The right edge of a growing Merkle tree: all that an append and the root need, in O(log n).
 *
 * One hash per set bit of the size, largest subtree first. Leaves are numbered from 0; the leaf of entry `seq` is
 * `seq - 1`. What went before can't be read back from it: see `nodesAfter` for proofs.
 */
export class MerkleFrontier {
  private constructor(
    private count: number,
    private readonly hashes: Buffer[],
  ) {}

  static empty(): MerkleFrontier {
    return new MerkleFrontier(0, []);
  }

  /** Reads what `serialise` wrote. @throws Error when the text is not of that form */
  static restore(text: string): MerkleFrontier {
    const [size, ...rest] = text.split(' ');
    const count = Number(size);
    const hashes = rest.map((part) => Buffer.from(part, 'base64'));
    const whole = Number.isSafeInteger(count) && count >= 0 && String(count) === size;
    if (!whole || hashes.length !== onesIn(count) || hashes.some((hash) => hash.length !== HASH_BYTES)) {
      throw new Error('not the frontier of a Merkle tree: expected a size and one hash per set bit of it');
    }
    return new MerkleFrontier(count, hashes);
  }

  /** Leaves so far. */
  get size(): number {
    return this.count;
  }

  append(leaf: Buffer, onNode?: OnNode): void {
    let [hash, level, index] = [leaf, 0, this.count];
    onNode?.(level, index, hash);
    while (index % 2 === 1) {
      hash = nodeHash(this.hashes.pop()!, hash);
      level += 1;
      index = (index - 1) / 2;
      onNode?.(level, index, hash);
    }
    this.hashes.push(hash);
    this.count += 1;
  }

  /** The hash of the whole tree (MTH of RFC 9162 §2.1.1). */
  root(): Buffer {
    return this.hashes.length === 0 ? EMPTY_ROOT : this.hashes.reduceRight((right, left) => nodeHash(left, right));
  }

  /** The perfect subtree at that place, where it is part of the frontier itself; else null. */
  nodeAt(level: number, index: number): Buffer | null {
    const width = 2 ** level;
    if (Math.floor(this.count / width) % 2 === 0) return null;
    const before = Math.floor(this.count / (2 * width));
    return index === before * 2 ? (this.hashes[onesIn(before)] ?? null) : null;
  }

  copy(): MerkleFrontier {
    return new MerkleFrontier(this.count, [...this.hashes]);
  }

  /** One line of text: the size, then the hashes in base64, apart by spaces. At most 2.4 KiB. */
  serialise(): string {
    return [String(this.count), ...this.hashes.map((hash) => hash.toString('base64'))].join(' ');
  }
}

/** Set bits of a whole number; sizes go beyond 32 bits, so no bit operators. */
function onesIn(count: number): number {
  let ones = 0;
  for (let rest = count; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}
