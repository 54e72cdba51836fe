/** The official Python client against the real hub: packages/event-hub/test-clients/python has the rows. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { jest } from '@jest/globals';
import { partitionOfKey } from '@vigil/event-hub';
import { EARLIEST, producerFor, read, until } from './event-hub-clients.js';
import { type HubProcess, isHubBuilt, makeHubCertificates, startHubProcess } from '../support/hub-process.js';
import { PYTHON_MATRIX, pythonWithClient } from '../support/python-clients.js';

jest.setTimeout(300_000);

interface Outcome {
  readonly row: string;
  readonly ok: boolean;
  readonly tookMs: number;
  readonly error?: string;
}

const KEYS = ['icu-1', 'icu-2', 'gateway:a', 'wörld', 'Ω', '床-7', 'device:17', 'x'.repeat(128)];
// The folder of the matrix stays as it is.
process.env.PYTHONDONTWRITEBYTECODE = '1';
const isSlow = process.env.VIGIL_TEST_SLOW_CLIENTS === '1';
const client = isHubBuilt() ? pythonWithClient() : { missing: 'the hub is not built; `npm run build`' };
if ('missing' in client) process.stdout.write(`skipped: the Python client against the hub (${client.missing})\n`);

function rowsOf(python: string): [string, string][] {
  const { stdout } = spawnSync(python, [join(PYTHON_MATRIX, 'matrix.py'), '--list', ...(isSlow ? ['--slow'] : [])], {
    encoding: 'utf8',
  });
  return JSON.parse(stdout) as [string, string][];
}

describe('the Python client', () => {
  if ('missing' in client) {
    test.skip(client.missing, () => undefined);
    return;
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-hub-'));
  const outcomes = new Map<string, Outcome>();
  let hub: HubProcess;
  let matrix: ChildProcessByStdio<Writable, Readable, null>;
  let ended: Promise<unknown>;

  beforeAll(async () => {
    const ca = makeHubCertificates(dataDir);
    hub = await startHubProcess({ dataDir, more: ['--tls-port', '0'] });
    matrix = spawn(client.python, ['-W', 'ignore', join(PYTHON_MATRIX, 'matrix.py'), ...(isSlow ? ['--slow'] : [])], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    ended = new Promise((resolve) => matrix.once('close', resolve));
    createInterface({ input: matrix.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as Outcome | { ask: 'kill' | 'restart' };
      if ('row' in said) outcomes.set(said.row, said);
      else void restart(said.ask === 'kill' ? 'SIGKILL' : 'SIGTERM');
    });
    const described = {
      connection: hub.connection('platform'),
      sender: hub.connection('gateway'),
      tls: {
        ca,
        address: `sb://localhost:${hub.tlsPort}`,
        connection: hub
          .connection('gateway')
          .replace(`127.0.0.1:${hub.port}`, `localhost:${hub.tlsPort}`)
          .replace(';UseDevelopmentEmulator=true', ''),
      },
      partitionOfKey: Object.fromEntries(KEYS.map((key) => [key, partitionOfKey(key, 8)])),
    };
    matrix.stdin.write(`${JSON.stringify(described)}\n`);
  });

  async function restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await hub.end(signal);
    hub = await startHubProcess({ dataDir, port: hub.port });
    matrix.stdin.write('done\n');
  }

  afterAll(async () => {
    matrix.kill();
    await hub.end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  test.each(rowsOf(client.python))('%s: %s', async (row) => {
    await Promise.race([until(row, () => outcomes.has(row), 280_000), ended]);
    expect(outcomes.get(row)).toEqual({ row, ok: true, tookMs: expect.any(Number) });
  });

  test('reads what JavaScript has sent, and the other way round', async () => {
    await ended;
    const connection = hub.connection('platform');
    const reader = read(connection, { startPosition: EARLIEST, partition: '0' });
    await until('what Python has sent', () => reader.events.length >= 6);
    const [first, value] = reader.events;
    expect(first).toMatchObject({ messageId: 'm-1', correlationId: 'c-1', contentType: 'x/y' });
    expect(first!.body).toEqual(Buffer.from([0, 255]));
    expect(first!.properties).toMatchObject({ text: 'é – ü', int: 7, float: 0.5 });
    // Python writes a byte for it, which the JavaScript client takes for a number.
    expect(Boolean(first!.properties!.bool)).toBe(true);
    expect(value!.body).toEqual({ a: [1, 'zwei'] });
    const producer = producerFor(connection);
    const bodies = ['Wörter', 42, { a: ['b'] }, true, Buffer.from([1, 2])];
    await producer.sendBatch(
      bodies.map((body) => ({ body, properties: { text: 'é', n: 1 } })),
      { partitionKey: 'bed-1' },
    );
    const script = join(PYTHON_MATRIX, 'read_javascript.py');
    const { stdout, stderr } = spawnSync(
      client.python,
      ['-W', 'ignore', script, connection, String(partitionOfKey('bed-1', 8))],
      {
        encoding: 'utf8',
        timeout: 30_000,
      },
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      bodies: ['"Wörter"', '42', '{"a":["b"]}', 'true', '\u0001\u0002'],
      keys: bodies.map(() => 'bed-1'),
      texts: bodies.map(() => 'é'),
    });
  });
});
