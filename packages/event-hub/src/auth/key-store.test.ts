import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey, removeKey, rotateKey } from './key-edit.js';
import { readKeyFile, type SharedAccessKey, writeKeyFile } from './key-file.js';
import { KeyStore } from './key-store.js';
import { signSas, verifySas } from './sas.js';

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'vigil-keys-')), 'keys.json');
const NOW_MS = 1_800_000_000_000;
const tokenOf = (name: string, secret: string, audience = 'sb://h/vigil'): string =>
  signSas(audience, name, secret, NOW_MS + 60_000);

async function storeWith(edit: (keys: readonly SharedAccessKey[]) => readonly SharedAccessKey[] = (keys) => keys) {
  const path = newPath();
  const store = await KeyStore.open(path);
  await writeKeyFile(path, edit((await readKeyFile(path))!));
  await store.refresh();
  return { path, store };
}

test('a new hub has one key for each of its users, and only admin may manage it', async () => {
  const { path, store } = await storeWith();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const rights = ['gateway', 'platform', 'watchdog', 'admin'].map((name) => store.get(name)!.rights);
  expect(rights).toEqual([['Send'], ['Send', 'Listen'], ['Send', 'Listen'], ['Manage']]);
});

test('a key that was removed is not made again by the next start', async () => {
  const { path } = await storeWith((keys) => removeKey(keys, 'admin'));
  expect((await KeyStore.open(path)).get('admin')).toBeUndefined();
});

test('after a rotation the former primary goes on until the secondary is rotated too', async () => {
  const { path, store } = await storeWith();
  const old = store.get('platform')!;
  const ok = (secret: string): boolean => verifySas(store, tokenOf('platform', secret), 'sb://h/vigil', NOW_MS).ok;
  const rotate = async (which: 'primary' | 'secondary'): Promise<void> => {
    await writeKeyFile(path, rotateKey((await readKeyFile(path))!, 'platform', which));
    expect(await store.refresh()).toBe(true);
  };
  await rotate('primary');
  expect([ok(store.get('platform')!.primary), ok(old.primary), ok(old.secondary)]).toEqual([true, true, false]);
  await rotate('secondary');
  expect([ok(store.get('platform')!.primary), ok(old.primary)]).toEqual([true, false]);
  expect(await store.refresh()).toBe(false);
});

test.each<[string, string, boolean]>([
  ['its hub', 'sb://h/Vigil', true],
  ['a partition of its hub', 'sb://h/vigil/Partitions/0', true],
  ['another hub with the same beginning', 'sb://h/vigil2', false],
  ['another hub', 'sb://h/other/ConsumerGroups/alarms/Partitions/0', false],
  ['the namespace', 'sb://h/', false],
])('a key of one hub for %s', async (_, audience, expected) => {
  const { store } = await storeWith((keys) => createKey(keys, { name: 'ward', rights: ['Manage'], hubs: ['vigil'] }));
  const secret = store.get('ward')!.primary;
  for (const resource of [audience, 'sb://h/'])
    expect(verifySas(store, tokenOf('ward', secret, resource), audience, NOW_MS).ok).toBe(expected);
});

test.each<[string, (path: string) => void, RegExp]>([
  ['gone', (path) => rmSync(path), /is missing; restore it/],
  ['damaged', (path) => writeFileSync(path, '{'), /is not a key file; restore it/],
  ['readable by others', (path) => chmodSync(path, 0o640), /others may read the keys; run: chmod 600/],
  [
    'one that has a name twice',
    (path) => {
      const { keys } = JSON.parse(readFileSync(path, 'utf8')) as { keys: SharedAccessKey[] };
      writeFileSync(path, JSON.stringify({ keys: [...keys, keys[0]] }));
    },
    /is not a key file/,
  ],
])('a key file that is %s is said each time, and the keys in memory stay in use', async (_, harm, message) => {
  const { path, store } = await storeWith();
  harm(path);
  await expect(store.refresh()).rejects.toThrow(message);
  await expect(store.refresh()).rejects.toThrow(message);
  expect(store.get('platform')).toBeDefined();
});

test('keys are created once, and the last one stays', async () => {
  const { path } = await storeWith();
  const keys = (await readKeyFile(path))!;
  expect(() => createKey(keys, { name: 'gateway', rights: ['Send'], hubs: [] })).toThrow(/there is a key gateway; rotate it/);
  expect(() => createKey(keys, { name: 'a b', rights: ['Send'], hubs: [] })).toThrow(/name of a key/);
  expect(() => removeKey(keys, 'nobody')).toThrow(/there is no key nobody; there are gateway, platform/);
  expect(() => removeKey(keys.slice(0, 1), 'gateway')).toThrow(/only key/);
});
