import { mkdtempSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { createMetrics } from './admin/metrics.js';
import { DEFAULT_RETENTION, type HubSpec, STANDARD_LIMITS } from './hub-meta.js';
import type { Hubs } from './hubs.js';
import { type Disk, nodeDisk } from './log/disk.js';
import { LogError } from './log/log-error.js';
import { openHubs } from './open-hubs.js';

const ward: HubSpec = { name: 'ward', partitions: 2, consumerGroups: ['alarms'] };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const folder = (): string => mkdtempSync(join(tmpdir(), 'vigil-hubs-'));

let open: Hubs | null = null;
/** Stands for what a disk says to the first file of a log; null for a disk that works. */
let opening: Disk['open'] | null = null;
const disk: Disk = { ...nodeDisk, open: (path, how) => (opening ?? nodeDisk.open)(path, how) };
afterEach(async () => {
  await open?.close();
  open = null;
});

async function openIn(dataDir: string, specs: readonly HubSpec[], limits = STANDARD_LIMITS): Promise<Hubs> {
  await open?.close();
  open = null;
  const hubLog = { disk, segmentBytes: 65_536, tailCacheBytes: 65_536, pendingBytesMax: 65_536, onFailure: () => undefined };
  const shared = { clock: new FakeClock(), log: silent, metrics: createMetrics() };
  return (open = (await openHubs({ dataDir, specs, limits, keys: undefined, ...shared, hubLog })).hubs);
}

const metaOf = (dataDir: string, name = 'ward') =>
  JSON.parse(readFileSync(join(dataDir, name, 'meta.json'), 'utf8')) as Record<string, unknown>;

test('what is declared while it runs is there at the next start, without being in the options', async () => {
  const dataDir = folder();
  let hubs = await openIn(dataDir, []);
  expect(await hubs.create(ward)).toMatchObject({ ok: true });
  expect(await hubs.addGroup('WARD', 'Trend')).toMatchObject({ ok: true });
  expect(await hubs.setRetention('ward', { ageMs: 3_600_000, bytes: 2 ** 20 })).toMatchObject({ ok: true });
  expect([...hubs.get('ward')!.groups].sort()).toEqual(['$default', 'alarms', 'trend']);
  hubs = await openIn(dataDir, []);
  const hub = hubs.get('ward')!;
  expect([hub.partitions, hub.retention, [...hub.groups].sort()]).toEqual([
    2,
    { ageMs: 3_600_000, bytes: 2 ** 20 },
    ['$default', 'alarms', 'trend'],
  ]);
});

test('a folder of the first form opens and gets groups and retention from the options', async () => {
  const dataDir = folder();
  await mkdir(join(dataDir, 'ward', 'log'), { recursive: true });
  const old = { format: 1, hubId: '4b6c2c4e-27d6-4cf8-9f0b-4f5f2a3d6b11', name: 'ward', createdMs: 5, partitions: 2 };
  await writeFile(join(dataDir, 'ward', 'meta.json'), JSON.stringify(old));
  const hubs = await openIn(dataDir, [ward]);
  expect(hubs.get('ward')!.createdMs).toBe(5);
  expect(metaOf(dataDir)).toEqual({ ...old, format: 2, consumerGroups: ['alarms'], retention: DEFAULT_RETENTION });
});

test('options add their groups to a hub that is there and leave its retention', async () => {
  const dataDir = folder();
  await openIn(dataDir, [{ ...ward, retention: { ageMs: 60_000, bytes: null } }]);
  const hubs = await openIn(dataDir, [{ ...ward, consumerGroups: ['ALARMS', 'live'] }]);
  expect([...hubs.get('ward')!.groups]).toEqual(['$default', 'alarms', 'live']);
  expect(hubs.get('ward')!.retention).toEqual({ ageMs: 60_000, bytes: null });
});

test('partitions are fixed for ever', async () => {
  const dataDir = folder();
  await openIn(dataDir, [ward]);
  await expect(openIn(dataDir, [{ ...ward, partitions: 3 }])).rejects.toThrow(/has 2 partitions, not 3/);
});

test.each([
  ['a name that leaves the folder', { ...ward, name: '../ward' }, /named by/],
  ['a name of the protocol', { ...ward, name: '$management' }, /named by/],
  ['33 partitions', { ...ward, partitions: 33 }, /1 to 32 partitions/],
  ['21 groups', { ...ward, consumerGroups: Array.from({ length: 21 }, (_, i) => `g${i}`) }, /at most 20/],
  ['a group with a blank', { ...ward, consumerGroups: ['a b'] }, /named by/],
  ['a retention of a second', { ...ward, retention: { ageMs: 1000, bytes: null } }, /60000/],
])('%s is refused, while it runs and at a start', async (_, spec, message) => {
  const dataDir = folder();
  const hubs = await openIn(dataDir, []);
  expect(await hubs.create(spec)).toMatchObject({ ok: false, reason: 'invalid', message: expect.stringMatching(message) });
  await expect(openIn(dataDir, [spec])).rejects.toThrow(message);
});

test('there is no eleventh hub, no 21st group, and no hub twice in another spelling', async () => {
  const dataDir = folder();
  const hubs = await openIn(dataDir, [ward]);
  expect(await hubs.create({ ...ward, name: 'Ward' })).toMatchObject({ ok: false, reason: 'exists' });
  const small = await openIn(dataDir, [ward], { hubs: 1, partitions: 2, groups: 1 });
  expect(await small.create({ ...ward, name: 'second' })).toMatchObject({ ok: false, reason: 'limit' });
  expect(await small.addGroup('ward', 'second')).toMatchObject({ ok: false, reason: 'limit' });
});

test('a folder that is no hub is not made one', async () => {
  const dataDir = folder();
  await mkdir(join(dataDir, 'tls'));
  await writeFile(join(dataDir, 'tls', 'key.pem'), 'x');
  const hubs = await openIn(dataDir, []);
  expect(await hubs.create({ ...ward, name: 'tls' })).toMatchObject({ ok: false, reason: 'exists' });
});

test('while the disk is full no hub is made, and one that can not be opened leaves nothing behind', async () => {
  const dataDir = folder();
  const hubs = await openIn(dataDir, []);
  hubs.hold(new LogError('busy', 'the disk is nearly full'));
  await expect(hubs.create(ward)).rejects.toMatchObject({ code: 'busy' });
  hubs.hold(null);
  await mkdir(join(dataDir, 'ward', 'log', '00000000000000000001.seg.new'), { recursive: true });
  expect(await hubs.create(ward)).toMatchObject({ ok: false, reason: 'exists' });
  await rm(join(dataDir, 'ward'), { recursive: true });
  opening = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  await expect(hubs.create(ward)).rejects.toMatchObject({ code: 'busy' });
  opening = null;
  expect(await hubs.create(ward)).toMatchObject({ ok: true });
});

test('a group goes when nobody reads in it, and $Default never', async () => {
  const hubs = await openIn(folder(), [ward]);
  expect(await hubs.removeGroup('ward', 'alarms', () => 2)).toMatchObject({ ok: false, reason: 'in-use' });
  expect(await hubs.removeGroup('ward', '$Default', () => 0)).toMatchObject({ ok: false, reason: 'invalid' });
  expect(await hubs.removeGroup('ward', 'alarms', () => 0)).toMatchObject({ ok: true });
  expect(await hubs.removeGroup('ward', 'alarms', () => 0)).toMatchObject({ ok: false, reason: 'missing' });
  expect([...hubs.get('ward')!.groups]).toEqual(['$default']);
});

test('changes that come together are all kept', async () => {
  const dataDir = folder();
  const hubs = await openIn(dataDir, [ward]);
  const groups = ['a', 'b', 'c', 'd'];
  await Promise.all(groups.map((group) => hubs.addGroup('ward', group)));
  expect(metaOf(dataDir)['consumerGroups']).toEqual(['alarms', ...groups]);
});

test('damaged declarations and two hubs of one name stop the start and say where', async () => {
  const dataDir = folder();
  await openIn(dataDir, [ward, { ...ward, name: 'other' }]);
  await open!.close();
  open = null;
  await rename(join(dataDir, 'other'), join(dataDir, 'kept'));
  await openIn(dataDir, [ward]);
  expect(open!.get('other')!.folder).toBe(join(dataDir, 'kept'));
  await open!.create({ ...ward, name: 'third' });
  await open!.close();
  open = null;
  await writeFile(join(dataDir, 'third', 'meta.json'), readFileSync(join(dataDir, 'ward', 'meta.json')));
  await expect(openIn(dataDir, [])).rejects.toThrow(/both hold the hub ward/);
  await writeFile(join(dataDir, 'third', 'meta.json'), '{"format":3}');
  await expect(openIn(dataDir, [])).rejects.toThrow(/third.*damaged or of a later version/);
});
