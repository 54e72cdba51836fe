import { type Disk } from './disk.js';
import { indexName, type IndexSummary, readSummary } from './index-file.js';
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
  const indexes = await readSummaries(disk, folder, hubId, numbersOf(/^\d{20}\.idx$/));
  const all = numbersOf(/^\d{20}\.seg$/);
  const dropped = [...indexes.values()].filter((summary) => summary?.state === 'dropped').map((summary) => summary!.number);
  const floor = Math.max(-1, ...dropped);
  const isBehind = (number: number): boolean => number > floor;
  const numbers = [...new Set([...all, ...indexes.keys()])].filter(isBehind).sort((a, b) => a - b);
  const segments = new Set(all.filter(isBehind));
  const leftovers = names.filter((name) => {
    if (/\.(seg\.new|tmp)$/.test(name)) return true;
    if (!/^\d{20}\.(seg|seg\.key|idx)$/.test(name)) return false;
    const number = Number(name.slice(0, 20));
    if (isBehind(number)) return name === sideName(number) && !segments.has(number);
    return name !== indexName(floor);
  });
  return { segments, indexes, base: indexes.get(floor) ?? null, numbers, leftovers: indexesLast(leftovers) };
}

/** A segment goes before its index, so that a crash in between leaves no segment that nothing is known of. */
const indexesLast = (names: readonly string[]): string[] =>
  [...names].sort((a, b) => Number(/idx$/.test(a)) - Number(/idx$/.test(b)));

async function readSummaries(
  disk: Disk,
  folder: string,
  hubId: string,
  numbers: readonly number[],
): Promise<Map<number, IndexSummary | null>> {
  const found = new Map<number, IndexSummary | null>();
  await forEach(numbers, async (number) => {
    try {
      const summary = await readSummary(disk, folder, number);
      if (summary !== null) found.set(number, summary.hubId === hubId ? summary : null);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      found.set(number, null);
    }
  });
  return found;
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
