import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceStates } from './device-states.js';
import { eventTime } from './skew.js';

const temporary = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'vigil-states-')), 'device-states.json');

test('what was learnt of a device survives a restart', async () => {
  const file = await temporary();
  const before = new DeviceStates();
  const state = before.of('mon-1');
  state.origin = 'simulated';
  state.skew = eventTime(state.skew, { deviceAtMs: 1_000, gatewayAtMs: 1_100, wallMs: 1_100, rate: 1 }).state;
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
