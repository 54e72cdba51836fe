/** What goes on in a log while the disk takes its time. */
import type { KeyPort } from '@vigil/sealed-records';
import type { Disk, DiskFile } from './disk.js';
import { ForgetfulDisk } from './forgetful-disk.js';
import { append, contents, newKeys, openLog, PARTITIONS } from './test-log.js';

let keys: KeyPort;
beforeAll(async () => {
  keys = await newKeys();
});

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Writes and syncs take some turns of the event loop. Notes whether bytes were changed, or another write began, meanwhile. */
function slow(disk: ForgetfulDisk) {
  const faults: string[] = [];
  const wrapped = (file: DiskFile): DiskFile => {
    let isBusy = false;
    const alone = async (work: () => Promise<void>): Promise<void> => {
      if (isBusy) faults.push('two at once');
      isBusy = true;
      await turns(3);
      await work();
      isBusy = false;
    };
    return Object.assign(Object.create(file) as DiskFile, {
      write: (bytes: Buffer, position: number) => {
        const before = Buffer.from(bytes);
        return alone(async () => {
          if (!bytes.equals(before)) faults.push('changed while it was written');
          await file.write(before, position);
        });
      },
      datasync: () => alone(() => file.datasync()),
    });
  };
  const open: Disk['open'] = async (path, how) => wrapped(await disk.open(path, how));
  return { disk: Object.create(disk, { open: { value: open } }) as Disk, faults };
}

test('the memory of a record is left alone until it is written, and writes of a segment never overlap', async () => {
  const { disk, faults } = slow(new ForgetfulDisk());
  const log = await openLog(disk, keys, { segmentBytes: 8192 });
  const sent: Promise<unknown>[] = [];
  for (let i = 0; i < 60; i++) {
    sent.push(append(log, i % PARTITIONS, `event ${i}`.padEnd(100 + ((i * 97) % 700), '.')));
    await turns(i % 4);
  }
  expect(new Set(await Promise.all(sent))).toEqual(new Set([null]));
  expect(faults).toEqual([]);
  expect((await contents(log, 0)).size + (await contents(log, 1)).size).toBe(60);
  await log.close();
});

test('a stop in the middle of a change of segments ends as any other, at each turn', async () => {
  for (let after = 0; after < 40; after++) {
    const { disk, faults } = slow(new ForgetfulDisk());
    const log = await openLog(disk, keys);
    for (let i = 0; i < 12; i++) await append(log, 0, 'x'.repeat(300));
    log.sealed.roll();
    await turns(after % 20);
    if (after >= 20) void log.dropOldest(1);
    await log.close();
    await turns(60);
    expect(faults).toEqual([]);
    const again = await openLog(disk, keys);
    expect(again.state(0).next).toBe(12);
    expect((await contents(again, 0)).size).toBe(12 - again.state(0).begin);
    await again.close();
  }
});
