import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskContract } from './disk.contract.js';
import { nodeDisk, readWhole } from './disk.js';
import { ForgetfulDisk } from './forgetful-disk.js';

describe('the disk of this machine', () =>
  diskContract(async () => ({ disk: nodeDisk, folder: mkdtempSync(join(tmpdir(), 'vigil-disk-')) })));

describe('the forgetful disk', () => {
  const folder = '/log';
  const make = async (bytesMax?: number): Promise<ForgetfulDisk> => {
    const disk = new ForgetfulDisk(bytesMax === undefined ? {} : { bytesMax });
    await disk.makeFolder(folder);
    return disk;
  };
  const write = async (disk: ForgetfulDisk, name: string, text: string, isSynced: boolean): Promise<void> => {
    const file = await disk.open(join(folder, name), 'create');
    await file.write(Buffer.from(text), 0);
    if (isSynced) await file.datasync();
  };
  const lost = (disk: ForgetfulDisk): ForgetfulDisk => disk.afterPowerLoss('nothing', Math.random);
  const text = async (disk: ForgetfulDisk, name: string): Promise<string | undefined> =>
    (await readWhole(disk, join(folder, name)))?.toString();

  diskContract(async () => ({ disk: await make(), folder }));

  test('forgets bytes that were not synced, and keeps those that were', async () => {
    const disk = await make();
    await write(disk, 'a', 'synced', true);
    await disk.syncFolder(folder);
    const file = await disk.open(join(folder, 'a'), 'change');
    await file.write(Buffer.from('X'), 0);
    expect([await text(disk, 'a'), await text(lost(disk), 'a')]).toEqual(['Xynced', 'synced']);
  });

  test('forgets names that were not synced', async () => {
    const disk = await make();
    await write(disk, 'a', 'old', true);
    await disk.syncFolder(folder);
    await write(disk, 'b', 'new', true);
    await disk.rename(join(folder, 'b'), join(folder, 'a'));
    expect([await text(disk, 'a'), await text(lost(disk), 'a')]).toEqual(['new', 'old']);
    await disk.syncFolder(folder);
    expect([await text(lost(disk), 'a'), await text(lost(disk), 'b')]).toEqual(['new', undefined]);
  });

  test('keeps any sectors of a write that was under way', async () => {
    const found = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const disk = await make();
      await write(disk, 'a', '', true);
      await disk.syncFolder(folder);
      await write(disk, 'a', 'x'.repeat(512) + 'y'.repeat(512), false);
      found.add((await text(disk.afterPowerLoss('some', Math.random), 'a'))!.replace(/(.)\1*/gs, '$1'));
    }
    expect(found).toContain('xy');
    expect(found).toContain('\0y');
  });

  test('a sync that fails never writes those bytes, also when it is tried again', async () => {
    const disk = await make();
    await write(disk, 'a', '', true);
    await disk.syncFolder(folder);
    const file = await disk.open(join(folder, 'a'), 'change');
    await file.write(Buffer.from('x'), 0);
    disk.failAt(1, 'error');
    await expect(file.datasync()).rejects.toMatchObject({ code: 'EIO' });
    await file.datasync();
    expect([await text(disk, 'a'), await text(lost(disk), 'a')]).toEqual(['x', '']);
  });

  test('is full at its size', async () => {
    const disk = await make(10);
    await write(disk, 'a', '123456', true);
    await expect(write(disk, 'b', '12345', true)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await disk.freeBytes()).toBe(4);
  });
});
