/** The suite's way to a real namespace, tried on a hub that is as much like one as ours can be. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHubProducerClient } from '@azure/event-hubs';
import { jest } from '@jest/globals';
import { type RunningEventHub, startEventHub } from '@vigil/event-hub';
import { ROOT } from '../support/root.js';
import { retryOptions } from './event-hub-clients.js';
import { AZURE_CONNECTION, AZURE_GROUP } from './event-hub-namespace.js';

jest.setTimeout(180_000);

interface Outcome {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: string[];
}

/** Runs the live suite in a process of its own, which knows nothing but the environment. */
async function runLiveSuite(env: Record<string, string>): Promise<{ results: Outcome[]; printed: string }> {
  const report = join(mkdtempSync(join(tmpdir(), 'vigil-live-')), 'report.json');
  const args = [
    '--selectProjects',
    'contract',
    '--testPathPatterns',
    'event-hub\\.live\\.test',
    '-w',
    '1',
    '--json',
    '--outputFile',
    report,
  ];
  const child = spawn(process.execPath, ['scripts/jest.mjs', ...args], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (printed += bytes.toString()));
  await once(child, 'close');
  if (!existsSync(report)) throw new Error(`the suite did not run: ${printed.slice(-2000)}`);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as { testResults: { assertionResults: Outcome[] }[] };
  return { results: testResults.flatMap((file) => file.assertionResults), printed };
}

/** Another name, other partitions, another group, and events of others in every partition. */
async function usedHub(): Promise<RunningEventHub> {
  const hub = await startEventHub({
    dataDir: mkdtempSync(join(tmpdir(), 'vigil-hub-')),
    port: 0,
    segmentBytes: 1024 * 1024,
    hubs: [{ name: 'ward-7', partitions: 3, consumerGroups: ['suite'] }],
  });
  const producer = new EventHubProducerClient(hub.connectionString('platform'), 'ward-7', { retryOptions });
  for (const partitionId of await producer.getPartitionIds()) {
    for (let n = 0; n < 20; n++) await producer.sendBatch([{ body: 'of others' }, { body: { n } }], { partitionId });
  }
  await producer.close();
  return hub;
}

test('the suite passes on a hub elsewhere that others use too, and says what it leaves out', async () => {
  const hub = await usedHub();
  try {
    const { results, printed } = await runLiveSuite({
      [AZURE_CONNECTION]: `${hub.connectionString('platform')};EntityPath=ward-7`,
      [AZURE_GROUP]: 'suite',
    });
    const of = (status: string): Outcome[] => results.filter((result) => result.status === status);
    expect(of('failed').map(({ title, failureMessages }) => [title, failureMessages[0]])).toEqual([]);
    expect(of('passed').length).toBeGreaterThan(45);
    for (const { title } of of('pending')) expect(printed).toContain(`skipped on this namespace: ${title} (`);
  } finally {
    await hub.stop();
  }
});
