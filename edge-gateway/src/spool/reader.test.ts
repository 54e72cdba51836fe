import { FakeDisk } from '../test-support/fake-disk.js';
import { append, numberIn, openSpool, record, testKeys } from '../test-support/spool-fixture.js';
import type { SpoolFile } from './disk.js';

/** Counts what is read of segments, which is what a drain pays for. */
class CountingDisk extends FakeDisk {
  opened = 0;
  override async openForRead(name: string): Promise<SpoolFile> {
    this.opened++;
    return super.openForRead(name);
  }
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Three frames of ten records in one segment. */
async function filled() {
  const disk = new CountingDisk();
  const { spool } = await openSpool(await testKeys(), disk);
  for (let from = 0; from < 30; from += 10) await append(spool, ...numbers(from, from + 10).map((n) => record(n)));
  disk.opened = 0;
  const read = async (from: number, to: number, max: number): Promise<number[]> =>
    (await spool.read({ from, to }, max)).entries.map((e) => numberIn(e.record));
  return { disk, spool, read };
}

test.each([1, 3, 7, 10, 11, 30])('parts of %i records come in order, each once, and the segment is opened once', async (max) => {
  const { disk, spool, read } = await filled();
  const all: number[] = [];
  while (all.length < 30) all.push(...(await read(all.length, 30, max)));
  expect(all).toEqual(numbers(0, 30));
  expect(disk.opened).toBe(1);
  await spool.close(0);
});

test('whoever skips records, goes back, or asks for the same again gets what was asked for', async () => {
  const { spool, read } = await filled();
  expect(await read(0, 30, 4)).toEqual([0, 1, 2, 3]);
  expect(await read(6, 30, 2)).toEqual([6, 7]);
  expect(await read(6, 30, 2)).toEqual([6, 7]);
  expect(await read(4, 6, 9)).toEqual([4, 5]);
  expect(await read(8, 12, 9)).toEqual([8, 9, 10, 11]);
  expect(await read(25, 30, 2)).toEqual([25, 26]);
  expect(await read(3, 5, 9)).toEqual([3, 4]);
  expect(await read(29, 30, 9)).toEqual([29]);
  expect(await read(0, 30, 30)).toEqual(numbers(0, 30));
  await spool.close(0);
});
