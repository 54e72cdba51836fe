/** The hub on a real, small file system that fills up, with the unmodified client. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EARLIEST, kindsOf, noRetries, producerFor, read, retryOptions, start, until } from './event-hub-clients.js';

const MIB = 1024 * 1024;

/** A file system of 24 MiB in memory; null where this process may not mount one. */
function mountSmall(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${24 * MIB}`, 'vigil-small-disk', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}

const disk = mountSmall();
if (disk === null)
  process.stderr.write('skipped: no small file system can be mounted here; disk-guard.test.ts shows the guard without one\n');
const there = disk === null ? describe.skip : describe;

afterAll(() => {
  if (disk === null) return;
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

const body = (n: number): { body: { n: number; text: string } } => ({ body: { n, text: 'x'.repeat(20_000) } });
const numbers = (events: readonly { body: unknown }[]): number[] => events.map((event) => (event.body as { n: number }).n);

there('a disk that fills up', () => {
  const ballast = (): string => join(disk!, 'ballast');

  test('producers are told that the hub is busy before it is full; reading goes on, and it resumes by itself', async () => {
    const dataDir = join(disk!, 'guarded');
    const hub = await start({ dataDir, httpPort: 0, segmentBytes: MIB, freeBytesMin: 4 * MIB });
    const ready = async (): Promise<{ status: number; body: unknown }> => {
      const response = await fetch(`http://127.0.0.1:${hub.httpPort}/health/ready`);
      return { status: response.status, body: await response.json() };
    };
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection, 'vigil', noRetries);
    const send = (n: number): Promise<void> => producer.sendBatch([body(n)], { partitionId: '0' });
    await send(0);
    writeFileSync(ballast(), Buffer.alloc(19 * MIB));
    let status = 200;
    while (status === 200) ({ status } = await ready());
    expect(await ready()).toEqual({ status: 503, body: { status: 'not ready', reason: 'disk-full' } });
    await expect(send(1)).rejects.toThrow(/nearly full/);
    const reader = read(connection, { partition: '0', startPosition: EARLIEST });
    await until('the event from before', () => reader.events.length === 1);
    rmSync(ballast());
    while (status !== 200) ({ status } = await ready());
    await send(2);
    await until('the event from after', () => reader.events.length === 2);
    expect(numbers(reader.events)).toEqual([0, 2]);
    await hub.stop();
    rmSync(dataDir, { recursive: true });
  });

  test('a disk that is full to the last byte makes it busy; what was acknowledged is there, also after a restart', async () => {
    const options = { dataDir: join(disk!, 'unguarded'), segmentBytes: MIB, freeBytesMin: 0 };
    const hub = await start(options);
    const producer = producerFor(hub.connectionString('platform'), 'vigil', noRetries);
    const acknowledged: number[] = [];
    const failures: string[] = [];
    for (let n = 0; failures.length < 3; n++) {
      await producer.sendBatch([body(n)], { partitionId: '0' }).then(
        () => acknowledged.push(n),
        (error: Error & { code?: string }) => failures.push(error.code ?? error.message),
      );
    }
    expect(new Set(failures)).toEqual(new Set(['ServerBusyError']));
    expect(acknowledged.length * 20_000).toBeGreaterThan(18 * MIB);
    await producer.close();
    await hub.stop();

    // Without room for a segment it starts for readers; with room it takes events again by itself.
    const resumed = await start(options);
    const connection = resumed.connectionString('platform');
    const reader = read(connection, { partition: '0', startPosition: EARLIEST });
    await until('what was acknowledged', () => reader.events.length === acknowledged.length);
    const send = producerFor(connection, 'vigil', noRetries).sendBatch([body(-1)], { partitionId: '0' });
    expect(await send.then(() => ['sent'], kindsOf)).toEqual(['ServerBusyError']);
    execFileSync('mount', ['-o', `remount,size=${32 * MIB}`, disk!]);
    const patient = { ...retryOptions, maxRetries: 100 };
    await producerFor(connection, 'vigil', patient).sendBatch([body(-1)], { partitionId: '0' });
    await until('everything', () => reader.events.length === acknowledged.length + 1);
    expect(numbers(reader.events)).toEqual([...acknowledged, -1]);
    expect(reader.events.map((event) => event.sequenceNumber)).toEqual(reader.events.map((_, i) => i));
  });
});
