import { type Checkpoint, parseCheckpoint, readCheckpoint } from './checkpoint.js';
import type { NoteKey } from './signed-note.js';

/** Keys that notes are checked with; a checkpoint under a known key may announce the next one. */
export class KnownKeys {
  constructor(private known: readonly NoteKey[]) {}

  get all(): readonly NoteKey[] {
    return this.known;
  }

  /** The checkpoint, when a known key signed it; its announcement is then known too. */
  trusted(note: string): Checkpoint | null {
    const read = readCheckpoint(note, this.known);
    if (!read.ok) return null;
    const { nextKey } = read.checkpoint;
    if (nextKey !== null && !this.known.some((key) => key.line === nextKey.line)) this.known = [...this.known, nextKey];
    return read.checkpoint;
  }
}

/** A note and what it says, its signature not yet looked at. */
export interface UncheckedNote {
  readonly note: string;
  readonly said: Checkpoint;
}

/** Reads the notes of one source one after the other, by the size that they speak of. */
export class CheckpointTrail {
  notes = 0;
  /** Notes that can't be read, or that come after a note of a larger log. */
  unreadable = 0;
  newest: UncheckedNote | null = null;
  private ahead: UncheckedNote | null = null;
  private ended = false;
  private readonly source: AsyncIterator<string>;

  constructor(
    readonly name: string,
    source: AsyncIterable<string>,
  ) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** The next note when it speaks of a log of at most `size` entries; else null, and the note waits. */
  async upTo(size: number): Promise<UncheckedNote | null> {
    if (this.ahead === null && !this.ended) await this.fetch();
    if (this.ahead === null || this.ahead.said.size > size) return null;
    const due = this.ahead;
    this.ahead = null;
    return due;
  }

  /** The size of the note that waits; Infinity once there is none. */
  get nextSize(): number {
    return this.ahead?.said.size ?? (this.ended ? Infinity : 0);
  }

  private async fetch(): Promise<void> {
    for (;;) {
      const { done, value } = await this.source.next();
      if (done === true) {
        this.ended = true;
        return;
      }
      this.notes += 1;
      const at = value.lastIndexOf('\n\n');
      const said = parseCheckpoint(value.slice(0, at + 1));
      if (said === null || said.size < (this.newest?.said.size ?? 0)) {
        this.unreadable += 1;
        continue;
      }
      this.ahead = { note: value, said };
      this.newest = this.ahead;
      return;
    }
  }
}
