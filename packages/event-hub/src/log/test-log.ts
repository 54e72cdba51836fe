import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { type KeyPort, openKeyFile } from '@vigil/sealed-records';
import rhea from 'rhea';
import { scanEvent, type ScannedEvent } from '../wire/event.js';
import { type Batch, BATCH_HEAD_BYTES } from './batch.js';
import type { Disk } from './disk.js';
import { HubLog, type LogOptions } from './hub-log.js';
import type { LogError } from './log-error.js';

/** A log on a disk of memory, for tests. */
export const FOLDER = '/data/hub/log';
export const PARTITIONS = 2;

export const newKeys = (): Promise<KeyPort> =>
  openKeyFile(join(mkdtempSync(join(tmpdir(), 'vigil-log-key-')), 'kek.json'), { create: 'if-missing' });

export async function openLog(disk: Disk, keys: KeyPort, more: Partial<LogOptions> = {}): Promise<HubLog> {
  await disk.makeFolder(FOLDER);
  return HubLog.open({
    ...{ folder: FOLDER, hubId: 'test-hub', partitionCount: PARTITIONS, keys, disk, clock: new FakeClock(1_000_000) },
    ...{ segmentBytes: 2048, tailCacheBytes: 1, pendingBytesMax: 1024 * 1024, onFailure: () => undefined },
    ...more,
  });
}

export const event = (text: string): ScannedEvent =>
  scanEvent(rhea.message.encode({ body: rhea.message.data_section(Buffer.from(text)) } as never) as unknown as Buffer);

export const append = (log: HubLog, partition: number, ...texts: string[]): Promise<LogError | null> =>
  new Promise((resolve) => log.append(partition, texts.map(event), resolve));

/** Everything in a partition by its sequence number, through the path that consumers use. */
export async function contents(log: HubLog, partition: number): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const { begin, next } = log.state(partition);
  for (let sequence = begin; sequence < next; sequence = log.firstKept(partition, sequence)) {
    const batch: Batch = log.cached(partition, sequence) ?? (await log.read(partition, sequence))[0]!;
    expect(batch.firstSequence).toBe(sequence);
    for (let i = 0, at = BATCH_HEAD_BYTES; i < batch.count; i++) {
      const size = batch.bytes.readUInt32BE(at);
      const message = rhea.message.decode(batch.bytes.subarray(at + 4, at + 4 + size));
      expect(message.message_annotations?.['x-opt-sequence-number']).toBe(sequence + i);
      found.set(sequence + i, String(message.body.content));
      at += 4 + size;
    }
    sequence += batch.count;
  }
  return found;
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
