/**
 * The event hub as a process on a disk that fills up (CK-R12): a small file system in memory, which only root may mount.
 * The same with every single write, and a disk that can't sync, is tested with a fake disk in packages/event-hub.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import { until } from '../support/until.js';
import { Ledger } from './event-hub-ledger.js';
import { PATIENT } from './event-hub-load.js';
import { HubProcess } from './event-hub-process.js';
import { readInto, View } from './event-hub-view.js';

const MIB = 1024 * 1024;
const DISK_MIB = 40;
const BALLAST_MIB = 16;
const SEGMENT_BYTES = 2 * MIB;
const GUARD_BYTES = 8 * MIB;
const PARTITIONS = 8;
const BATCH = 100;
const PAD = 'x'.repeat(1_000);
/** No retries: the test wants to see each answer. */
const ONCE = { maxRetries: 0, retryDelayInMs: 1, maxRetryDelayInMs: 1, timeoutInMs: 5_000 };
const REFUSED_TIMES = 20;
const WITHIN_MS = 40_000;

const folder = mkdtempSync(join(tmpdir(), 'vigil-hub-full-'));
const whyNot = mount();
const onSmallDisk = whyNot === null ? test : test.skip;

/** Null when it worked. */
function mount(): string | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], { stdio: 'pipe' });
    return null;
  } catch {
    return 'a file system in memory can not be mounted here';
  }
}

afterAll(() => {
  if (whyNot === null) execFileSync('umount', ['-l', folder]);
  else process.stderr.write(`skipped: ${whyNot}\n`);
  rmSync(folder, { recursive: true, force: true });
});

/** Codes of an error and of those that it wraps. */
function codesOf(error: unknown): string[] {
  const { code, errors = [] } = error as { readonly code?: string; readonly errors?: readonly unknown[] };
  return [...(code === undefined ? [] : [code]), ...errors.flatMap(codesOf)];
}

class Sender {
  private readonly client: EventHubProducerClient;
  private turn = 0;

  constructor(
    connection: string,
    private readonly ledger: Ledger,
  ) {
    this.client = new EventHubProducerClient(connection, 'vigil', { retryOptions: ONCE });
  }

  /** Sends one batch; answers with the codes of the refusal, or null when it was acknowledged. */
  async send(): Promise<string[] | null> {
    const ids = this.ledger.take('partition', BATCH);
    try {
      const events = ids.map((id) => ({ body: { id, pad: PAD } }));
      await this.client.sendBatch(events, { partitionId: String(this.turn++ % PARTITIONS) });
      this.ledger.acknowledge(ids);
      return null;
    } catch (error) {
      return codesOf(error);
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

onSmallDisk.each([
  ['before the disk is full', 'guarded', GUARD_BYTES],
  ['when the disk is full', 'unguarded', 0],
])(
  'a hub that runs out of space %s refuses as busy, loses nothing acknowledged and goes on by itself',
  async (_, name, freeBytesMin) => {
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(BALLAST_MIB * MIB));
    const dataDir = join(folder, name);
    const hub = new HubProcess({ dataDir, port: 0, segmentBytes: SEGMENT_BYTES, freeBytesMin });
    const { connection } = await hub.start();
    const ledger = new Ledger();
    const sender = new Sender(connection, ledger);
    try {
      let refusal: string[] | null = null;
      while (refusal === null) refusal = await sender.send();
      const acknowledgedBefore = ledger.acknowledged;
      expect(acknowledgedBefore).toBeGreaterThan(BATCH * 10);
      for (let again = 0; again < REFUSED_TIMES; again++) refusal.push(...((await sender.send()) ?? []));
      expect(new Set(refusal)).toEqual(new Set(['ServerBusyError']));

      rmSync(ballast);
      await until('the hub takes events again', async () => (await sender.send()) === null, WITHIN_MS);
      expect(ledger.acknowledged).toBeGreaterThan(acknowledgedBefore);

      const view = new View();
      const client = new EventHubConsumerClient('live', connection, 'vigil', { retryOptions: PATIENT });
      const reading = readInto(view, client, await client.getPartitionIds());
      const unread = (): number => ledger.unreadBelow(Infinity, (id) => view.copies(id) > 0);
      await until('all that was acknowledged is read', () => unread() === 0, WITHIN_MS);
      await reading.close();
      await client.close();
      expect(view.faults).toEqual({ gaps: 0, reused: 0, backInTime: 0 });
      await sender.close();
      // It is the process that was started: `kill` fails for one that has ended by itself.
      await hub.kill();
    } finally {
      await hub.end();
      rmSync(dataDir, { recursive: true, force: true });
      rmSync(ballast, { force: true });
    }
  },
  180_000,
);
