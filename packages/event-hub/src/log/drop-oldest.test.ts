import type { Disk } from './disk.js';
import { ForgetfulDisk } from './forgetful-disk.js';
import { append, FOLDER, newKeys, openLog } from './test-log.js';

test('a reader that meets a segment while retention removes it reads it, and tells of no damage', async () => {
  const disk = new ForgetfulDisk();
  const damaged: number[] = [];
  let meanwhile: (() => Promise<unknown>) | null = null;
  // The names of the files have changed and are on disk; the removal goes on when the read is over.
  const slow: Disk = Object.assign(Object.create(disk) as Disk, {
    syncFolder: async (folder: string) => {
      await disk.syncFolder(folder);
      const read = meanwhile;
      if (folder === FOLDER && read !== null) {
        meanwhile = null;
        await read();
      }
    },
  });
  const log = await openLog(slow, await newKeys(), { onDamage: ({ number }) => damaged.push(number) });
  for (let i = 0; i < 12; i++) expect(await append(log, 0, 'x'.repeat(600))).toBeNull();
  let found: number | undefined;
  meanwhile = async () => (found = (await log.read(0, 0))[0]?.firstSequence);
  const { numbers } = await log.dropOldest(1);
  expect([numbers.length, found, damaged]).toEqual([1, 0, []]);
  await log.close();
});
