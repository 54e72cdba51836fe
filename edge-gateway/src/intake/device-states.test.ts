import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceId } from '@vigil/contracts';
import { DeviceStates } from './device-states.js';
import { GRACE_MS, Numbering } from './numbering.js';
import { eventTime } from './skew.js';

const BOOT = 'boot-a';
const temporary = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'vigil-states-')), 'device-states.json');

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

test.each(['', '{"v":1,"dev', '{"v":2,"devices":{}}'])('a torn or foreign file (%j) is the same as none', async (text) => {
  const file = await temporary();
  await writeFile(file, text);
  const states = new DeviceStates();
  await states.load(file);
  expect(states.size).toBe(0);
});

test('a file of the version before is read', async () => {
  const file = await temporary();
  const skew = { previousMs: null, currentMs: 5, openedWallMs: 1, messages: 3, candidateMs: null, agreeing: 0 };
  await writeFile(file, JSON.stringify({ v: 1, devices: { 'mon-1': { origin: 'test', skew } } }));
  const states = new DeviceStates();
  await states.load(file);
  expect(states.of('mon-1')).toMatchObject({ origin: 'test', skew: { ...skew, seq: -1 }, said: {}, lastSeenMs: null });
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
    await new DeviceStates().load(file, after, { spoolIndex, wallMs: 0 });
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
