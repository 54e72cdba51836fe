import { ChainState } from './chain-state.js';
import type { Checkpoint } from './checkpoint.js';
import { CheckpointTrail, KnownKeys, type UncheckedNote } from './checkpoint-trail.js';
import { EMPTY_HEAD } from './hash.js';
import type { OnNode } from './merkle-frontier.js';
import type { Finding, FindingKind } from './findings.js';
import { merge, nameFindings } from './name-findings.js';
import type { NoteKey } from './signed-note.js';
import { type EntryFacts, LogWalk, type StoredEntry } from './walk.js';

const PROGRESS_EVERY = 10_000;
/** Of an anchor's notes that agree with the log, every so many-th has its signature checked, and the newest. */
const SIGNATURES_EVERY = 100;
/** Findings of one verification; a log that has more is beyond telling them apart. */
const FINDINGS_MAX = 200;

/** Where a log with a pruned beginning starts. */
export interface PrunedBase {
  /** `ChainState.serialise()` at the last pruned entry. */
  readonly state: string;
  /**
   * The checkpoint that was signed at exactly that size. Null in an extract, whose beginning needs no signature: only
   * the right one leads to the checkpoints that follow, and without one of those an extract is not verified.
   */
  readonly note: string | null;
}

export interface AnchorNotes {
  readonly name: string;
  /** Notes by the size that they speak of, smallest first. */
  readonly notes: AsyncIterable<string>;
}

export interface VerifyAudit {
  /** All entries that are left, by number. */
  readonly entries: AsyncIterable<StoredEntry>;
  /** What an entry says of itself; null when it can't be read. Without it, columns and moved entries go unseen. */
  readonly factsOf?: (entry: Uint8Array) => EntryFacts | null;
  readonly base?: PrunedBase | null;
  /** The store's own checkpoints, smallest first. */
  readonly checkpoints: AsyncIterable<string>;
  readonly anchors?: readonly AnchorNotes[];
  /** What the verifier itself saw last, kept where the store's owner can't write. */
  readonly lastSeen?: string | null;
  /** `ChainState.serialise()` from which the writer goes on. */
  readonly writerState?: string | null;
  /** Guards of the store that should be there and are not. */
  readonly missingGuards?: readonly string[];
  /** Told of each perfect subtree while nothing was found: a store that keeps them compares. */
  readonly onNode?: OnNode;
  /** Asked at the end: places in indexes beside the entries that do not fit, with what they are. */
  readonly strayIndexes?: () => readonly { readonly from: number; readonly to: number; readonly detail: string }[];
  readonly publicKeys: readonly NoteKey[];
  /** Called every 10,000 entries. */
  readonly onProgress?: (entries: number) => void;
}

export interface AnchorReport {
  readonly name: string;
  readonly notes: number;
  readonly unreadable: number;
  /** The newest note of a known key; null without one. */
  readonly newest: Checkpoint | null;
}

export interface AuditReport {
  /** Nothing is wrong with what could be checked; `trusted` says up to where that is worth something. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** More was wrong than is listed. */
  readonly hasMore: boolean;
  readonly entries: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Stored checkpoints that a known key signed. */
  readonly checkpoints: number;
  readonly anchors: readonly AnchorReport[];
  /** The newest checkpoint that the log agrees with, as a note: what the verifier should keep as its last seen. */
  readonly newest: { readonly note: string; readonly checkpoint: Checkpoint } | null;
  /** The keys given and those that checkpoints announced. */
  readonly publicKeys: readonly NoteKey[];
}

/**
 * Checks a log against its checkpoints, against those that others kept, and against itself. Reads it once.
 *
 * What it can't see: an entry written by somebody who can write to the store, at the end of the log, before the next
 * checkpoint, with its link. From the next checkpoint on it is in the log like any other.
 *
 * Never throws for what is wrong with the log; what the iterables throw is passed on.
 */
export async function verifyAudit(input: VerifyAudit): Promise<AuditReport> {
  const keys = new KnownKeys(input.publicKeys);
  const { start, findings } = openBase(input.base ?? null, keys);
  const verification = new Verification(new LogWalk(start, input.factsOf ?? null, input.onNode), start, keys, input, findings);
  return verification.run();
}

function openBase(base: PrunedBase | null, keys: KnownKeys): { readonly start: ChainState; readonly findings: Finding[] } {
  if (base === null) return { start: ChainState.empty(), findings: [] };
  let start: ChainState;
  try {
    start = ChainState.restore(base.state);
  } catch {
    return { start: ChainState.empty(), findings: [{ kind: 'base', from: 0, to: 0, detail: 'its state is not readable' }] };
  }
  if (base.note === null) return { start, findings: [] };
  const signed = keys.trusted(base.note);
  const agrees = signed !== null && isAt(signed, start.size, start.chainHead) && signed.root.equals(start.frontier.root());
  const finding: Finding = { kind: 'base', from: 1, to: start.size, detail: signed === null ? 'not signed by a known key' : '' };
  return { start, findings: agrees ? [] : [finding] };
}

function isAt(checkpoint: Checkpoint, size: number, head: Uint8Array): boolean {
  return checkpoint.size === size && checkpoint.head.equals(head);
}

/** Trusted checkpoints of one source that the log does not agree with, without one between them that it agrees with. */
interface Streak {
  /** Size of the source's last checkpoint before it that the log agrees with. */
  readonly after: number;
  /** Size of the first that it does not agree with. */
  readonly size: number;
  readonly seenBy: string;
}

/** How far the log agrees with one source: a forked log may be signed well in one and give itself away in another. */
interface Agreement {
  readonly size: number;
  readonly inStreak: boolean;
}

class Verification {
  private readonly inside: CheckpointTrail;
  private readonly outside: readonly CheckpointTrail[];
  private readonly streaks: Streak[] = [];
  private readonly agreements = new Map<CheckpointTrail, Agreement>();
  private readonly anchored = new Map<string, Checkpoint>();
  private readonly unchecked = new Map<CheckpointTrail, UncheckedNote>();
  private checkpoints = 0;
  private newest: AuditReport['newest'] = null;
  private beyond: { readonly size: number; readonly seenBy: string } | null = null;
  private lastInsideSize = -1;
  private hasMore = false;

  constructor(
    private readonly walk: LogWalk,
    private readonly start: ChainState,
    private readonly keys: KnownKeys,
    private readonly input: VerifyAudit,
    private readonly findings: Finding[],
  ) {
    this.inside = new CheckpointTrail('the database', input.checkpoints);
    const lastSeen =
      input.lastSeen === null || input.lastSeen === undefined ? [] : [{ name: 'last seen', notes: once(input.lastSeen) }];
    this.outside = [...lastSeen, ...(input.anchors ?? [])].map(({ name, notes }) => new CheckpointTrail(name, notes));
  }

  async run(): Promise<AuditReport> {
    await this.checkpointsAt(this.start.size);
    for await (const row of this.input.entries) {
      if (row.seq > this.walk.lastSeq + 1) await this.checkpointsAt(row.seq - 1, true);
      this.walk.take(row);
      if (this.nextCheckpoint() <= row.seq) await this.checkpointsAt(row.seq);
      if (this.walk.rows % PROGRESS_EVERY === 0) this.input.onProgress?.(this.walk.rows);
    }
    await this.checkpointsAt(Infinity, true);
    for (const trail of this.outside) this.settle(trail);
    this.checkEnd();
    return this.report();
  }

  private nextCheckpoint(): number {
    return Math.min(this.inside.nextSize, ...this.outside.map((trail) => trail.nextSize));
  }

  /** Compares the notes up to `size` with the row that the walk stands on; `isPast` when that row is not there. */
  private async checkpointsAt(size: number, isPast = false): Promise<void> {
    for (let due = await this.inside.upTo(size); due !== null; due = await this.inside.upTo(size)) this.takeInside(due, isPast);
    for (const trail of this.outside) {
      for (let due = await trail.upTo(size); due !== null; due = await trail.upTo(size)) this.takeOutside(trail, due, isPast);
    }
  }

  private takeInside(due: UncheckedNote, isPast: boolean): void {
    const { size } = due.said;
    this.lastInsideSize = size;
    const trusted = this.keys.trusted(due.note);
    if (trusted === null) {
      this.add('checkpoint', { from: Math.max(size, 1), to: Math.max(size, 1) }, 'not signed by a known key');
      return;
    }
    this.checkpoints += 1;
    this.compare(trusted, due.note, this.inside, isPast);
  }

  /** Signatures are looked at where they decide something: a note that agrees says nothing that the log does not. */
  private takeOutside(trail: CheckpointTrail, due: UncheckedNote, isPast: boolean): void {
    const { said } = due;
    const isKept = said.size === this.lastInsideSize || said.size <= this.start.size || trail.name === 'last seen';
    const agrees = said.nextKey === null && isKept && !isPast && this.agrees(said);
    if (agrees && trail.notes % SIGNATURES_EVERY !== 1) {
      this.unchecked.set(trail, due);
      return;
    }
    this.settle(trail);
    const trusted = this.trust(trail, due);
    if (trusted === null) return;
    this.compare(trusted, due.note, trail, isPast);
    if (!isKept && said.size <= this.walk.lastSeq && !isPast) {
      this.add('checkpoint', { from: said.size, to: said.size }, `gone from the database, kept by ${trail.name}`);
    }
  }

  private trust(trail: CheckpointTrail, due: UncheckedNote): Checkpoint | null {
    const trusted = this.keys.trusted(due.note);
    if (trusted === null) trail.unreadable += 1;
    else this.anchored.set(trail.name, trusted);
    this.unchecked.delete(trail);
    return trusted;
  }

  /** The last note that was passed over: up to where the log agrees with its source. */
  private settle(trail: CheckpointTrail): void {
    const due = this.unchecked.get(trail);
    const trusted = due === undefined ? null : this.trust(trail, due);
    if (due !== undefined && trusted !== null) this.agree(trusted, due.note, trail);
  }

  private agree(trusted: Checkpoint, note: string, trail: CheckpointTrail): void {
    this.agreements.set(trail, { size: trusted.size, inStreak: false });
    if (trusted.timeMs >= (this.newest?.checkpoint.timeMs ?? 0)) this.newest = { note, checkpoint: trusted };
  }

  private agrees(said: Checkpoint): boolean {
    // Below the base nothing is left to compare with; the base's own signature speaks for it.
    if (said.size < this.start.size) return true;
    if (said.size === 0) return said.head.equals(EMPTY_HEAD);
    if (!isAt(said, this.walk.lastSeq, this.walk.lastChain)) return false;
    return !this.walk.isWhole || said.root.equals(this.walk.frontier.root());
  }

  private compare(trusted: Checkpoint, note: string, trail: CheckpointTrail, isPast: boolean): void {
    const agreement = this.agreements.get(trail) ?? { size: this.start.size, inStreak: false };
    if (trusted.size > this.walk.lastSeq) {
      // In a gap, or behind the end of the log; which of them shows at the end.
      if (trusted.size > (this.beyond?.size ?? 0)) this.beyond = { size: trusted.size, seenBy: trail.name };
    } else if (!isPast && this.agrees(trusted)) {
      this.agree(trusted, note, trail);
    } else if (!agreement.inStreak) {
      this.streaks.push({ after: agreement.size, size: trusted.size, seenBy: trail.name });
      this.agreements.set(trail, { ...agreement, inStreak: true });
    }
  }

  private checkEnd(): void {
    const { walk, start } = this;
    const writer = writerOf(this.input.writerState ?? null);
    const told = [...this.streaks, ...this.agreements.values()].map(({ size }) => size);
    const knownSize = Math.max(this.beyond?.size ?? 0, writer?.size ?? 0, ...told);
    const local = nameFindings(walk, start.size, knownSize);
    for (const { kind, from, to, detail } of local) this.add(kind, { from, to }, detail);
    this.tellStreaks(local);
    const gone = local.reduce((sum, { kind, from, to }) => sum + (kind === 'deleted' ? to - from + 1 : 0), 0);
    if (this.beyond !== null && this.beyond.size > walk.lastSeq + gone) this.tellTruncated(this.beyond);
    const isPruned = start.size > 0 && this.input.base?.note !== null && this.input.factsOf !== undefined;
    if (isPruned && walk.disposedTo < start.size) {
      this.add('deleted', { from: walk.disposedTo + 1, to: start.size }, 'no entry records their disposal');
    }
    for (const { from, to, detail } of this.input.strayIndexes?.() ?? []) this.add('index', { from, to }, detail);
    for (const guard of this.input.missingGuards ?? []) this.add('guard', { from: 0, to: 0 }, guard);
    if (this.findings.length === 0 && (this.input.writerState ?? null) !== null) this.checkWriter(writer);
  }

  /** Whether the end is gone, or as many before it and the rest linked anew, only a checkpoint in between could tell. */
  private tellTruncated({ size, seenBy }: { readonly size: number; readonly seenBy: string }): void {
    const { lastSeq } = this.walk;
    const agreed = Math.max(this.start.size, ...[...this.agreements.values()].map((agreement) => agreement.size));
    const doubt = agreed < lastSeq ? `; the same may be gone from ${agreed + 1} to ${lastSeq}, which no checkpoint covers` : '';
    this.add('truncated', { from: lastSeq + 1, to: size }, `${seenBy} has seen more${doubt}`);
  }

  /** Checkpoints that the log does not agree with, where nothing nearer to the entries says why. */
  private tellStreaks(local: readonly Finding[]): void {
    const marred = merge(local.filter(({ kind }) => kind !== 'index'));
    for (const { after, size, seenBy } of narrowest(this.streaks)) {
      if (marred.some(({ from, to }) => from <= size + 1 && to >= after)) continue;
      this.add('rebuilt', { from: after + 1, to: Math.max(size, after + 1) }, `signed otherwise, as ${seenBy} has it`);
    }
  }

  /** Only asked where all else is in order: every other change also leaves the writer somewhere else. */
  private checkWriter(writer: ChainState | null): void {
    const { lastSeq, lastChain, frontier } = this.walk;
    if (writer === null) {
      this.add('state', { from: 0, to: 0 }, 'the state of the writer is not readable');
      return;
    }
    if (writer.size > lastSeq) this.add('truncated', { from: lastSeq + 1, to: writer.size }, 'the writer stands further on');
    else if (writer.size < lastSeq)
      this.add('inserted', { from: writer.size + 1, to: lastSeq }, 'the writer knows nothing of it');
    else if (!writer.chainHead.equals(lastChain) || !writer.frontier.root().equals(frontier.root())) {
      this.add('state', { from: Math.max(lastSeq, 1), to: Math.max(lastSeq, 1) }, '');
    }
  }

  private add(kind: FindingKind, { from, to }: { readonly from: number; readonly to: number }, detail: string): void {
    if (this.findings.length < FINDINGS_MAX) this.findings.push({ kind, from, to, detail });
    else this.hasMore = true;
  }

  private report(): AuditReport {
    return {
      ok: this.findings.length === 0,
      findings: [...this.findings].sort((a, b) => a.from - b.from),
      hasMore: this.hasMore || this.walk.overflowed,
      entries: this.walk.rows,
      firstSeq: this.start.size + 1,
      lastSeq: this.walk.lastSeq,
      checkpoints: this.checkpoints,
      anchors: this.outside.map(({ name, notes, unreadable }) => {
        return { name, notes, unreadable, newest: this.anchored.get(name) ?? null };
      }),
      newest: this.newest,
      publicKeys: this.keys.all,
    };
  }
}

/** Where several sources tell of one place, the one that tells it most closely. */
function narrowest(streaks: readonly Streak[]): readonly Streak[] {
  const told: Streak[] = [];
  for (const streak of [...streaks].sort((a, b) => a.size - a.after - (b.size - b.after))) {
    if (!told.some(({ after, size }) => after < streak.size && streak.after < size)) told.push(streak);
  }
  return told;
}

function writerOf(state: string | null): ChainState | null {
  try {
    return state === null ? null : ChainState.restore(state);
  } catch {
    return null;
  }
}

async function* once(note: string): AsyncIterable<string> {
  yield note;
}
