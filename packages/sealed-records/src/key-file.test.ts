import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { keyFileIds, type KeyPort, openKeyFile, retireKey, rotateKeyFile } from './index.js';

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'vigil-key-file-')), 'kek.json');
const open = (path: string): Promise<KeyPort> => openKeyFile(path, { create: 'if-missing' });
const secret = randomBytes(32);

test('where sealed data is, a missing key file is not made anew but asked for', async () => {
  const path = newPath();
  await expect(openKeyFile(path, { create: 'never' })).rejects.toThrow(/sealed data is there.*restore it from its backup/);
  expect(existsSync(path)).toBe(false);
  await open(path);
  expect((await openKeyFile(path, { create: 'never' })).currentKeyId).toMatch(/^kek-/);
});

test('rotation adds a key that a running process takes over, and what the old one wrapped still opens', async () => {
  const path = newPath();
  const keys = await open(path);
  const before = keys.currentKeyId;
  const old = await keys.wrap(secret, 'x');
  expect(await keys.refresh()).toBe(false);
  const added = await rotateKeyFile(path);
  expect(keys.currentKeyId).toBe(before);
  expect(await keys.refresh()).toBe(true);
  expect(await keys.refresh()).toBe(false);
  expect(keys.currentKeyId).toBe(added);
  expect((await keys.wrap(secret, 'x')).keyId).toBe(added);
  expect((await keys.unwrap(old.keyId, old.wrapped, 'x')).equals(secret)).toBe(true);
  expect(await keyFileIds(path)).toEqual({ current: added, ids: [before, added] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(path))).toEqual(['kek.json']);
});

test('of many rotations at once none loses the key of another', async () => {
  const path = newPath();
  await open(path);
  const done = await Promise.allSettled(Array.from({ length: 20 }, () => rotateKeyFile(path)));
  const added = done.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const refused = done.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  expect(added.length).toBeGreaterThan(0);
  expect((await keyFileIds(path)).ids).toEqual(expect.arrayContaining(added));
  for (const why of refused) expect(why).toMatch(/another process.*remove .*lock/);
});

test('a retired key is gone from the file and from a running process; the current one stays', async () => {
  const path = newPath();
  const keys = await open(path);
  const old = await keys.wrap(secret, 'x');
  await expect(retireKey(path, old.keyId)).rejects.toThrow(/current key.*rotate first/);
  const added = await rotateKeyFile(path);
  await expect(retireKey(path, 'kek-never')).rejects.toMatchObject({ code: 'key-unknown' });
  await retireKey(path, old.keyId);
  await keys.refresh();
  expect((await keyFileIds(path)).ids).toEqual([added]);
  await expect(keys.unwrap(old.keyId, old.wrapped, 'x')).rejects.toMatchObject({ code: 'key-unknown' });
});

test('nothing is wrapped with a key that was retired since the last look', async () => {
  const path = newPath();
  const keys = await open(path);
  const before = keys.currentKeyId;
  const added = await rotateKeyFile(path);
  await retireKey(path, before);
  expect((await keys.wrap(secret, 'x')).keyId).toBe(added);
  expect(await keys.refresh()).toBe(true);
});

test('a running process whose key file vanishes, is damaged or opened to others keeps the keys it has', async () => {
  const path = newPath();
  const keys = await open(path);
  const { keyId, wrapped } = await keys.wrap(secret, 'x');
  const good = readFileSync(path);
  const damages: [RegExp, () => void][] = [
    [/is gone; restore/, () => unlinkSync(path)],
    [/cut short; restore/, () => writeFileSync(path, good.subarray(0, 40), { mode: 0o600 })],
    [/chmod 600/, () => chmodSync(path, 0o644)],
  ];
  for (const [why, damage] of damages) {
    damage();
    await expect(keys.refresh()).rejects.toThrow(why);
    expect((await keys.unwrap(keyId, wrapped, 'x')).equals(secret)).toBe(true);
    if (existsSync(path)) unlinkSync(path);
    writeFileSync(path, good, { mode: 0o600 });
    expect(await keys.refresh()).toBe(false);
  }
});

test('another key under the same id is told apart from damaged data by its advice', async () => {
  const [path, other] = [newPath(), newPath()];
  const { keyId, wrapped } = await (await open(path)).wrap(secret, 'x');
  await open(other);
  writeFileSync(other, readFileSync(other, 'utf8').replaceAll((await keyFileIds(other)).current, keyId), { mode: 0o600 });
  renameSync(other, path);
  const wrong = (await open(path)).unwrap(keyId, wrapped, 'x');
  await expect(wrong).rejects.toMatchObject({ code: 'tampered' });
  await expect(wrong).rejects.toThrow(/another installation.*backup/);
});

test('a key file that is cut anywhere is refused', async () => {
  const path = newPath();
  await open(path);
  const text = readFileSync(path, 'utf8').trimEnd();
  for (let size = 0; size < text.length; size++) {
    writeFileSync(path, text.slice(0, size));
    await expect(open(path)).rejects.toMatchObject({ code: 'key-file' });
  }
});

test('two keys of the same id are refused', async () => {
  const path = newPath();
  const key = randomBytes(32).toString('base64');
  const keys = [
    { id: 'a', key },
    { id: 'a', key },
  ];
  writeFileSync(path, JSON.stringify({ format: 1, current: 'a', keys }), { mode: 0o600 });
  await expect(open(path)).rejects.toThrow(/same id/);
});

test('neither rotation nor retiring makes a file', async () => {
  const path = newPath();
  await expect(rotateKeyFile(path)).rejects.toThrow(/no key file.*backup/);
  await expect(retireKey(path, 'a')).rejects.toThrow(/no key file/);
  expect(readdirSync(dirname(path))).toEqual([]);
});
