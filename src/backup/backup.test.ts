import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { BackupError } from './backup-error.js';
import type { Databases, Erased } from './databases.js';
import { readLastRun } from './last-run.js';
import { makeBackup, SITE_KEYS_FILE } from './make-backup.js';
import { openBackup } from './open-backup.js';
import { BLOCK_BYTES } from './pack.js';
import { makeRecoveryKey } from './recovery-key.js';
import { requireEmpty, restoreInto } from './restore.js';
import { runsToKeep } from './retention.js';
import { KEYS_FILE, runIds } from './target.js';
import { partOf } from './what.js';

const HOUR_MS = 3_600_000;
const STORE_BYTES = 10 * BLOCK_BYTES + 5;

/** A site whose stores are files that nobody writes to. */
class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'vigil-backup-'));
  readonly clock = new FakeClock(Date.UTC(2026, 10, 22));
  readonly erased: Erased[] = [];
  readonly databases: Databases = {
    copy: (paths, to) => {
      for (const path of paths) cpSync(this.at('live', path), join(to, path));
      return Promise.resolve({ files: paths, store: 'sqlite', dump: null, schema: '0001-site', log: 'log', auditSeq: 7 });
    },
    keyStore: () => ({ text: JSON.stringify({ of: 'keys' }), kekIds: ['kek-1'], erased: this.erased }),
    faultOf: () => null,
  };

  constructor() {
    mkdirSync(this.at('live', 'backup'), { recursive: true });
    mkdirSync(this.at('live', 'hub'));
    const { recoveryText, siteText } = makeRecoveryKey(this.clock.wallMs());
    writeFileSync(this.at('recovery.json'), recoveryText);
    writeFileSync(this.at('live', 'backup', SITE_KEYS_FILE), siteText);
    writeFileSync(this.at('live', 'site.yaml'), 'beds: 8');
    writeFileSync(this.at('live', 'kek.json'), '{"current":"kek-1"}', { mode: 0o600 });
    writeFileSync(this.at('live', 'hub', 'keys.json'), 'hub secret', { mode: 0o600 });
    this.store(1);
  }

  at(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** What the database is from now on: `seed` decides its third block, the others stay. */
  store(seed: number): void {
    const bytes = Buffer.alloc(STORE_BYTES, 7);
    // Random bytes can't be made smaller, so that what is written can be told by its size.
    for (let at = 0; at < STORE_BYTES; at++) bytes[at] = (at * 2_654_435_761) >>> 13;
    bytes.fill(seed, 2 * BLOCK_BYTES, 3 * BLOCK_BYTES);
    writeFileSync(this.at('live', 'vigil.db'), bytes);
  }

  backup(more: { isFull?: boolean; data?: string; keys?: string } = {}) {
    return makeBackup({
      ...{ dataDir: this.at('live'), dataTarget: this.at(more.data ?? 'data'), keysTarget: this.at(more.keys ?? 'keys') },
      ...{ version: '1', clock: this.clock, databases: this.databases, pace: { took: () => undefined }, keepDays: 35 },
      ...{ isFull: more.isFull ?? false, progress: () => undefined },
    });
  }

  open(more: { data?: string; keys?: string; recovery?: string; atMs?: number } = {}) {
    const { data = 'data', keys = 'keys', recovery = 'recovery.json', atMs } = more;
    const places = { dataFolder: this.at(data), keysFolder: this.at(keys), recoveryFile: this.at(recovery) };
    return openBackup(places, { atMs }, () => undefined);
  }

  async restore(name: string, atMs?: number): Promise<void> {
    const steps = {
      keyStore: (file: string, text: string) => Promise.resolve(writeFileSync(file, text)),
      finish: () => Promise.resolve(),
    };
    await restoreInto(this.at(name), this.at('data'), this.open(atMs === undefined ? {} : { atMs }), steps);
  }
}

const sites: Site[] = [];
const site = (): Site => {
  const made = new Site();
  sites.push(made);
  return made;
};
afterAll(() => {
  for (const { folder } of sites) rmSync(folder, { recursive: true, force: true });
});

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    if (error instanceof BackupError) return error.code;
    throw error;
  }
};

test('what is restored is what was there, in both parts, and of the log and the spools nothing', async () => {
  const one = site();
  mkdirSync(one.at('live', 'hub', 'vigil', 'log'), { recursive: true });
  writeFileSync(one.at('live', 'hub', 'vigil', 'log', '1.seg'), 'log');
  writeFileSync(one.at('live', 'launcher.json'), '{}');
  await one.backup();
  await one.restore('back');
  for (const name of ['site.yaml', 'kek.json', 'hub/keys.json', 'vigil.db', `backup/${SITE_KEYS_FILE}`]) {
    expect(readFileSync(one.at('back', name)).equals(readFileSync(one.at('live', name)))).toBe(true);
  }
  expect(readdirSync(one.at('back'), { recursive: true }).filter((name) => /log|launcher|restoring/.test(String(name)))).toEqual(
    [],
  );
});

test('the second run writes the block that changed, and either time can be restored', async () => {
  const one = site();
  const first = await one.backup();
  const before = readFileSync(one.at('live', 'vigil.db'));
  const atMs = one.clock.wallMs();
  await one.clock.advance(300_000);
  one.store(2);
  const second = await one.backup();
  expect(first.isFull).toBe(true);
  expect(second).toMatchObject({ isFull: false, readBytes: first.readBytes });
  expect(second.writtenBytes).toBeLessThan(BLOCK_BYTES);
  await one.restore('newest');
  await one.restore('first', atMs);
  expect(readFileSync(one.at('newest', 'vigil.db')).equals(readFileSync(one.at('live', 'vigil.db')))).toBe(true);
  expect(readFileSync(one.at('first', 'vigil.db')).equals(before)).toBe(true);
});

test('a day after the last full run, in another folder, or after a pack was lost, everything is written again', async () => {
  const one = site();
  await one.backup();
  await one.clock.advance(HOUR_MS);
  expect((await one.backup({ data: 'data-2', keys: 'keys-2' })).isFull).toBe(true);
  await one.clock.advance(HOUR_MS);
  expect((await one.backup({ data: 'data-2', keys: 'keys-2' })).isFull).toBe(false);
  for (const pack of readdirSync(one.at('data-2', 'packs'))) rmSync(one.at('data-2', 'packs', pack));
  expect((await one.backup({ data: 'data-2', keys: 'keys-2' })).isFull).toBe(true);
  await one.clock.advance(24 * HOUR_MS);
  expect((await one.backup({ data: 'data-2', keys: 'keys-2' })).isFull).toBe(true);
});

/** Each does something to a good back-up; what is said of it then. */
const MISCHIEF: readonly (readonly [string, (one: Site) => void, string])[] = [
  ['a pack cut off', (one) => truncateSync(one.at('data', 'packs', readdirSync(one.at('data', 'packs'))[0]!), 1_000), 'damaged'],
  ['a bit of a pack flipped', (one) => flip(one.at('data', 'packs', readdirSync(one.at('data', 'packs'))[0]!), 5_000), 'damaged'],
  ['a pack away', (one) => rmSync(one.at('data', 'packs', readdirSync(one.at('data', 'packs'))[0]!)), 'damaged'],
  ['a run cut off', (one) => truncateSync(runOf(one), 200), 'damaged'],
  ['a bit of the body of a run flipped', (one) => flip(runOf(one), -20), 'damaged'],
  ['a bit of the header of a run flipped', (one) => flip(runOf(one), 60), 'damaged'],
  ['a value in the header of a run changed', (one) => swap(runOf(one), '"version":"1"', '"version":"9"'), 'wrong-recovery-key'],
  ['a run of a later version', (one) => put(runOf(one), 7, '2'), 'newer-version'],
  ['the keys cut off', (one) => truncateSync(one.at('keys', KEYS_FILE), 900), 'damaged'],
  ['a bit of the keys flipped', (one) => flip(one.at('keys', KEYS_FILE), -20), 'damaged'],
  ['the keys away', (one) => rmSync(one.at('keys', KEYS_FILE)), 'keys-missing'],
  ['the folder of the keys away', (one) => rmSync(one.at('keys'), { recursive: true }), 'keys-missing'],
  ['the list of the erased away', (one) => rmSync(one.at('data', 'erased.vge')), 'damaged'],
  ['the recovery key away', (one) => rmSync(one.at('recovery.json')), 'no-recovery-key'],
  ['another file as recovery key', (one) => writeFileSync(one.at('recovery.json'), '{}'), 'wrong-recovery-key'],
  [
    'the recovery key of another site',
    (one) => writeFileSync(one.at('recovery.json'), makeRecoveryKey(0).recoveryText),
    'wrong-recovery-key',
  ],
  ['no run at all', (one) => rmSync(one.at('data', 'runs'), { recursive: true }), 'no-backup'],
  ['the folder away', (one) => rmSync(one.at('data'), { recursive: true }), 'no-backup'],
];

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place]! ^= 1;
  writeFileSync(path, bytes);
}

function put(path: string, at: number, text: string): void {
  const bytes = readFileSync(path);
  bytes.write(text, at);
  writeFileSync(path, bytes);
}

function swap(path: string, from: string, to: string): void {
  const bytes = readFileSync(path);
  bytes.write(to, bytes.indexOf(from));
  writeFileSync(path, bytes);
}

const runOf = (one: Site): string => one.at('data', 'runs', `${runIds(one.at('data'))[0]}.run`);

test.each(MISCHIEF)('%s: said by name, before a byte is written', async (_what, harm, code) => {
  const one = site();
  await one.backup();
  harm(one);
  expect(codeOf(() => one.open())).toBe(code);
  await expect(one.restore('back')).rejects.toThrow(BackupError);
  expect(existsSync(one.at('back'))).toBe(false);
});

test('the keys of another site, swapped folders, and a time before the first run are refused', async () => {
  const [one, other] = [site(), site()];
  await one.backup();
  await other.backup();
  cpSync(other.at('keys'), one.at('other-keys'), { recursive: true });
  expect(codeOf(() => one.open({ keys: 'other-keys' }))).toBe('wrong-recovery-key');
  expect(codeOf(() => one.open({ data: 'keys', keys: 'data' }))).toBe('no-backup');
  expect(codeOf(() => one.open({ keys: 'data' }))).toBe('keys-missing');
  expect(codeOf(() => one.open({ atMs: 1 }))).toBe('no-backup');
});

test('neither folder alone, nor both without the recovery key, hold anything in clear', async () => {
  const one = site();
  writeFileSync(one.at('live', 'site.yaml'), 'name: Canaryname '.repeat(5_000));
  await one.backup();
  for (const folder of ['data', 'keys']) {
    for (const entry of readdirSync(one.at(folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = readFileSync(join(entry.parentPath, entry.name)).toString('latin1');
      expect(text).not.toMatch(/Canaryname|hub secret|beds/);
    }
  }
});

test('a run that fails leaves the one before it whole, is remembered as failed, and holds up no later one', async () => {
  const one = site();
  const good = await one.backup();
  const { copy } = one.databases;
  Object.assign(one.databases, { copy: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) });
  await one.clock.advance(300_000);
  await expect(one.backup()).rejects.toMatchObject({ code: 'disk-full' });
  expect(readLastRun(one.at('live'))).toMatchObject({
    goodMs: good.goodMs,
    runId: good.runId,
    failure: 'disk-full',
    failedMs: one.clock.wallMs(),
  });
  expect(readdirSync(one.at('data', 'packs'))).toEqual([`${good.runId}.pack`]);
  expect(one.open().header.runId).toBe(good.runId);
  Object.assign(one.databases, { copy });
  expect(await one.backup()).toMatchObject({ failure: null, isFull: false });
});

test('data, keys and what they are copies of stay apart, and other files are not written over', async () => {
  const one = site();
  await expect(one.backup({ data: 'x', keys: 'x' })).rejects.toMatchObject({ code: 'target' });
  await expect(one.backup({ data: 'x', keys: 'x/keys' })).rejects.toMatchObject({ code: 'target' });
  await expect(one.backup({ data: 'live/backups' })).rejects.toMatchObject({ code: 'target' });
  mkdirSync(one.at('used'));
  writeFileSync(one.at('used', 'holiday.jpg'), '');
  await expect(one.backup({ data: 'used' })).rejects.toMatchObject({ code: 'target' });
  await one.backup();
  await expect(one.backup({ data: 'keys', keys: 'data' })).rejects.toMatchObject({ code: 'target' });
  const other = site();
  cpSync(one.at('data'), other.at('data'), { recursive: true });
  await expect(other.backup()).rejects.toMatchObject({ code: 'other-site' });
  expect(() => requireEmpty(one.at('live'))).toThrow(/not empty/);
});

test('a site without a recovery key makes no back-up', async () => {
  const one = site();
  rmSync(one.at('live', 'backup', SITE_KEYS_FILE));
  await expect(one.backup()).rejects.toMatchObject({ code: 'no-recovery-key' });
});

test('who is erased is known in both places with the next run, and the older keys are gone', async () => {
  const one = site();
  await one.backup();
  one.erased.push({ subject: 'pat-1', atMs: 5 });
  await one.clock.advance(300_000);
  await one.backup();
  expect(one.open({ atMs: one.clock.wallMs() - 1 }).erased).toEqual([{ subject: 'pat-1', atMs: 5 }]);
  expect(readdirSync(one.at('keys')).sort()).toEqual(['erased.vge', KEYS_FILE, 'vigil-backup.json']);
});

test('all runs of a day stay, then one an hour, then one a day, and the newest whatever the clock says', () => {
  const nowMs = Date.UTC(2026, 10, 22);
  const runs = Array.from({ length: 12 * 24 * 50 }, (_, i) => ({ runId: `r${i}`, atMs: nowMs - i * 300_000 }));
  const kept = runsToKeep(runs, nowMs, 35);
  const ageH = (runId: string): number => (Number(runId.slice(1)) * 300_000) / HOUR_MS;
  const between = (from: number, to: number): number => [...kept].filter((id) => ageH(id) > from && ageH(id) <= to).length;
  expect(between(-1, 24)).toBe(289);
  expect(between(24, 168)).toBe(144);
  expect(between(168, 35 * 24)).toBe(28);
  expect(between(35 * 24, Infinity)).toBe(0);
  expect(runsToKeep([{ runId: 'old', atMs: 0 }], nowMs, 1)).toEqual(new Set(['old']));
});

test('runs that are no longer kept take their packs along, but for those that others need', async () => {
  const one = site();
  const first = await one.backup();
  await one.clock.advance(HOUR_MS);
  const kept = await one.backup();
  await one.clock.advance(40 * 24 * HOUR_MS);
  const last = await one.backup();
  expect(last.isFull).toBe(true);
  expect(runIds(one.at('data'))).toEqual([last.runId]);
  expect(readdirSync(one.at('data', 'packs'))).toEqual([`${last.runId}.pack`]);
  expect([first.runId, kept.runId]).not.toContain(last.runId);
});

test.each([
  ['site.yaml', 'data'],
  ['vigil.db', 'database'],
  ['history.db', 'database'],
  ['vigil.db-wal', 'none'],
  ['keys.db', 'key-store'],
  ['kek.json', 'keys'],
  ['hub/keys.json', 'keys'],
  ['hub/vigil/meta.json', 'none'],
  ['gateway/spool/0.seg', 'none'],
  ['gateway/tls/ca.key', 'keys'],
  ['audit/signing-key.json', 'keys'],
  ['something-new.json', 'keys'],
  ['backup/site-keys.json', 'keys'],
  ['backup/last-run.json', 'none'],
])('%s goes to %s', (path, part) => {
  expect(partOf(path, 100)).toBe(part);
});
