import { type Disk } from './disk.js';
import { baseName, indexName, type IndexSummary, readSummary } from './index-file.js';
import { LogError } from './log-error.js';
import { sideName } from './segment-keys.js';
import { segmentName } from './segment.js';

/** What lies in a log's folder, before anything of it is believed. */
export interface Inventory {
  readonly segments: ReadonlySet<number>;
  /** By number; null where the file is there and damaged. */
  readonly indexes: ReadonlyMap<number, IndexSummary | null>;
  /** What the log begins behind, when retention has removed segments; null when it begins with its first event. */
  readonly base: IndexSummary | null;
  /** The file that says so is damaged or missing; `base` is what the next segment tells, or null when that tells nothing. */
  readonly damagedBase: number | null;
  /** Segments and indexes behind the base, in order. */
  readonly numbers: readonly number[];
  /** Files that a crash left half made, or was about to remove. Nothing needs them. */
  readonly leftovers: readonly string[];
}

/** Files that are open at once at most. */
const OPEN_MAX = 32;

/** Reads nothing but names and `.idx` files, and changes nothing. */
export async function takeInventory(disk: Disk, folder: string, hubId: string): Promise<Inventory> {
  const names = await disk.list(folder);
  const numbersOf = (form: RegExp): number[] => names.filter((n) => form.test(n)).map((n) => Number(n.slice(0, 20)));
  const floor = Math.max(-1, ...numbersOf(/^\d{20}\.base$/));
  const all = numbersOf(/^\d{20}\.seg$/);
  const isBehind = (number: number): boolean => number > floor;
  const read = (name: string): Promise<IndexSummary | null> => readOrNull(disk, folder, hubId, name);
  const indexes = new Map<number, IndexSummary | null>();
  await forEach(
    numbersOf(/^\d{20}\.idx$/).filter(isBehind),
    async (number) => void indexes.set(number, await read(indexName(number))),
  );
  const numbers = [...new Set([...all, ...indexes.keys()])].filter(isBehind).sort((a, b) => a - b);
  const segments = new Set(all.filter(isBehind));
  const leftovers = names.filter((name) => {
    if (/\.(seg\.new|tmp)$/.test(name)) return true;
    if (!/^\d{20}\.(seg|seg\.key|idx|base)$/.test(name)) return false;
    const number = Number(name.slice(0, 20));
    if (isBehind(number)) return name === sideName(number) && !segments.has(number);
    return name !== baseName(floor);
  });
  const written = floor === -1 ? null : await read(baseName(floor));
  const begin = numbers[0] ?? 1;
  const isTold = floor !== -1 || begin === 1 || (indexes.get(begin) ?? null) !== null;
  const damagedBase = written !== null ? null : isTold ? (floor === -1 ? null : floor) : begin - 1;
  const base = damagedBase === null ? written : baseBefore(damagedBase, indexes.get(numbers[0] ?? -1));
  return { segments, indexes, base, damagedBase, numbers, leftovers };
}

/** Null when it is damaged. */
async function readOrNull(disk: Disk, folder: string, hubId: string, name: string): Promise<IndexSummary | null> {
  try {
    const summary = await readSummary(disk, folder, name);
    return summary?.hubId === hubId ? summary : null;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    return null;
  }
}

/** What a damaged base said, as far as the segment behind it tells. */
function baseBefore(number: number, behind: IndexSummary | null | undefined): IndexSummary | null {
  if (behind === null || behind === undefined) return null;
  return { ...behind, number, state: 'gone', isFollowed: true, head: '', bytes: 0, next: behind.first, holes: [], lost: [] };
}

/** Runs `work` for each item, several at once. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(OPEN_MAX, items.length) }, lane));
}

export const segmentFiles = (number: number): string[] => [segmentName(number), sideName(number)];
