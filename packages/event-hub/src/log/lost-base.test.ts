/** What a start does when it can't read where retention has let the log begin. */
import type { KeyPort } from '@vigil/sealed-records';
import { ForgetfulDisk } from './forgetful-disk.js';
import { append, contents, FOLDER, newKeys, openLog, PARTITIONS, randomOf } from './test-log.js';
import { verifyLog } from './verify-log.js';

let keys: KeyPort;
beforeAll(async () => {
  keys = await newKeys();
});

const SENT = 20;
const verify = (disk: ForgetfulDisk) => verifyLog({ folder: FOLDER, hubId: 'test-hub', partitionCount: PARTITIONS, keys, disk });
const send = async (log: Awaited<ReturnType<typeof openLog>>, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) expect(await append(log, i % PARTITIONS, `event ${i}`.padEnd(200, '.'))).toBeNull();
};

/** A log of which retention has removed everything, and `behind` events since; as kill -9 leaves it. */
async function made(behind: number): Promise<ForgetfulDisk> {
  const disk = new ForgetfulDisk();
  let log = await openLog(disk, keys);
  await send(log, SENT);
  await log.close();
  log = await openLog(disk, keys);
  await log.dropOldest(100);
  await send(log, behind);
  const killed = disk.afterPowerLoss('everything', Math.random);
  await log.close();
  return killed;
}

async function harm(disk: ForgetfulDisk, how: string): Promise<void> {
  const path = `${FOLDER}/${(await disk.list(FOLDER)).find((name) => name.endsWith('.base'))!}`;
  if (how === 'missing') return disk.remove(path);
  const file = await disk.open(path, 'change');
  const bytes = Buffer.alloc(await file.size());
  await file.read(bytes, 0);
  bytes[100]! ^= 1;
  await file.write(bytes, 0);
}

test.each([
  ['damaged', 0],
  ['missing', 0],
  ['damaged', 1],
  ['missing', 1],
])('a .base file that is %s, with %s events behind it, stops the start, and no number is used again', async (how, behind) => {
  const disk = await made(behind);
  await harm(disk, how);
  expect((await verify(disk)).problems).toMatchObject([{ kind: 'base', lost: [] }]);
  await expect(openLog(disk, keys)).rejects.toThrow(/\.base file .* is damaged or missing/);
  let log = await openLog(disk, keys, { isRepair: true });
  expect((await contents(log, 0)).size + (await contents(log, 1)).size).toBe(behind);
  if (behind > 0) expect(log.state(0)).toMatchObject({ begin: SENT / 2, next: SENT / 2 + 1 });
  expect(log.state(1).next).toBeGreaterThan(SENT / 2);
  const before = log.state(1).next;
  await send(log, 2);
  await log.close();
  expect((await verify(disk)).problems).toEqual([]);
  log = await openLog(disk, keys);
  expect([log.started.rebuilt, log.state(1).next, log.lost]).toEqual([[], before + 1, []]);
  await log.close();
});

/** Hundreds with `VIGIL_TEST_BIT_FLIPS=1000`. */
const FLIPS = Math.ceil(Number(process.env['VIGIL_TEST_BIT_FLIPS'] ?? 60) / 4);

test.each([0, 1, SENT])('any bit that turns in a .base file is found by the start, with %s events behind it', async (behind) => {
  const good = await made(behind);
  const name = (await good.list(FOLDER)).find((found) => found.endsWith('.base'))!;
  const random = randomOf(behind + 1);
  for (let i = 0; i < FLIPS; i++) {
    const disk = good.afterPowerLoss('everything', Math.random);
    const file = await disk.open(`${FOLDER}/${name}`, 'change');
    const at = Math.floor(random() * (await file.size()));
    const byte = Buffer.alloc(1);
    await file.read(byte, at);
    byte[0]! ^= 1 << Math.floor(random() * 8);
    await file.write(byte, at);
    const start = openLog(disk, keys);
    if (behind < SENT) await expect(start).rejects.toThrow(/\.base file/);
    else expect([(await start).started.rebuilt.length, (await start).state(0).next]).toEqual([1, SENT]);
  }
});

test('a damaged .base file with an .idx file behind it is made anew', async () => {
  const disk = await made(SENT);
  await harm(disk, 'damaged');
  let log = await openLog(disk, keys);
  expect(log.started.rebuilt).toHaveLength(1);
  expect([log.state(0), log.state(1)]).toMatchObject(Array(2).fill({ begin: SENT / 2, next: SENT }));
  await log.close();
  log = await openLog(disk, keys);
  expect(log.started.rebuilt).toEqual([]);
  await log.close();
});

test('verify beside a running hub is not confused by retention', async () => {
  const disk = new ForgetfulDisk();
  const log = await openLog(disk, keys);
  await send(log, 2 * SENT);
  let isDropped = false;
  const beside = Object.create(disk, {
    open: {
      value: async (path: string, how: 'read') => {
        if (path.endsWith('2.seg') && !isDropped) {
          isDropped = true;
          await log.dropOldest(4);
        }
        return disk.open(path, how);
      },
    },
  }) as ForgetfulDisk;
  expect(await verify(beside)).toMatchObject({ problems: [], indexes: [] });
  expect([isDropped, log.state(0).begin > 0]).toEqual([true, true]);
  await log.close();
});
