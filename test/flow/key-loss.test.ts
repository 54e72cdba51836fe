/**
 * Keys that are lost, swapped, cut short or open to others: `npm start` refuses with one line that says what to do, and
 * overwrites nothing; with the right file back it runs and nothing is lost.
 *
 * `VIGIL_TEST_KEY_LOSS=all` does each of these to each file.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BedView } from '@vigil/contracts';
import { PORTS } from '../../scripts/launch/settings.mjs';
import { ApiClient } from '../support/api-client.js';
import { freePorts } from '../support/free-ports.js';
import { Terminal } from '../support/terminal.js';
import { until } from '../support/until.js';

const REFUSED_WITHIN_MS = 60_000;
const ARRIVES_MS = 30_000;
const FILES = ['kek.json', 'keys.db', 'hub/kek.json', 'gateway/kek.json'] as const;
const KEPT = /\.(db|json|seg|key)$/;
/** Changes with each start, whatever the keys do. */
const CHANGES = /^(launcher\.json|gateway\/(config|clock-mark|time-mark|anchor\/cursor|spool\/cursor)\.json|watchdog\/)/;

type Mischief = 'missing' | 'of another site' | 'cut short' | 'empty' | 'open to others';
const MISCHIEF: Readonly<Record<Mischief, (path: string, other: string) => void>> = {
  missing: (path) => rmSync(path),
  'of another site': (path, other) => cpSync(other, path),
  'cut short': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  empty: (path) => truncateSync(path, 0),
  'open to others': (path) => chmodSync(path, 0o644),
};
const EVERY = FILES.flatMap((file) => (Object.keys(MISCHIEF) as Mischief[]).map((what) => [file, what] as const));
/** Each file once lost and once swapped; the rest of what may happen to a file with one of them. */
const SHORT = EVERY.filter(([file, what]) => what === 'missing' || what === 'of another site' || file === 'hub/kek.json');
const CASES = process.env.VIGIL_TEST_KEY_LOSS === 'all' ? EVERY : SHORT;

const folder = mkdtempSync(join(tmpdir(), 'vigil-key-loss-'));
const [mine, other, saved] = ['mine', 'other', 'saved'].map((name) => join(folder, name)) as [string, string, string];
let env: Record<string, string>;
let shownAtFirst: string;

/** The demo, and what ends with the test whatever comes. */
const started: Terminal[] = [];
function start(): Terminal {
  const vigil = new Terminal({ ...env, VIGIL_DATA_DIR: mine });
  started.push(vigil);
  return vigil;
}

async function stop(vigil: Terminal): Promise<void> {
  vigil.kill('SIGTERM');
  await vigil.ends(ARRIVES_MS);
}

/** Who lies in the bed, once it shows readings. */
async function shown(vigil: Terminal): Promise<string> {
  await vigil.says('vigil ready');
  const accounts = JSON.parse(readFileSync(join(mine, 'demo-accounts.json'), 'utf8')) as Record<string, string>[];
  const { password } = accounts.find(({ username }) => username === 'carol')!;
  const api = await ApiClient.signIn(`http://127.0.0.1:${env.VIGIL_PORT}`, 'carol', password!);
  const isShown = async (): Promise<BedView | false> => {
    const bed = await api.bed('icu-1');
    return bed.readings.length > 0 && bed;
  };
  return (await until('readings', isShown, ARRIVES_MS)).encounter!.displayName;
}

/** Everything at once, so that the gateway's spool has sealed records too. */
async function crash(vigil: Terminal): Promise<void> {
  const { children } = JSON.parse(readFileSync(join(mine, 'launcher.json'), 'utf8')) as { children: { pid: number }[] };
  vigil.kill('SIGKILL');
  for (const { pid } of children) process.kill(pid, 'SIGKILL');
  await vigil.ends(ARRIVES_MS);
  rmSync(join(mine, 'launcher.json'));
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What one process keeps, by file; logs may be continued, so they are compared by what they held before. */
function contentOf(part: string): Map<string, string> {
  const all = (readdirSync(join(mine, part), { recursive: true }) as string[]).map((name) => join(part, name));
  const ofOthers = (name: string): boolean => part === '.' && /^(hub|gateway|watchdog|inbox)\//.test(name);
  const names = all.filter((name) => KEPT.test(name) && !CHANGES.test(name) && !ofOthers(name));
  return new Map(
    names.map((name) => {
      const bytes = readFileSync(join(mine, name));
      const before = name.endsWith('.seg') && existsSync(join(saved, name)) ? statSync(join(saved, name)).size : bytes.length;
      return [name, sha256(bytes.subarray(0, before))];
    }),
  );
}

beforeAll(async () => {
  const ports = await freePorts(PORTS.length);
  env = { VIGIL_BEDS: '1', ...Object.fromEntries(PORTS.map(([name], i) => [name, String(ports[i])])) };
  const before = start();
  await shown(before);
  await stop(before);
  renameSync(mine, other);
  const vigil = start();
  shownAtFirst = await shown(vigil);
  await crash(vigil);
  const spool = join('gateway', 'spool');
  cpSync(join(mine, spool), join(saved, spool), { recursive: true });
  const again = start();
  await shown(again);
  await stop(again);
  // Every store closed in order, and a spool that still has something to send.
  rmSync(join(mine, spool), { recursive: true });
  cpSync(mine, saved, { recursive: true });
}, 180_000);
afterEach(async () => {
  for (const vigil of started.splice(0)) await stop(vigil);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(CASES)(
  '%s %s: refused with one line that names it, and nothing is overwritten',
  async (file, what) => {
    rmSync(mine, { recursive: true });
    cpSync(saved, mine, { recursive: true });
    const path = join(mine, file);
    MISCHIEF[what](path, join(other, file));
    const before = contentOf(dirname(file));
    const vigil = start();
    await vigil.ends(REFUSED_WITHIN_MS);
    const last = vigil.said.trimEnd().split('\n').at(-1)!;
    process.stdout.write(`${file} ${what}: ${last.replaceAll(folder, '…')}\n`);
    expect(vigil.ended).toBe(1);
    expect(last).toContain(file);
    expect(last).toMatch(/from its backup|chmod 600/);
    expect(last).not.toMatch(/\bat .*:\d+|undefined|SqliteError|\{\}/);
    expect(existsSync(path)).toBe(what !== 'missing');
    const after = contentOf(dirname(file));
    expect([...before].filter(([name, sha]) => after.get(name) !== sha).map(([name]) => name)).toEqual([]);
  },
  REFUSED_WITHIN_MS + 10_000,
);

test('with the right files back it runs and nothing is lost', async () => {
  for (const file of FILES) renameSync(join(mine, file), join(mine, `${file}.away`));
  const refused = start();
  await refused.ends(REFUSED_WITHIN_MS);
  expect(refused.ended).toBe(1);
  for (const file of FILES) {
    rmSync(join(mine, `${file}.away`));
    cpSync(join(saved, file), join(mine, file));
  }
  expect(await shown(start())).toBe(shownAtFirst);
}, 180_000);

test('without the signing key of the audit log patients are watched on, and readiness says what to restore', async () => {
  const path = join(mine, 'audit', 'signing-key.json');
  rmSync(path);
  const vigil = start();
  expect(await shown(vigil)).toBe(shownAtFirst);
  const ready = async (): Promise<string> => (await fetch(`http://127.0.0.1:${env.VIGIL_PORT}/health/ready`)).text();
  await until('readiness says so', async () => /signing-key\.json is missing; restore/.test(await ready()), ARRIVES_MS);
  expect(existsSync(path)).toBe(false);
  await stop(vigil);
  cpSync(join(saved, 'audit', 'signing-key.json'), path);
  const again = start();
  await shown(again);
  await until('readiness is well again', async () => !/signing-key/.test(await ready()), ARRIVES_MS);
}, 180_000);
