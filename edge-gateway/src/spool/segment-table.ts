import type { SpoolDisk } from './disk.js';
import type { Range } from './ranges.js';
import type { Segment, SpoolPlace } from './segments.js';
import type { Finished } from './segment-writer.js';
import type { SpoolKeys } from './spool-keys.js';
import { rangesOf, type SegmentRow, type SpoolState, STATE_COPIES, type StateFile } from './state-file.js';
import { writeToc } from './toc-file.js';

export interface KnownState {
  readonly segments: readonly Segment[];
  readonly epoch: number;
  readonly removing: readonly number[];
}

export interface SegmentTableOptions {
  readonly disk: SpoolDisk;
  readonly keys: SpoolKeys;
  readonly state: StateFile;
  /** The same, outside of the spool's folder. */
  readonly anchor: StateFile | null;
  /** Index of the next record. */
  readonly nextIndex: () => number;
  /** The copy outside could not be written; the spool works without. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * The segments of the spool, and what is durably known of them.
 *
 * A segment is named in the state before its file is made, and no longer named before its file is removed; so at any
 * moment a segment that is named and not there is lost, and one that is there and not named was put back.
 */
export class SegmentTable {
  readonly list: Segment[];
  private readonly removing: Set<number>;
  private epoch: number;
  private saving: Promise<void> = Promise.resolve();
  private nextSave: Promise<void> | null = null;
  private anchoring: Promise<void> = Promise.resolve();
  private isAnchorDue = false;
  /** Why the last writing outside failed; null when it did not. */
  private anchorTrouble: Error | null = null;
  private written: SpoolState | null = null;

  constructor(
    private readonly options: SegmentTableOptions,
    known: KnownState,
  ) {
    this.list = [...known.segments];
    this.epoch = known.epoch;
    this.removing = new Set(known.removing);
  }

  get bytes(): number {
    return this.list.reduce((sum, s) => sum + s.bytes + s.tocBytes, 0);
  }

  /** Place in the list of the segment that holds an index; -1 when none does. */
  placeOf(index: number): number {
    return this.list.findLastIndex((s) => s.first <= index);
  }

  /** Index behind the last record of the segment at a place of the list. */
  endOf(place: number): number {
    return this.list[place]?.end ?? this.list[place + 1]?.first ?? this.options.nextIndex();
  }

  /** The first part of a range that lies in one segment. */
  partOf({ from, to }: Range): Range {
    const place = this.placeOf(from);
    const end = place === -1 ? from : this.endOf(place);
    // Between two segments lies what was settled with those that are gone.
    return { from, to: Math.min(to, end > from ? end : (this.list[place + 1]?.first ?? to)) };
  }

  /** Durable when it resolves: its file may be made. @throws whatever the disk throws */
  async begin(segment: Segment): Promise<void> {
    // A segment begun anew at the same index replaces the failed one.
    if (this.list.at(-1)?.first === segment.first) this.list.pop();
    this.list.push(segment);
    await this.save();
  }

  /**
   * Removes segments of which nothing is needed any more, with what lies beside them.
   *
   * @returns the bytes that were freed
   * @throws whatever the disk throws; what was not removed stays in the list or is removed by the next call
   */
  async remove(gone: readonly Segment[]): Promise<number> {
    if (gone.length === 0 && this.removing.size === 0) return 0;
    for (const segment of gone) this.removing.add(segment.first);
    const taken = new Set(gone);
    const before = [...this.list];
    this.list.splice(0, this.list.length, ...before.filter((s) => !taken.has(s)));
    try {
      await this.save();
    } catch (error) {
      for (const segment of gone) this.removing.delete(segment.first);
      this.list.push(...gone);
      this.list.sort((a, b) => a.first - b.first);
      throw error;
    }
    const { keys, disk } = this.options;
    const removed = [...this.removing];
    for (const first of removed) await keys.removeSegment(first);
    await disk.syncNames();
    // What a power loss can no longer bring back need not be named at the next writing.
    for (const first of removed) this.removing.delete(first);
    return gone.reduce((sum, s) => sum + s.bytes + s.tocBytes, 0);
  }

  /** Writes the table of contents of a finished segment, unless it is gone by now. @throws whatever the disk throws */
  async keepToc(place: SpoolPlace, { segment, sealer, toc }: Finished): Promise<void> {
    if (!this.list.includes(segment)) return;
    segment.tocBytes = await writeToc(place, segment.first, sealer, toc);
    await this.save();
  }

  /** Writes what is known now, durably; calls while one is under way share the next. @throws whatever the disk throws */
  save(): Promise<void> {
    this.nextSave ??= this.saving
      .catch(() => undefined)
      .then(async () => {
        this.nextSave = null;
        const state = this.snapshot();
        await this.options.state.write(state);
        this.written = state;
        this.saveAnchor();
      });
    this.saving = this.nextSave;
    return this.nextSave;
  }

  /**
   * Writes each copy of the state anew, here and outside, so that none needs an older key-encryption key.
   *
   * @throws whatever the disks throw; some copies may need it still
   */
  async saveAllCopies(): Promise<void> {
    for (let copy = 0; copy < STATE_COPIES; copy++) {
      await this.save();
      await this.anchoring;
      if (this.anchorTrouble !== null) throw this.anchorTrouble;
    }
  }

  /** The key-encryption key that the state depends on. */
  get stateKeyId(): string | null {
    return this.options.state.keyId;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.saving.catch(() => undefined);
    await this.anchoring;
  }

  private snapshot(): SpoolState {
    const { nextIndex } = this.options;
    const segments = this.list.map(rowOf);
    return { v: 1, epoch: ++this.epoch, nextIndex: nextIndex(), segments, removing: [...this.removing] };
  }

  /** Behind the copy in the folder and apart from what waits for it, so that the other is never the newer one. */
  private saveAnchor(): void {
    const { anchor, onTrouble } = this.options;
    if (anchor === null || this.isAnchorDue) return;
    this.isAnchorDue = true;
    this.anchoring = this.anchoring.then(async () => {
      this.isAnchorDue = false;
      this.anchorTrouble = null;
      if (this.written === null) return;
      await anchor.write(this.written).catch((error: unknown) => {
        this.anchorTrouble = error as Error;
        onTrouble(error);
      });
    });
  }
}

function rowOf({ first, head, headBytes, end, bytes, wallMs, toMs, evicting, gone }: Segment): SegmentRow {
  const isWhole = end !== null && gone === null;
  const rows = (ranges: readonly Range[]) => ranges.map(({ from, to }): [number, number] => [from, to]);
  return {
    ...{ first, head, headBytes, end, bytes: isWhole ? bytes : null, fromMs: wallMs, toMs },
    evicting: evicting === null ? null : rows(evicting),
  };
}

/** A segment as the state names it, which is there with this size, or gone. */
export function segmentOf(row: SegmentRow, there: Pick<Segment, 'bytes' | 'tocBytes' | 'gone'>): Segment {
  const { first, head, headBytes, end, fromMs, toMs, evicting } = row;
  return { first, head, headBytes, end, wallMs: fromMs, toMs, evicting: evicting === null ? null : rangesOf(evicting), ...there };
}
