/** The suite's way to a real namespace, tried on a hub that is as much like one as ours can be. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventHubProducerClient } from '@azure/event-hubs';
import { jest } from '@jest/globals';
import { type RunningEventHub, startEventHub } from '@vigil/event-hub';
import { ROOT } from '../support/root.js';
import { retryOptions } from './event-hub-clients.js';
import { AZURE_CONNECTION, AZURE_GROUP } from './event-hub-namespace.js';

jest.setTimeout(180_000);
const MAIN = join(ROOT, 'packages/event-hub/dist/main.js');

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

/** TLS, offsets that are no numbers, another name, other partitions, another group, and events of others in each. */
async function usedHub(dataDir: string): Promise<RunningEventHub> {
  await promisify(execFile)(process.execPath, [MAIN, 'certificates', '--data-dir', dataDir, '--host', 'localhost']);
  const hub = await startEventHub({
    dataDir,
    port: 0,
    tls: { port: 0 },
    offsets: 'opaque',
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

const built = existsSync(MAIN) ? test : test.skip;
if (!existsSync(MAIN)) process.stdout.write('skipped: the suite by TLS (the command is not built; `npm run build`)\n');

built('the suite passes by TLS on a hub elsewhere that others use too, and says what it leaves out', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-hub-'));
  const hub = await usedHub(dataDir);
  try {
    const { results, printed } = await runLiveSuite({
      [AZURE_CONNECTION]: `${hub.connectionString('platform', 'tls')};EntityPath=ward-7`,
      NODE_EXTRA_CA_CERTS: join(dataDir, 'tls', 'ca.pem'),
      [AZURE_GROUP]: 'suite',
    });
    const of = (status: string): Outcome[] => results.filter((result) => result.status === status);
    expect(of('failed').map(({ title, failureMessages }) => [title, failureMessages[0]])).toEqual([]);
    expect(of('passed').length).toBeGreaterThan(45);
    for (const { title } of of('pending')) expect(printed).toContain(`skipped on this namespace: ${title} (`);
    expect(printed).toContain('on our own hub only: b7 kill -9 of the hub (kills the hub)');
  } finally {
    await hub.stop();
  }
});
