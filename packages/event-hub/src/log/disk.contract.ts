import { join } from 'node:path';
import type { Disk } from './disk.js';

/** What the log relies on, held against each disk. */
export function diskContract(open: () => Promise<{ readonly disk: Disk; readonly folder: string }>): void {
  let disk: Disk;
  let folder: string;
  beforeEach(async () => {
    ({ disk, folder } = await open());
  });
  const write = async (name: string, text: string): Promise<void> => {
    const file = await disk.open(join(folder, name), 'create');
    await file.write(Buffer.from(text), 0);
    await file.sync();
    await file.close();
  };
  const read = async (name: string): Promise<string> => {
    const file = await disk.open(join(folder, name), 'read');
    const bytes = Buffer.alloc(100);
    const found = bytes.subarray(0, await file.read(bytes, 0)).toString();
    await file.close();
    return found;
  };

  test('what was written is read', async () => {
    await write('a', 'hello');
    expect(await read('a')).toBe('hello');
    expect(await disk.stat(join(folder, 'a'))).toEqual({ bytes: 5 });
  });

  test('a write behind the end fills with zeros, a truncation cuts or fills', async () => {
    await write('a', 'ab');
    const file = await disk.open(join(folder, 'a'), 'change');
    await file.write(Buffer.from('z'), 4);
    expect(await file.size()).toBe(5);
    await file.truncate(3);
    await file.truncate(4);
    await file.datasync();
    await file.close();
    expect(await read('a')).toBe('ab\0\0');
  });

  test('a read gives what there is from the position on', async () => {
    await write('a', 'abcdef');
    const file = await disk.open(join(folder, 'a'), 'read');
    const bytes = Buffer.alloc(4);
    expect([await file.read(bytes, 1), bytes.toString()]).toEqual([4, 'bcde']);
    expect([await file.read(bytes, 4), bytes.toString()]).toEqual([2, 'efde']);
    expect(await file.read(bytes, 60)).toBe(0);
    await file.close();
  });

  test('making a file that is there empties it', async () => {
    await write('a', 'something long');
    await write('a', 'b');
    expect(await read('a')).toBe('b');
  });

  test('a new name replaces the file that has it', async () => {
    await write('a', 'old');
    await write('b', 'new');
    await disk.rename(join(folder, 'b'), join(folder, 'a'));
    await disk.syncFolder(folder);
    expect(await read('a')).toBe('new');
    expect(await disk.list(folder)).toEqual(['a']);
  });

  test('a file that is open can be read on after it was removed', async () => {
    await write('a', 'hello');
    const file = await disk.open(join(folder, 'a'), 'read');
    await disk.remove(join(folder, 'a'));
    const bytes = Buffer.alloc(5);
    expect([await file.read(bytes, 0), bytes.toString()]).toEqual([5, 'hello']);
    await file.close();
  });

  test('what is missing is ENOENT to open, rename or list, null to ask for, and no error to remove', async () => {
    const missing = join(folder, 'missing');
    await expect(disk.open(missing, 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(disk.open(missing, 'change')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(disk.rename(missing, join(folder, 'b'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(disk.list(missing)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await disk.stat(missing)).toBeNull();
    await disk.remove(missing);
  });

  test('a folder is made with those above it, and once', async () => {
    const deep = join(folder, 'x', 'y');
    await disk.makeFolder(deep);
    await disk.makeFolder(deep);
    expect(await disk.list(deep)).toEqual([]);
  });

  test('there is no more free than there is', async () => {
    expect(await disk.freeBytes(folder)).toBeGreaterThan(0);
    expect(await disk.freeBytes(folder)).toBeLessThanOrEqual(await disk.totalBytes(folder));
  });
}
