/** What the hub's process still holds after each of several rounds of work, and how much memory it takes for it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EventHubProducerClient } from '@azure/event-hubs';
import { jest } from '@jest/globals';
import { type HubProcess, isHubBuilt, startHubProcess } from '../support/hub-process.js';
import { ROOT } from '../support/root.js';
import { LATEST, newFolder, noRetries, producerFor, read, until } from './event-hub-clients.js';

jest.setTimeout(180_000);

const ROUNDS = 8;
const SENDS = 30;
const CLIENTS = 3;
const BATCH = Array.from({ length: 100 }, () => ({ body: 'x'.repeat(600) }));
/** More than the newest events that are kept in memory, so that from the first round on each event replaces another. */
const WARM_UP_SENDS = 640;
/** 40 bytes for each event of a round, 4 KiB for each send, 20 KiB for each client. */
const GROWTH_BYTES_MAX = SENDS * CLIENTS * 100 * 40;
const YOUNG_BYTES_MAX = 16 * 1024 * 1024;
const RESIDENT_BYTES_MAX = 250e6;

interface Usage {
  readonly usedBytes: number;
  readonly youngBytes: number;
}

async function usage({ child }: HubProcess, file: string): Promise<Usage> {
  rmSync(file, { force: true });
  child.kill('SIGUSR2');
  await until('the memory that is in use', () => existsSync(file));
  return JSON.parse(readFileSync(file, 'utf8')) as Usage;
}

/** The most that the process has taken so far; 0 where the system does not tell. */
function peakBytes({ child }: HubProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function send(producer: EventHubProducerClient, sends: number): Promise<void> {
  let left = sends;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await producer.sendBatch(BATCH, { partitionId: String(left % 8) });
  };
  await Promise.all(Array.from({ length: 4 }, lane));
}

/** Clients come, send and read, and go. */
async function round(hub: HubProcess): Promise<void> {
  const clients = Array.from({ length: CLIENTS }, () => ({
    producer: new EventHubProducerClient(hub.connection('platform'), 'vigil', { retryOptions: noRetries }),
    reader: read(hub.connection('platform'), { startPosition: LATEST, partition: '0', group: 'live' }),
  }));
  await Promise.all(
    clients.map(async ({ producer, reader }) => {
      await send(producer, SENDS);
      await producer.sendBatch(BATCH, { partitionId: '0' });
      await until('the round', () => reader.events.length > 0);
      await Promise.all([producer.close(), reader.close()]);
    }),
  );
}

/** By how much each round is above the one before, by least squares. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const top = values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0);
  return top / values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
}

const built = isHubBuilt() && process.platform !== 'win32' ? test : test.skip;

built(
  'nothing of clients that went or events that were replaced stays in memory, and the process stays below 250 MB',
  async () => {
    const dataDir = newFolder();
    const file = join(mkdtempSync(join(tmpdir(), 'vigil-memory-')), 'memory.json');
    const report = pathToFileURL(join(ROOT, 'test', 'contract', 'event-hub-memory', 'report.mjs'));
    report.searchParams.set('to', file);
    const hub = await startHubProcess({ dataDir, nodeArgs: ['--expose-gc', '--import', report.href] });
    try {
      await send(producerFor(hub.connection('platform')), WARM_UP_SENDS);
      await round(hub);
      const samples: Usage[] = [];
      for (let i = 0; i < ROUNDS; i++) {
        await round(hub);
        samples.push(await usage(hub, file));
      }
      expect(slope(samples.map(({ usedBytes }) => usedBytes))).toBeLessThan(GROWTH_BYTES_MAX);
      // A young generation that grows with time is found in no run this short, unless it is made to.
      expect(Math.max(...samples.map(({ youngBytes }) => youngBytes))).toBeLessThanOrEqual(YOUNG_BYTES_MAX);
      expect(peakBytes(hub)).toBeLessThan(RESIDENT_BYTES_MAX);
    } finally {
      await hub.end('SIGTERM');
    }
  },
);
