/**
 * The gateway as a process whose disk gives trouble (CK-R11, R13, R14): full, failing to sync, read-only, without file handles. Nothing is
 * acknowledged meanwhile, it goes on by itself within ten seconds, and everything that was acknowledged is on the hub in the
 * end. The same at each single operation, with a fake disk, is in edge-gateway/src/spool.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.js';
import { ballast, DiskSite, mountSmall, whyNoFiu } from './gateway-disk.js';

const env = process.env;
/** How often each trouble comes and goes. */
const ROUNDS = Number(env.VIGIL_TEST_DISK_ROUNDS ?? 1);
const RATE = Number(env.VIGIL_TEST_DISK_RATE ?? 1_000);
const REPORT = env.VIGIL_TEST_DISK_REPORT;
const MIB = 1024 * 1024;
const DISK_MIB = Number(env.VIGIL_TEST_DISK_MIB ?? 16);
const BALLAST_MIB = (DISK_MIB * 3) / 4;
const DEVICES = 16;
const NOTICED_MS = 10_000;
const RESUMED_MS = 10_000;
const STANDS_MS = 2_000;
const FILL_MS = 120_000;
const LIMIT_MS = 150_000 + ROUNDS * 60_000;
const FILES_MAX = 64;
const EROFS = 30;

const small = mkdtempSync(join(tmpdir(), 'vigil-gateway-small-'));
const noMount = mountSmall(small, DISK_MIB);
const noFiu = whyNoFiu();
const onSmallDisk = noMount === null ? test : test.skip;
const withFiu = noFiu === null ? test : test.skip;
const onLinux = process.platform === 'linux' ? test : test.skip;

afterAll(() => {
  if (noMount === null) execFileSync('umount', ['-l', small]);
  for (const why of [noMount, noFiu]) if (why !== null) process.stderr.write(`skipped: ${why}\n`);
  rmSync(small, { recursive: true, force: true });
});

interface Trouble {
  readonly name: string;
  readonly site: DiskSite;
  begin(): void;
  end(): void;
  /** How long it may take until the trouble is felt: a disk has to fill first. */
  readonly feltMs: number;
}

const acked = (site: DiskSite): number => site.load!.totals().acked;
const unacked = (site: DiskSite): number => site.load!.totals().published - acked(site);

/** One time from trouble to well again; answers how long each step took. */
async function round({ site, begin, end, feltMs }: Trouble) {
  const before = site.segments();
  const beganMs = Date.now();
  begin();
  await until('PUBACK is withheld', async () => (await site.metric('spool_withheld')) === 1, feltMs);
  const withheldMs = Date.now();
  await until('the fault stands', async () => (await site.metric('faults_standing', '"spoolWithheld"')) === 1, NOTICED_MS);
  const faultMs = Date.now() - withheldMs;
  const atRest = acked(site);
  await sleep(STANDS_MS);
  expect({ alive: site.isAlive, acked: acked(site) }).toEqual({ alive: true, acked: atRest });
  expect(unacked(site)).toBeGreaterThan(0);
  expect(site.segments()).toEqual(expect.arrayContaining(before));
  const stoodMs = Date.now() - withheldMs;
  const lines = site.lines.filter(({ atMs }) => atMs >= withheldMs).length;
  end();
  const endedMs = Date.now();
  await until('it takes data again', () => acked(site) > atRest, RESUMED_MS);
  const resumedMs = Date.now() - endedMs;
  await until('the fault is over', async () => (await site.metric('faults_standing', '"spoolWithheld"')) === 0, NOTICED_MS);
  expect(lines).toBeLessThanOrEqual(1 + stoodMs / 1_000);
  return { felt: withheldMs - beganMs, faultMs, resumedMs, linesInTrouble: lines, stoodMs };
}

async function suffer(trouble: Trouble): Promise<void> {
  const { site } = trouble;
  try {
    await site.startGateway();
    await site.startLoad(RATE);
    await sleep(1_000);
    const rounds = [];
    for (let n = 0; n < ROUNDS; n++) {
      rounds.push(await round(trouble));
      await sleep(500);
    }
    const kept = site.segments();
    const ledger = await site.compare();
    const report = { trouble: trouble.name, ...ledger, rounds };
    if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify(report)}\n`);
    expect(kept.length).toBeGreaterThan(0);
    expect(report).toMatchObject({ missing: 0, phantom: 0, gaps: 0 });
    expect(ledger.acknowledged).toBeGreaterThan(RATE / 2);
  } finally {
    await site.end();
  }
}

onSmallDisk(
  'a disk that is full withholds PUBACK, deletes nothing, and goes on once there is room',
  async () => {
    const filler = join(small, 'ballast');
    const site = new DiskSite({ dataDir: join(small, 'full'), devices: DEVICES });
    try {
      await suffer({
        ...{ name: 'full', site, feltMs: FILL_MS },
        begin: () => ballast(filler, BALLAST_MIB * MIB),
        end: () => rmSync(filler),
      });
    } finally {
      for (const name of ['full', 'ballast']) rmSync(join(small, name), { recursive: true, force: true });
    }
  },
  LIMIT_MS,
);

withFiu.each([
  ['can not be synced', 'sync', ['posix/io/sync/fdatasync', 'posix/io/sync/fsync'], 5],
  ['is read-only', 'read-only', ['posix/io/rw/pwrite'], EROFS],
])(
  'a disk that %s withholds PUBACK: nothing is acknowledged that a sync did not cover',
  async (_, name, points, errno) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'vigil-gateway-fiu-'));
    const site = new DiskSite({ dataDir, devices: DEVICES, around: ['fiu-run', '-x', '-f', join(dataDir, 'fiu')] });
    const control = (what: string): void => {
      for (const point of points)
        site.control(`${what} name=${point}${what === 'enable' ? `,failinfo=${errno}` : ''}`, join(dataDir, 'fiu'));
    };
    try {
      await suffer({ name, site, feltMs: NOTICED_MS, begin: () => control('enable'), end: () => control('disable') });
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
  LIMIT_MS,
);

onLinux(
  `a gateway that may open ${FILES_MAX} files and is asked for more stays, tells its log little, and loses nothing`,
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'vigil-gateway-files-'));
    const around = ['sh', '-c', `ulimit -n ${FILES_MAX}; exec "$@"`, 'sh'];
    const site = new DiskSite({ dataDir, devices: DEVICES, around });
    const sockets: Socket[] = [];
    try {
      await site.startGateway();
      await site.startLoad(RATE);
      await sleep(1_000);
      const fromMs = Date.now();
      const before = site.lines.length;
      for (let n = 0; n < 2 * FILES_MAX; n++) sockets.push(connect(site.mqttPort, '127.0.0.1').on('error', () => undefined));
      await sleep(STANDS_MS);
      const lines = site.lines.length - before;
      const seconds = (Date.now() - fromMs) / 1_000;
      for (const socket of sockets) socket.destroy();
      const atRest = acked(site);
      await until('it takes data again', () => acked(site) > atRest, RESUMED_MS);
      expect({ alive: site.isAlive }).toEqual({ alive: true });
      expect(lines).toBeLessThanOrEqual(1 + seconds);
      await sleep(1_000);
      const report = { trouble: 'files', lines, ...(await site.compare()) };
      if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify(report)}\n`);
      expect(report).toMatchObject({ missing: 0, phantom: 0, gaps: 0 });
      expect(report.acknowledged).toBeGreaterThan(RATE / 2);
    } finally {
      for (const socket of sockets) socket.destroy();
      await site.end();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
  LIMIT_MS,
);
