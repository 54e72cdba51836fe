/** The key file of a hub that runs and of one that starts. */
import { mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { openKeyFile } from '@vigil/sealed-records';
import { startEventHub } from './start.js';

const HUBS = [{ name: 'vigil', partitions: 1, consumerGroups: [] }];
const options = (dataDir: string) => ({ dataDir, port: 0, httpPort: 0, segmentBytes: 64 * 1024, hubs: HUBS });
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-hub-keys-'));

test('a hub whose folder holds a log does not start without its key file, makes no new one, and says what to restore', async () => {
  const dataDir = newFolder();
  const keyFile = join(dataDir, 'kek.json');
  await (await startEventHub(options(dataDir))).stop();
  renameSync(keyFile, `${keyFile}.away`);
  const before = readdirSync(join(dataDir, 'vigil', 'log'));
  await expect(startEventHub(options(dataDir))).rejects.toThrow(/kek\.json is missing; restore it from its backup/);
  expect(readdirSync(dataDir)).not.toContain('kek.json');
  await openKeyFile(keyFile, { create: 'if-missing' });
  await expect(startEventHub(options(dataDir))).rejects.toThrow(/has no key kek-.*from its backup/);
  expect(readdirSync(join(dataDir, 'vigil', 'log'))).toEqual(before);
  renameSync(`${keyFile}.away`, keyFile);
  await (await startEventHub(options(dataDir))).stop();
});

test('a key file that can not be read for an hour leaves a hub ready, with a warning and a metric', async () => {
  const dataDir = newFolder();
  const clock = new FakeClock();
  const hub = await startEventHub({ ...options(dataDir), clock });
  const ready = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${hub.httpPort}/health/ready`)).json();
  const unreadable = async (): Promise<number> => (await hub.metrics.keysUnreadable.get()).values[0]!.value;
  /** The disk takes real time, which the clock of the hub knows nothing of. */
  const look = async (until: number): Promise<void> => {
    for (const endMs = Date.now() + 20_000; (await unreadable()) !== until && Date.now() < endMs;) {
      await clock.advance(5_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const keyFile = join(dataDir, 'kek.json');
  expect(await ready()).toEqual({ status: 'ready' });
  renameSync(keyFile, `${keyFile}.away`);
  for (let minute = 0; minute < 60; minute++) await clock.advance(60_000);
  await look(1);
  expect([await ready(), await unreadable()]).toEqual([{ status: 'ready', warnings: ['key-file-unreadable'] }, 1]);
  renameSync(`${keyFile}.away`, keyFile);
  await look(0);
  expect([await ready(), await unreadable()]).toEqual([{ status: 'ready' }, 0]);
  await hub.stop();
}, 30_000);
