import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceId } from '@vigil/contracts';
import type { KeyPort } from '@vigil/sealed-records';
import { decode } from '../decode/decode.js';
import { testKeys } from '../test-support/spool-fixture.js';
import { DeviceStates } from './device-states.js';
import { GRACE_MS, Numbering } from './numbering.js';
import { eventTime } from './skew.js';
import { StatesFile } from './states-file.js';

const BOOT = 'boot-a';
const UUID = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';
const READING = { metric: 'etco2', quality: 'valid' };
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'vigil-states-'));
let keys: KeyPort;
beforeAll(async () => {
  keys = await testKeys();
});
const temporary = async (): Promise<StatesFile> => new StatesFile(await folder(), keys, 'gw-1');
/** A folder with the file of an older version, which anybody could read. */
async function readable(text: string): Promise<{ file: StatesFile; dataDir: string }> {
  const dataDir = await folder();
  await writeFile(join(dataDir, 'device-states.json'), text);
  return { file: new StatesFile(dataDir, keys, 'gw-1'), dataDir };
}

test('what was learnt of a device survives a restart', async () => {
  const file = await temporary();
  const before = new DeviceStates();
  const state = before.of('mon-1');
  state.origin = 'simulated';
  const times = { bootId: BOOT, seq: 0, deviceAtMs: 1_000, gatewayAtMs: 1_100, wallMs: 1_100, rate: 1 };
  state.skew = eventTime(state.skew, times).state;
  state.said = { batteryPercent: 80, firmware: '1.2' };
  state.lastSeenMs = 1_100;
  await before.save(file);
  const after = new DeviceStates();
  await after.load(file);
  expect(after.of('mon-1')).toEqual(state);
  expect(after.originOf('mon-2')).toBeNull();
});

test('a unit that changes within a boot is refused after a restart of the gateway too', async () => {
  const file = await temporary();
  const etco2 = (value: number, unit: string) =>
    decode(Buffer.from(JSON.stringify({ bootId: UUID, seq: 0, atMs: 1, observations: [{ ...READING, value, unit }] }))).message!
      .readings;
  const before = new DeviceStates();
  expect(before.of('mon-1').habits.keep(UUID, etco2(5, 'kPa'), []).unitChanged).toBe(false);
  await before.save(file);
  const after = new DeviceStates();
  await after.load(file);
  expect(after.of('mon-1').habits.keep(UUID, etco2(5, 'mm[Hg]'), []).readings).toEqual([]);
});

test.each(['', '{"v":1,"dev', '{"v":2,"devices":{}}'])('a torn or foreign file (%j) is the same as none', async (text) => {
  const { file } = await readable(text);
  const states = new DeviceStates();
  await states.load(file);
  expect(states.size).toBe(0);
});

test('a file of the version before is read, and gives way to one that nobody can read', async () => {
  const skew = { previousMs: null, currentMs: 5, openedWallMs: 1, messages: 3, candidateMs: null, agreeing: 0 };
  const { file, dataDir } = await readable(JSON.stringify({ v: 1, devices: { 'mon-1': { origin: 'test', skew } } }));
  const states = new DeviceStates();
  await states.load(file);
  expect(states.of('mon-1')).toMatchObject({ origin: 'test', skew: { ...skew, seq: -1 }, said: {}, lastSeenMs: null });
  await states.save(file);
  expect(await readdir(dataDir)).toEqual(['device-states.sealed']);
  expect((await readFile(join(dataDir, 'device-states.sealed'))).includes('mon-1')).toBe(false);
  const again = new DeviceStates();
  await again.load(file);
  expect(again.originOf('mon-1')).toBe('test');
});

test('the file of another gateway is the same as none', async () => {
  const dataDir = await folder();
  const states = new DeviceStates();
  states.of('mon-1').origin = 'test';
  await states.save(new StatesFile(dataDir, keys, 'gw-1'));
  const other = new DeviceStates();
  await other.load(new StatesFile(dataDir, keys, 'gw-2'));
  expect(other.size).toBe(0);
});

test('the numbering goes on exactly where the spool holds nothing newer, and carefully where it does', async () => {
  const mon1 = 'mon-1' as DeviceId;
  const file = await temporary();
  const before = new Numbering();
  const arrives = (numbering: Numbering, seq: number): void =>
    numbering.record(mon1, BOOT, { seq, atMs: seq, deviceAtMs: seq, wallMs: 0 });
  for (const seq of [1, 2, 4]) arrives(before, seq);
  const states = new DeviceStates();
  states.of(mon1);
  await states.save(file, before, { spoolIndex: 17, nowMs: 0 });
  for (const [spoolIndex, missing] of [
    [17, [3, 5]],
    [18, []],
  ] as const) {
    const after = new Numbering();
    await new DeviceStates().load(file, after, { spoolIndex, wallMs: 0, nowMs: 0 });
    arrives(after, 6);
    expect(after.due(GRACE_MS).map((d) => d.missing.fromSeq)).toEqual(missing);
  }
});

test('a device that was not heard of for a month is forgotten', async () => {
  const file = await temporary();
  const states = new DeviceStates();
  states.of('mon-1').lastSeenMs = 1_000;
  states.of('mon-2').lastSeenMs = 20 * 86_400_000;
  await states.save(file, new Numbering(), { spoolIndex: 0, nowMs: 40 * 86_400_000 });
  const after = new DeviceStates();
  await after.load(file);
  expect([...after.entries()].map(([id]) => id)).toEqual(['mon-2']);
});
