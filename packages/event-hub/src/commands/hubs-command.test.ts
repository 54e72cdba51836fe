import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeKey } from '../auth/key-edit.js';
import { readKeyFile, writeKeyFile } from '../auth/key-file.js';
import { type RunningEventHub, startEventHub } from '../start.js';
import { bytesOf, bytesText, durationOf, durationText } from './amounts.js';
import { hubsCommand } from './hubs-command.js';

let dataDir: string;
let running: RunningEventHub | null = null;
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'vigil-commands-'))));
afterEach(async () => {
  await running?.stop();
  running = null;
});

const startHub = async (httpPort?: number): Promise<void> => {
  running = await startEventHub({ dataDir, port: 0, segmentBytes: 65_536, ...(httpPort === undefined ? {} : { httpPort }) });
};

async function run(...args: string[]): Promise<string> {
  const lines: string[] = [];
  await hubsCommand((line) => lines.push(line)).parseAsync([...args, '--data-dir', dataDir], { from: 'user' });
  return lines.join('\n');
}
const listed = async (): Promise<Record<string, unknown>[]> =>
  JSON.parse(await run('list', '--json')) as Record<string, unknown>[];

describe.each([
  ['through the hub that runs', true],
  ['on the folder of one that does not', false],
])('%s', (_, isRunning) => {
  beforeEach(async () => {
    if (isRunning) await startHub(0);
  });

  test('a hub is made, shown, changed and inspected', async () => {
    await run('create', 'trial', '--partitions', '2', '--group', 'a', 'b', '--retention', '2d');
    await run('add-group', 'trial', 'c');
    await run('remove-group', 'trial', 'a');
    expect(await run('retention', 'trial', '--bytes', '2GiB')).toBe('hub trial keeps events for 2d, at most 2 GiB');
    const hub = (await listed()).find(({ name }) => name === 'trial');
    expect(hub).toMatchObject({
      ...{ partitions: 2, consumerGroups: ['$default', 'b', 'c'] },
      retention: { ageMs: 2 * 86_400_000, bytes: 2 * 1024 ** 3 },
    });
    expect(await run('list')).toMatch(/^trial {2}2 partitions.*keeps 2d, at most 2 GiB {2}\$default b c$/m);
    expect(await run('inspect', 'trial')).toMatch(/^partition 1: -1 to -1$/m);
    expect(JSON.parse(await run('inspect', 'trial', '--json'))).toMatchObject({ name: 'trial', producers: [] });
  });

  test('what can not be done is said', async () => {
    await run('create', 'trial', '--partitions', '2');
    await expect(run('create', 'Trial', '--partitions', '2')).rejects.toThrow(/already/);
    await expect(run('inspect', 'nix')).rejects.toThrow(/there is no hub nix/);
    await expect(run('retention', 'nix', '--age', '1d')).rejects.toThrow(/there is no hub nix/);
    await expect(run('remove-group', 'trial', 'nix')).rejects.toThrow(/no group nix/);
    await expect(run('create', 'wide', '--partitions', '33')).rejects.toThrow(/1 to 32/);
  });
});

test('what is made while none runs is there at the start', async () => {
  await run('create', 'trial', '--partitions', '3');
  await startHub(0);
  expect((await listed()).map(({ name }) => name)).toEqual(['trial', 'vigil']);
});

test('a hub without HTTP, and one without a key for this, are told of', async () => {
  await startHub();
  await expect(run('list')).rejects.toThrow(/serves no HTTP/);
  await running!.stop();
  await startHub(0);
  const keys = join(dataDir, 'keys.json');
  await writeKeyFile(keys, removeKey((await readKeyFile(keys))!, 'admin'));
  await expect(run('list')).rejects.toThrow(/keys create admin --rights Manage/);
});

test('a file that an earlier hub left behind misleads nobody', async () => {
  writeFileSync(join(dataDir, 'running.json'), JSON.stringify({ pid: 1, httpPort: 1 }));
  expect(await run('list')).toBe('no hubs yet');
});

test('a folder that is not there is no empty hub', async () => {
  dataDir = join(dataDir, 'nix');
  await expect(run('list')).rejects.toThrow(/is not there/);
});

test('amounts are read and written for people', () => {
  expect([durationOf('90s'), durationOf('7d'), bytesOf('512MiB'), bytesOf('77'), bytesOf('none')]).toEqual([
    ...[90_000, 7 * 86_400_000, 512 * 1024 ** 2, 77],
    null,
  ]);
  expect([durationText(7 * 86_400_000), durationText(90_000), durationText(1500)]).toEqual(['7d', '90s', '1500ms']);
  expect([bytesText(0), bytesText(101), bytesText(1536), bytesText(10 * 1024 ** 3)]).toEqual([
    '0 B',
    '101 B',
    '1.5 KiB',
    '10 GiB',
  ]);
  for (const wrong of ['', '7', 'd', '-1d', '1.5d']) expect(() => durationOf(wrong)).toThrow(/duration/);
  for (const wrong of ['', '1GB', '-1', '1e9']) expect(() => bytesOf(wrong)).toThrow(/size/);
});
