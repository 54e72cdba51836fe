import { HEADER_BYTES_MAX, type Opener } from '@vigil/sealed-records';
import type { LogRecord } from '../log-record.js';
import { codeOf } from '../log.js';
import type { SpoolFile } from './disk.js';
import { findFrame, type Frame, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, type FrameFacts, openFrame, readFrame } from './frame.js';
import type { Range } from './ranges.js';
import { isDamage, openSegment, segmentName, type SpoolPlace } from './segments.js';

/** A record and its place on the spool. */
export interface SpoolEntry {
  readonly index: number;
  readonly record: LogRecord;
  /** When it was appended, wall time. */
  readonly wallMs: number;
}

export interface ReadResult {
  readonly entries: SpoolEntry[];
  /** Parts of what was asked for that damage made unreadable. */
  readonly damaged: { readonly range: Range; readonly segment: number; readonly code: string }[];
}

interface Position {
  readonly first: number;
  readonly file: SpoolFile;
  readonly opener: Opener;
  /** Where the next frame starts, and the index that it should start with. */
  offset: number;
  index: number;
  /** The frame before that place, while a part of it was not asked for yet; `index` is its first then. */
  kept: { readonly frame: FrameFacts; readonly records: readonly LogRecord[] } | null;
}

const WINDOW_BYTES = 2 * (FRAME_BYTES_MAX + FRAME_HEADER_BYTES);
const SMALL_BYTES = 256 * 1024;
const EMPTY = Buffer.alloc(0);

/**
 * Reads records back, in order, from one place on: sequential reads go on where the last one ended. A frame of which a part
 * was not asked for stays open in memory (2 MiB at most), because a drain asks for less than a frame at a time.
 *
 * Damage costs the records it hit and no others: the reader goes on at the next whole frame, and the gap in the
 * indexes tells exactly which records are gone.
 */
export class SpoolReader {
  private position: Position | null = null;
  private readonly window = new Window();

  constructor(private readonly place: SpoolPlace) {}

  /**
   * Records of `wanted`, which must lie in the segment that starts at `first`, at most `max` of them.
   *
   * @throws whatever the disk throws, or SealError when a key is missing or away; an outage, worth trying again
   */
  async read(first: number, wanted: Range, max: number): Promise<ReadResult> {
    const result: ReadResult = { entries: [], damaged: [] };
    let at = wanted.from;
    const lose = (to: number, code: string): void => {
      if (to > at) result.damaged.push({ range: { from: at, to }, segment: first, code });
      at = Math.max(at, to);
    };
    const position = await this.goTo(first, wanted.from);
    if (typeof position === 'string') {
      lose(wanted.to, position);
      return result;
    }
    while (at < wanted.to && result.entries.length < max) {
      const { kept } = position;
      position.kept = null;
      const frame: FrameFacts | null = kept?.frame ?? (await this.nextFrame(position, wanted.to));
      if (frame === null) {
        lose(wanted.to, 'gap');
        break;
      }
      const end = frame.firstIndex + frame.count;
      position.index = end;
      if (end <= at) continue;
      lose(Math.min(frame.firstIndex, wanted.to), 'gap');
      if (at >= wanted.to) break;
      let records: readonly LogRecord[];
      try {
        records = kept?.records ?? openFrame(position.opener, frame as Frame);
      } catch (error) {
        lose(Math.min(end, wanted.to), codeOf(error));
        continue;
      }
      const to = Math.min(end, wanted.to, at + max - result.entries.length);
      for (; at < to; at++) {
        result.entries.push({ index: at, record: records[at - frame.firstIndex]!, wallMs: frame.wallMs });
      }
      if (at < end) {
        const { firstIndex, count, wallMs } = frame;
        Object.assign(position, { index: firstIndex, kept: { frame: { firstIndex, count, wallMs }, records } });
      }
    }
    return result;
  }

  async close(): Promise<void> {
    const { position } = this;
    this.position = null;
    this.window.clear();
    await position?.file.close();
  }

  private async goTo(first: number, index: number): Promise<Position | string> {
    if (this.position !== null && this.position.first === first && this.position.index <= index) return this.position;
    await this.close();
    let file: SpoolFile;
    try {
      file = await this.place.disk.openForRead(segmentName(first));
    } catch (error) {
      // A file that went while the process runs is lost like damaged bytes; anything else is worth another try.
      if (codeOf(error) !== 'ENOENT') throw error;
      return 'ENOENT';
    }
    try {
      const head = Buffer.allocUnsafe(HEADER_BYTES_MAX);
      const there = head.subarray(0, await file.read(head, 0));
      const { opener, headerLength } = await openSegment(this.place, first, there);
      this.position = { first, file, opener, offset: headerLength, index: first, kept: null };
      return this.position;
    } catch (error) {
      await file.close();
      // Records whose key is not at hand are not lost: they wait until it is.
      if (!isDamage(error)) throw error;
      return codeOf(error);
    }
  }

  /** The next whole frame, skipping damage; null when none is left that starts before `to`. */
  private async nextFrame(position: Position, to: number): Promise<Frame | null> {
    let atEnd = false;
    for (;;) {
      const bytes = this.window.at(position.offset);
      const found = readFrame(bytes, 0);
      if (typeof found === 'object') {
        // A frame behind the segment's end was written again in the next segment.
        if (found.firstIndex >= to) return null;
        position.offset += found.end;
        position.index = found.firstIndex + found.count;
        return found;
      }
      if (!atEnd && bytes.length < WINDOW_BYTES) {
        atEnd = await this.window.fill(position.file, position.offset);
        continue;
      }
      const next = findFrame(bytes, 1);
      if (next === -1 && atEnd) return null;
      // A frame that starts in the first half would have been whole, and found.
      position.offset += next === -1 ? WINDOW_BYTES / 2 : next;
    }
  }
}

/** The piece of a file that was read last, so that many small frames cost one read. */
class Window {
  private buffer: Buffer | null = null;
  private from = 0;
  private to = 0;

  /** What is there from `offset` on; empty when nothing is. */
  at(offset: number): Buffer {
    if (this.buffer === null || offset < this.from || offset > this.to) return EMPTY;
    return this.buffer.subarray(offset - this.from, this.to - this.from);
  }

  /** Reads from `offset` on: a little first, and more when that little is there already. True at the file's end. */
  async fill(file: SpoolFile, offset: number): Promise<boolean> {
    this.buffer ??= Buffer.allocUnsafe(WINDOW_BYTES);
    const want = this.at(offset).length < SMALL_BYTES ? SMALL_BYTES : WINDOW_BYTES;
    const there = await file.read(this.buffer.subarray(0, want), offset);
    this.from = offset;
    this.to = offset + there;
    return there < want;
  }

  clear(): void {
    this.buffer = null;
    this.from = this.to = 0;
  }
}
