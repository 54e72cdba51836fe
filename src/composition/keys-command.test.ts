import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openKeyFile, Sealer } from '@vigil/sealed-records';
import { openTestStores, type TestStores } from '../../test/contract/sql-fixture.js';
import { examineKeys } from './key-findings.js';
import { keysRetire, keysRotate, keysStatus } from './keys-command.js';

const DAY_MS = 86_400_000;

let t: TestStores;
beforeEach(async () => {
  t = await openTestStores();
  for (const [part, folder] of [
    ['gateway', 'spool'],
    ['hub', 'vigil/log'],
  ] as const) {
    mkdirSync(join(t.folder, part, folder), { recursive: true });
    const keys = await openKeyFile(join(t.folder, part, 'kek.json'), { create: 'if-missing' });
    const { header } = await Sealer.create(keys, 'a segment');
    writeFileSync(join(t.folder, part, folder, '1.seg'), Buffer.concat([Buffer.from('head'), header, Buffer.from('records')]));
  }
});
afterEach(() => t.end());

const machine = () => ({ dataDir: t.folder, env: {} });
const status = async () => (await keysStatus(machine(), Date.now())).join('\n');
const say = async (more: { keys?: string; laterMs?: number } = {}) => {
  const wallMs = Date.now() + (more.laterMs ?? 0);
  const findings = await examineKeys({ ...machine(), wallMs, keys: more.keys ?? 'file' });
  return findings.filter(({ ok }) => !ok).map((finding) => finding.say);
};
const currentOf = async (part: string) =>
  new RegExp(`${part} .*\\n(?: .* old.*\\n)* {2}(kek-\\w+) {2}current`).exec(await status())![1]!;

test('each key file is shown with what its keys wrap, and without a key', async () => {
  const shown = await status();
  expect(shown).toMatch(/^platform .*\n {2}kek-\w{12} {2}current, wraps \d+$/m);
  for (const part of ['gateway', 'hub'])
    expect(shown).toMatch(new RegExp(`^${part} .*\\n {2}kek-\\w{12} {2}current, wraps 1$`, 'm'));
  expect(shown).not.toMatch(/[A-Za-z0-9+/]{40}/);
});

test('a key is retired once nothing needs it, and not before', async () => {
  const [platform, hub] = [await currentOf('platform'), await currentOf('hub')];
  await expect(keysRetire(machine(), platform)).rejects.toThrow(/is the current key of platform; rotate first/);
  await expect(keysRetire(machine(), 'kek-nobody')).rejects.toThrow(/no key file .* has a key kek-nobody/);
  await keysRotate(machine(), undefined);
  await expect(keysRetire(machine(), platform)).rejects.toThrow(/still wraps \d+ of platform/);
  await expect(keysRetire(machine(), hub)).rejects.toThrow(/still wraps 1 of hub/);
  expect(await say()).toContainEqual(expect.stringMatching(/platform: 1 old keys are still in use/));
  await t.recordKeys.work();
  expect(await keysRetire(machine(), platform)).toMatch(/^retired/);
  expect(await status()).not.toContain(platform);
  expect((await t.directory.beds())[0]!.encounter).toMatchObject({ patient: { familyName: 'TESTMAN' } });
});

test('no key is retired while what needs it can not be read: a missing keys.db, or what lies beside a segment', async () => {
  const [platform, hub] = [await currentOf('platform'), await currentOf('hub')];
  await keysRotate(machine(), undefined);
  const segment = join(t.folder, 'hub', 'vigil', 'log', '1.seg');
  mkdirSync(`${segment}.key`);
  await expect(keysRetire(machine(), hub)).rejects.toThrow(/can't read .*1\.seg/);
  rmSync(`${segment}.key`, { recursive: true });
  writeFileSync(`${segment}.key`, 'torn');
  await expect(keysRetire(machine(), hub)).rejects.toThrow(/still wraps 1 of hub/);
  await t.close();
  renameSync(join(t.folder, 'keys.db'), join(t.folder, 'keys.away'));
  await expect(keysRetire(machine(), platform)).rejects.toThrow(/keys\.db is missing; restore it/);
});

test('one part is rotated alone', async () => {
  const before = await currentOf('platform');
  await keysRotate(machine(), 'gateway');
  expect(await currentOf('platform')).toBe(before);
  expect(await status()).toMatch(/gateway .*\n {2}kek-\w{12} {2}old, still wraps 1\n/);
});

describe('doctor', () => {
  test('has nothing to say of keys that are in order', async () => {
    expect(await say()).toEqual([]);
  });

  test('finds a key file that is gone, for each part, unless a vault has the keys', async () => {
    for (const part of ['.', 'gateway', 'hub']) renameSync(join(t.folder, part, 'kek.json'), join(t.folder, part, 'away.json'));
    expect(await say()).toEqual([0, 1, 2].map(() => expect.stringMatching(/kek\.json is missing; restore it from its backup/)));
    expect(await say({ keys: 'aws:alias/vigil' })).toHaveLength(2);
  });

  test('finds that the data keys are gone', async () => {
    await t.close();
    rmSync(join(t.folder, 'keys.db'));
    expect(await say()).toEqual([expect.stringMatching(/keys\.db is missing; restore it/)]);
  });

  test('finds a key file that others may read, the file of another installation, and a key older than a year', async () => {
    const file = join(t.folder, 'kek.json');
    chmodSync(file, 0o644);
    expect(await say()).toEqual([expect.stringMatching(/chmod 600/)]);
    chmodSync(file, 0o600);
    utimesSync(file, new Date(), new Date());
    expect(await say({ laterMs: 366 * DAY_MS })).toContainEqual(
      expect.stringMatching(/platform: the current key is older than a year/),
    );
    rmSync(file);
    await openKeyFile(file, { create: 'if-missing' });
    expect(await say()).toEqual([expect.stringMatching(/platform: .* has no key kek-\w+, which data need/)]);
  });
});
