import { chainNext, leafHash } from './hash.js';
import type { ChainState } from './chain-state.js';
import type { MerkleFrontier, OnNode } from './merkle-frontier.js';

/** Places that are told one by one; beyond, they are only counted. */
export const PLACES_MAX = 1000;

export type ColumnValue = string | number | null;

/** One entry as it lies in the store, in the order of `seq`. */
export interface StoredEntry {
  readonly seq: number;
  /** The bytes that were hashed when it was written. */
  readonly entry: Uint8Array;
  readonly chain: Uint8Array;
  /** What the store keeps beside the entry for searches. */
  readonly columns?: Readonly<Record<string, ColumnValue>>;
}

/** What an entry says of itself; null fields where it says nothing readable. */
export interface EntryFacts {
  readonly seq: number | null;
  readonly columns: Readonly<Record<string, ColumnValue>>;
  /** Set in the entry that records a disposal: entries up to this one may be gone. */
  readonly disposedTo: number | null;
}

/** Both ends inclusive. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Neighbouring rows whose content carries another number, all as far off; `shift` is null where it carries none. */
export interface DisplacedRun extends Range {
  readonly shift: number | null;
}

const NO_FACTS: EntryFacts = { seq: null, columns: {}, disposedTo: null };

/**
 * Goes over the entries once, in order, and collects what does not fit. Memory does not grow with the log.
 *
 * Each link is checked from the stored chain value before it, so that one change breaks one link and not all after it.
 */
export class LogWalk {
  rows = 0;
  lastSeq: number;
  lastChain: Uint8Array;
  /** Highest number that the content of any row in a place of its own carries. */
  highestNumber: number;
  disposedTo = 0;
  readonly brokenLinks: number[] = [];
  readonly gaps: Range[] = [];
  readonly displaced: DisplacedRun[] = [];
  readonly wrongColumns: { readonly seq: number; readonly names: readonly string[] }[] = [];
  /** True once there was more to tell than is kept. */
  overflowed = false;
  /** The tree over what was read; says nothing once a number was missing. */
  readonly frontier: MerkleFrontier;
  /** What the last row's chain value should have been. */
  private computed: Uint8Array;

  constructor(
    start: ChainState,
    private readonly factsOf: ((entry: Uint8Array) => EntryFacts | null) | null,
    private readonly onNode?: OnNode,
  ) {
    this.frontier = start.frontier.copy();
    this.lastSeq = start.size;
    this.highestNumber = start.size;
    this.lastChain = start.chainHead;
    this.computed = start.chainHead;
  }

  /** True when nothing so far was missing, out of place or broken: roots can then be compared. */
  get isWhole(): boolean {
    return this.gaps.length + this.displaced.length + this.brokenLinks.length === 0;
  }

  take(row: StoredEntry): void {
    this.rows += 1;
    if (row.seq !== this.lastSeq + 1) this.keep(this.gaps, { from: this.lastSeq + 1, to: row.seq - 1 });
    this.checkLink(row);
    if (this.factsOf !== null) this.checkContent(row, this.factsOf(row.entry) ?? NO_FACTS);
    this.frontier.append(leafHash(row.entry), this.isWhole ? this.onNode : undefined);
    this.lastSeq = row.seq;
    this.lastChain = row.chain;
  }

  private checkLink(row: StoredEntry): void {
    const expected = chainNext(this.lastChain, row.seq, row.entry);
    // Where only the chain value of the row before was changed, this one follows from what that should have been.
    const follows = expected.equals(row.chain) || chainNext(this.computed, row.seq, row.entry).equals(row.chain);
    if (!follows) this.keep(this.brokenLinks, row.seq);
    this.computed = expected;
  }

  private checkContent(row: StoredEntry, facts: EntryFacts): void {
    if (facts.seq === row.seq) this.highestNumber = Math.max(this.highestNumber, facts.seq);
    else this.displace(row.seq, facts.seq === null ? null : facts.seq - row.seq);
    if (facts.disposedTo !== null) this.disposedTo = Math.max(this.disposedTo, facts.disposedTo);
    if (row.columns === undefined) return;
    const names = differing(row.columns, facts.columns);
    if (names.length > 0) this.keep(this.wrongColumns, { seq: row.seq, names });
  }

  private displace(seq: number, shift: number | null): void {
    const last = this.displaced.at(-1);
    if (last !== undefined && last.to === seq - 1 && last.shift === shift) {
      this.displaced[this.displaced.length - 1] = { from: last.from, to: seq, shift };
    } else {
      this.keep(this.displaced, { from: seq, to: seq, shift });
    }
  }

  private keep<T>(places: T[], place: T): void {
    if (places.length < PLACES_MAX) places.push(place);
    else this.overflowed = true;
  }
}

type Columns = Readonly<Record<string, ColumnValue>>;

/** Columns that are not the same in both; what is absent is null. Written for the case that all are. */
function differing(stored: Columns, said: Columns): readonly string[] {
  const names: string[] = [];
  for (const name in stored) if (!isSame(stored[name], said[name])) names.push(name);
  for (const name in said) if (!(name in stored) && !isSame(undefined, said[name])) names.push(name);
  return names;
}

/** Numbers may come back as text from a store. */
function isSame(stored: ColumnValue | undefined, said: ColumnValue | undefined): boolean {
  return stored === said || String(stored ?? null) === String(said ?? null);
}
