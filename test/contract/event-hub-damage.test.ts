/** Damage to the hub's log, as the unmodified client, the command line and whoever watches the hub see it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningEventHub } from '@vigil/event-hub';
import { EARLIEST, newFolder, producerFor, read, start, until } from './event-hub-clients.js';

const MAIN = join(import.meta.dirname, '../../packages/event-hub/dist/main.js');
const COUNT = 60;

const get = async (hub: RunningEventHub, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${hub.httpPort}${path}`)).text();
const ready = async (hub: RunningEventHub): Promise<unknown> => JSON.parse(await get(hub, '/health/ready')) as unknown;
const logOf = (dataDir: string): string => join(dataDir, 'vigil', 'log');
const open = (dataDir: string, repair = false): Promise<RunningEventHub> =>
  start({ dataDir, httpPort: 0, segmentBytes: 16 * 1024, tailCacheBytes: 1, repair });

/** A stopped hub with one event in each record, in several segments. */
async function made(): Promise<string> {
  const dataDir = newFolder();
  const hub = await open(dataDir);
  const producer = producerFor(hub.connectionString('platform'));
  for (let i = 0; i < COUNT; i++) await producer.sendBatch([{ body: `event ${i} `.padEnd(1000, '.') }], { partitionId: '0' });
  await producer.close();
  await hub.stop();
  return dataDir;
}

function harmSecondSegment(dataDir: string): void {
  const path = join(logOf(dataDir), readdirSync(logOf(dataDir)).filter((name) => name.endsWith('.seg'))[1]!);
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(path, bytes);
}

const verify = (dataDir: string): { readonly status: number | null; readonly text: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'verify', '--data-dir', dataDir], { encoding: 'utf8' });
  return { status, text: stdout + stderr };
};

test('a damaged record is found by verify and by the reader that meets it, who is told and gets nothing behind it', async () => {
  const dataDir = await made();
  expect(verify(dataDir)).toMatchObject({
    status: 0,
    text: expect.stringMatching(/segments are as they were written/) as string,
  });
  harmSecondSegment(dataDir);
  expect(verify(dataDir)).toMatchObject({
    status: 1,
    text: expect.stringMatching(/damaged from byte .*: 1 acknowledged/) as string,
  });
  const hub = await open(dataDir);
  expect(await ready(hub)).toEqual({ status: 'ready' });
  const reader = read(hub.connectionString('platform'), { partition: '0', startPosition: EARLIEST });
  await until('the reader is told', () => reader.errors.length > 0);
  expect(reader.errors[0]).toBe('InternalServerError');
  const numbers = reader.events.map((event) => event.sequenceNumber);
  expect(numbers).toEqual(numbers.map((_, i) => i));
  expect(numbers.length).toBeLessThan(COUNT);
  expect(await ready(hub)).toEqual({ status: 'ready', warnings: ['log-damaged'] });
  expect(await get(hub, '/metrics')).toContain('vigil_hub_segments_damaged{hub="vigil"} 1');
  const producer = producerFor(hub.connectionString('platform'));
  await producer.sendBatch([{ body: 'later' }], { partitionId: '0' });
});

test('after a repair exactly the damaged event is missing, for the reader, the properties and the figures', async () => {
  const dataDir = await made();
  harmSecondSegment(dataDir);
  await (await open(dataDir, true)).stop();
  expect(readdirSync(join(dataDir, 'vigil', 'quarantine'))).toHaveLength(1);
  const hub = await open(dataDir);
  const producer = producerFor(hub.connectionString('platform'));
  await producer.sendBatch([{ body: 'later' }], { partitionId: '0' });
  const reader = read(hub.connectionString('platform'), { partition: '0', startPosition: EARLIEST });
  await until('all that is left', () => reader.events.length === COUNT);
  const numbers = reader.events.map((event) => event.sequenceNumber);
  const missing = Array.from({ length: COUNT + 1 }, (_, i) => i).filter((i) => !numbers.includes(i));
  expect([missing.length, numbers.at(-1), reader.errors]).toEqual([1, COUNT, []]);
  expect(await ready(hub)).toEqual({ status: 'ready', warnings: ['log-events-lost'] });
  expect(await get(hub, '/metrics')).toContain('vigil_hub_events_lost{hub="vigil"} 1');
  const { beginningSequenceNumber, lastEnqueuedSequenceNumber } = await producer.getPartitionProperties('0');
  expect([beginningSequenceNumber, lastEnqueuedSequenceNumber]).toEqual([0, COUNT]);
});

test('verify reads beside a running hub that is written to, and finds nothing', async () => {
  const dataDir = newFolder();
  const hub = await open(dataDir);
  const producer = producerFor(hub.connectionString('platform'));
  let isSending = true;
  const sending = (async () => {
    while (isSending) await producer.sendBatch([{ body: 'x'.repeat(3_000) }], { partitionId: '0' });
  })();
  for (let i = 0; i < 3; i++) {
    const child = spawn(process.execPath, [MAIN, 'verify', '--data-dir', dataDir], { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([0, null]);
  }
  isSending = false;
  await sending;
});

test('a start that is refused says what is missing and how to go on', async () => {
  const dataDir = await made();
  const [, second] = readdirSync(logOf(dataDir)).filter((name) => name.endsWith('.seg'));
  mkdirSync(join(dataDir, 'away'));
  writeFileSync(join(dataDir, 'away', second!), readFileSync(join(logOf(dataDir), second!)));
  writeFileSync(join(logOf(dataDir), second!), '');
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [MAIN, '--data-dir', dataDir, '--port', '0', '--http-port', '0'],
    { encoding: 'utf8' },
  );
  expect(status).toBe(1);
  expect(stdout + stderr).toMatch(/acknowledged events would be missing \(partition 0: \d+ to \d+\); restore .*--repair/);
  writeFileSync(join(logOf(dataDir), second!), readFileSync(join(dataDir, 'away', second!)));
  const hub = await open(dataDir);
  expect(await ready(hub)).toEqual({ status: 'ready' });
});
