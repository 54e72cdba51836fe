import { chainNext, EMPTY_HEAD, HASH_BYTES, leafHash } from './hash.js';
import { MerkleFrontier, type OnNode } from './merkle-frontier.js';

/**
 * What the writer of the log carries from one entry to the next: the head of the chain and the frontier of the tree.
 *
 * Entries are numbered from 1 without a gap; the size of the log is the number of its last entry. One writer at a
 * time: the number, both hashes and the entry are stored in one transaction, or not at all.
 */
export class ChainState {
  private constructor(
    private head: Buffer,
    readonly frontier: MerkleFrontier,
  ) {}

  static empty(): ChainState {
    return new ChainState(EMPTY_HEAD, MerkleFrontier.empty());
  }

  /** Reads what `serialise` wrote. @throws Error when the text is not of that form */
  static restore(text: string): ChainState {
    const at = text.indexOf(' ');
    const head = Buffer.from(text.slice(0, Math.max(at, 0)), 'base64');
    if (head.length !== HASH_BYTES) throw new Error('not the state of an audit chain: expected the head in base64');
    return new ChainState(head, MerkleFrontier.restore(text.slice(at + 1)));
  }

  /** Entries so far; also the number of the last one. */
  get size(): number {
    return this.frontier.size;
  }

  /** The number that the next entry has to carry in its content. */
  get nextSeq(): number {
    return this.size + 1;
  }

  /** The chain's last link. */
  get chainHead(): Buffer {
    return this.head;
  }

  /** Takes the canonical bytes of entry `nextSeq`. @returns its link */
  append(entry: Uint8Array, onNode?: OnNode): Buffer {
    this.head = chainNext(this.head, this.nextSeq, entry);
    this.frontier.append(leafHash(entry), onNode);
    return this.head;
  }

  copy(): ChainState {
    return new ChainState(this.head, this.frontier.copy());
  }

  /** One line of text, at most 2.5 KiB. */
  serialise(): string {
    return `${this.head.toString('base64')} ${this.frontier.serialise()}`;
  }
}
