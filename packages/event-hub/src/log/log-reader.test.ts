import type { Batch } from './batch.js';
import type { BlockReader } from './block-reader.js';
import { type BlockPlace, IndexTable } from './index-table.js';
import { LogReader } from './log-reader.js';
import type { MarkCache } from './mark-cache.js';

const batch = (firstSequence: number, count: number): Batch => ({
  ...{ partition: 0, firstSequence, count, enqueuedMs: firstSequence, bytes: Buffer.alloc(0) },
});

/** Two segments with five events each, whose records are what `read` says. */
function made(read: (place: BlockPlace, index: IndexTable) => Batch[]) {
  const index = new IndexTable(1);
  for (const [number, first] of [
    [1, 0],
    [2, 5],
  ] as const) {
    index.addSegment(number, 100);
    index.addFrame(100, 200, [batch(first, 5)]);
  }
  index.addSegment(3, 100);
  const damaged: number[] = [];
  const reader = new LogReader({
    index,
    blocks: { read: async (place: BlockPlace) => read(place, index) } as unknown as BlockReader,
    marks: { of: async ({ marks }: { marks: unknown }) => marks } as unknown as MarkCache,
    onDamage: (number) => damaged.push(number),
  });
  return { reader, damaged };
}

test.each([
  ['begins behind what is asked for', [batch(3, 2)]],
  ['is of another partition', []],
])('a block that %s is damage, and never passed over', async (_, found) => {
  const { reader, damaged } = made(() => found);
  await expect(reader.read(0, 1)).rejects.toMatchObject({ code: 'corrupt' });
  expect(damaged).toEqual([1]);
});

test('a segment that retention removes in the middle of a read makes the log begin later, and is no damage', async () => {
  const { reader, damaged } = made(({ segment }, index) => {
    if (segment.number === 2) return [batch(5, 5)];
    index.drop(1);
    throw Object.assign(new Error('gone'), { code: 'ENOENT' });
  });
  expect((await reader.read(0, 1))[0]!.firstSequence).toBe(5);
  expect(damaged).toEqual([]);
});

test('a time is looked for in the next segment when its own is removed meanwhile', async () => {
  const { reader } = made(({ segment }, index) => {
    if (segment.number === 2) return [batch(5, 5)];
    index.drop(1);
    throw Object.assign(new Error('gone'), { code: 'ENOENT' });
  });
  expect(await reader.sequenceAfter(0, -1)).toBe(5);
});

test('a disk that can not be read is told as damage', async () => {
  const { reader, damaged } = made(() => {
    throw Object.assign(new Error('bad sector'), { code: 'EIO' });
  });
  await expect(reader.read(0, 7)).rejects.toMatchObject({ code: 'EIO' });
  expect(damaged).toEqual([2]);
});
