import { crc32 } from 'node:zlib';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.js';
import { type Disk, readWhole } from './disk.js';
import { LogError } from './log-error.js';
import type { Mark } from './index-table.js';
import type { ProducerEntry } from './producer-table.js';
import { segmentName } from './segment.js';

/**
 * The `.idx` file of a sealed segment: what a start, a search and retention need to know of it without reading it.
 *
 *   magic(4) | version u32 | three times length u32, crc32 u32 | crc32 u32 of the bytes before | summary | producers | marks
 *
 * Summary and producers are JSON, marks are doubles. It holds no events, and is not sealed: it can be made
 * again from the segment, and what it says is checked against the records.
 */
const MAGIC_WORD = Buffer.from('VIDX', 'latin1').readUInt32BE(0);
const VERSION = 1;
const SECTIONS = 3;
const HEAD_BYTES = 8 + SECTIONS * 8 + 4;

const Sequences = z.array(z.number().int().nonnegative());
const Bytes = z.strictObject({ from: z.number().int().nonnegative(), to: z.number().int().nonnegative() });
const Range = z.strictObject({
  partition: z.number().int().nonnegative(),
  /** Half-open, [from, to). */
  from: z.number().int().nonnegative(),
  to: z.number().int().nonnegative(),
});
/** Sequence numbers of a partition, half-open. */
export type SequenceRange = z.infer<typeof Range>;
/** Bytes of a segment, half-open. */
export type ByteRange = z.infer<typeof Bytes>;

const Summary = z.strictObject({
  hubId: z.string(),
  number: z.number().int().nonnegative(),
  /**
   * `kept`: the segment is there, unless retention removed it. `gone`: it was lost and a repair went on without it.
   */
  state: z.enum(['kept', 'gone']),
  /** Was a later segment begun? Then one must be there. */
  isFollowed: z.boolean(),
  /** The segment's first bytes, up to its frames, base64; with it a damaged head can be mended. */
  head: z.string(),
  /** Size of the segment file; its last frame ends here. */
  bytes: z.number().int().nonnegative(),
  /** Per partition: the sequence number that came next when the segment began, and when it ended. */
  first: Sequences,
  next: Sequences,
  /** Per partition: when its newest event up to the end of this segment was enqueued. */
  lastMs: z.array(z.number()),
  firstEnqueuedMs: z.number(),
  lastEnqueuedMs: z.number(),
  /** Damaged bytes that a repair passed over; and the events that were in them, or in a segment that is gone. */
  holes: z.array(Bytes),
  lost: z.array(Range),
});
export type IndexSummary = z.infer<typeof Summary>;

export interface SegmentSummary {
  readonly summary: IndexSummary;
  /** Producers as they stood at the end of the segment. */
  readonly producers: readonly ProducerEntry[];
  readonly marks: readonly Mark[];
}

export const indexName = (number: number): string => segmentName(number).replace(/seg$/, 'idx');
/**
 * An `.idx` file is renamed to this when retention removes its segment and all before it: the log begins behind it. A
 * new name takes no space, so that a full disk can be freed.
 */
export const baseName = (number: number): string => segmentName(number).replace(/seg$/, 'base');

export function encodeIndex({ summary, producers, marks }: SegmentSummary): Buffer {
  const sections = [Buffer.from(JSON.stringify(summary)), Buffer.from(JSON.stringify(producers)), encodeMarks(marks)];
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(MAGIC_WORD, 0);
  head.writeUInt32BE(VERSION, 4);
  sections.forEach((section, i) => {
    head.writeUInt32BE(section.length, 8 + i * 8);
    head.writeUInt32BE(crc32(section), 12 + i * 8);
  });
  head.writeUInt32BE(crc32(head.subarray(0, HEAD_BYTES - 4)), HEAD_BYTES - 4);
  return Buffer.concat([head, ...sections]);
}

/** Durable when it resolves. */
export function writeIndex(disk: Disk, folder: string, index: SegmentSummary): Promise<void> {
  return writeFileAtomically(join(folder, indexName(index.summary.number)), encodeIndex(index), disk);
}

/** Null when there is no such file. @throws LogError `corrupt` when any byte of it is not what was written */
async function readSections(disk: Disk, path: string): Promise<readonly [Buffer, Buffer, Buffer] | null> {
  const bytes = await readWhole(disk, path);
  if (bytes === null) return null;
  const sections = sectionsOf(bytes);
  if (sections === null) throw damagedIndex(path);
  return sections;
}

function sectionsOf(bytes: Buffer): readonly [Buffer, Buffer, Buffer] | null {
  if (bytes.length < HEAD_BYTES || bytes.readUInt32BE(0) !== MAGIC_WORD || bytes.readUInt32BE(4) !== VERSION) return null;
  if (crc32(bytes.subarray(0, HEAD_BYTES - 4)) !== bytes.readUInt32BE(HEAD_BYTES - 4)) return null;
  let at = HEAD_BYTES;
  const section = (i: number): Buffer => bytes.subarray(at, (at += bytes.readUInt32BE(8 + i * 8)));
  const sections = [section(0), section(1), section(2)] as const;
  const isWhole = at === bytes.length && sections.every((part, i) => crc32(part) === bytes.readUInt32BE(12 + i * 8));
  return isWhole ? sections : null;
}

const damagedIndex = (path: string): LogError => new LogError('corrupt', `${basename(path)} is damaged or missing`);

/** Null when there is none. @throws LogError `corrupt` when it is damaged, another segment's or of a later version */
export async function readSummary(disk: Disk, folder: string, name: string): Promise<IndexSummary | null> {
  const path = join(folder, name);
  const sections = await readSections(disk, path);
  return sections === null ? null : summaryIn(sections, path);
}

function summaryIn(sections: readonly [Buffer, Buffer, Buffer], path: string): IndexSummary {
  const parsed = Summary.safeParse(JSON.parse(sections[0].toString()));
  if (!parsed.success || parsed.data.number !== Number(basename(path).slice(0, 20))) throw damagedIndex(path);
  return parsed.data;
}

/** All of it. @throws LogError `corrupt` when it is damaged or missing */
export async function readIndex(disk: Disk, folder: string, name: string): Promise<SegmentSummary> {
  const path = join(folder, name);
  const sections = await readSections(disk, path);
  if (sections === null) throw damagedIndex(path);
  const producers = JSON.parse(sections[1].toString()) as ProducerEntry[];
  return { summary: summaryIn(sections, path), producers, marks: decodeMarks(sections[2]) };
}

/** @throws LogError `corrupt` when it is damaged or missing */
export async function readMarks(disk: Disk, folder: string, number: number): Promise<Mark[]> {
  const path = join(folder, indexName(number));
  const sections = await readSections(disk, path);
  if (sections === null) throw damagedIndex(path);
  return decodeMarks(sections[2]);
}

/** Partitions u32 | then for each mark: at, enqueued ms and, per partition, next; all doubles. */
function encodeMarks(marks: readonly Mark[]): Buffer {
  const partitions = marks[0]?.next.length ?? 0;
  const out = Buffer.alloc(4 + marks.length * 8 * (2 + partitions));
  let at = out.writeUInt32BE(partitions, 0);
  for (const mark of marks) {
    for (const value of [mark.at, mark.enqueuedMs, ...mark.next]) at = out.writeDoubleBE(value, at);
  }
  return out;
}

function decodeMarks(bytes: Buffer): Mark[] {
  const partitions = bytes.readUInt32BE(0);
  const marks: Mark[] = [];
  for (let at = 4; at < bytes.length; at += 8 * (2 + partitions)) {
    const next = Float64Array.from({ length: partitions }, (_, i) => bytes.readDoubleBE(at + 16 + i * 8));
    marks.push({ at: bytes.readDoubleBE(at), enqueuedMs: bytes.readDoubleBE(at + 8), next });
  }
  return marks;
}
