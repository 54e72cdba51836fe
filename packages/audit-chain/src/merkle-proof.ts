import { nodeHash } from './hash.js';
import { EMPTY_ROOT, type MerkleFrontier } from './merkle-frontier.js';

/** The hash of the perfect subtree of 2^level leaves, the index-th of its level; null where it is not at hand. */
export type ReadNode = (level: number, index: number) => Promise<Buffer | null>;

/**
 * Reads nodes where only the frontier at an earlier size and the leaves since are known: all that a proof needs about
 * anything since that size. Makes consistency proofs between checkpoints, and proofs above a pruned prefix.
 */
export function nodesAfter(frontier: MerkleFrontier, leafAt: (index: number) => Promise<Buffer | null>): ReadNode {
  const known = frontier.copy();
  return async (level, index) => {
    if (level === 0 && index >= known.size) return leafAt(index);
    return known.nodeAt(level, index);
  };
}

/**
 * Shows that leaf `index` is in the tree of `size` leaves: O(log n) hashes from below. Source: RFC 9162 §2.1.3.1.
 *
 * @throws RangeError when there is no such leaf; Error when a node that is needed is not at hand
 */
export async function inclusionProof(index: number, size: number, nodes: ReadNode): Promise<Buffer[]> {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) throw new RangeError(`leaf ${index} of ${size}`);
  const path: Buffer[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      path.unshift(await rangeHash(middle, to, nodes));
      to = middle;
    } else {
      path.unshift(await rangeHash(from, middle, nodes));
      from = middle;
    }
  }
  return path;
}

/**
 * Shows that the tree of `second` leaves begins with the tree of `first` leaves. Source: RFC 9162 §2.1.4.1.
 *
 * Empty for equal sizes and for an empty first tree, where there is nothing to show.
 *
 * @throws RangeError when the first tree is larger; Error when a node that is needed is not at hand
 */
export async function consistencyProof(first: number, second: number, nodes: ReadNode): Promise<Buffer[]> {
  if (!(first >= 0 && first <= second)) throw new RangeError(`from ${first} leaves to ${second}`);
  if (first === 0 || first === second) return [];
  const path: Buffer[] = [];
  let [from, to] = [0, second];
  while (to !== first) {
    const middle = from + splitOf(to - from);
    if (first <= middle) {
      path.unshift(await rangeHash(middle, to, nodes));
      to = middle;
    } else {
      path.unshift(await rangeHash(from, middle, nodes));
      from = middle;
    }
  }
  // What is left is the last subtree of the first tree. When it is all of that tree, the verifier has its hash already.
  if (from > 0) path.unshift(await rangeHash(from, to, nodes));
  return path;
}

/** True when the path leads from the leaf's hash to the root. Source: RFC 9162 §2.1.3.2. */
export function isIncluded(proof: {
  readonly leaf: Buffer;
  readonly index: number;
  readonly size: number;
  readonly root: Buffer;
  readonly path: readonly Buffer[];
}): boolean {
  const { leaf, index, size, root, path } = proof;
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) return false;
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const other of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(other, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = nodeHash(hash, other);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && hash.equals(root);
}

/** One tree as its size and root say it is. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/**
 * True when the second tree is the first with leaves added at its end: nothing that the first held was changed, taken
 * out or moved. Source: RFC 9162 §2.1.4.2.
 */
export function isConsistent(first: TreeHead, second: TreeHead, path: readonly Buffer[]): boolean {
  if (first.size > second.size) return false;
  if (first.size === second.size) return path.length === 0 && first.root.equals(second.root);
  if (first.size === 0) return path.length === 0 && first.root.equals(EMPTY_ROOT);
  let [fn, sn] = [first.size - 1, second.size - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  // Where the first tree is a perfect subtree of the second, its root is not part of the path.
  const [start, ...rest] = fn === 0 ? [first.root, ...path] : path;
  if (start === undefined) return false;
  let [fr, sr] = [start, start];
  for (const other of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [nodeHash(other, fr), nodeHash(other, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, other);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && fr.equals(first.root) && sr.equals(second.root);
}

function half(value: number): number {
  return Math.floor(value / 2);
}

/** The largest power of two below `count`, which is at least 2. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** The level of a perfect subtree of `width` leaves; null when no perfect subtree has as many. */
function levelOf(width: number): number | null {
  let [level, power] = [0, 1];
  for (; power < width; level += 1) power *= 2;
  return power === width ? level : null;
}

/** The hash over leaves [from, to); in these trees every range begins at a multiple of its width. */
async function rangeHash(from: number, to: number, nodes: ReadNode): Promise<Buffer> {
  const width = to - from;
  const level = levelOf(width);
  const known = level === null ? null : await nodes(level, from / width);
  if (known !== null) return known;
  if (width === 1) throw new Error(`leaf ${from} of the tree is not at hand`);
  const middle = from + splitOf(width);
  return nodeHash(await rangeHash(from, middle, nodes), await rangeHash(middle, to, nodes));
}
