import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { type KeyPort, openKeyFile } from '@vigil/sealed-records';
import rhea from 'rhea';
import { scanEvent } from '../wire/event.js';
import type { ProducerMark } from '../wire/producer-mark.js';
import { HubLog } from './hub-log.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-log-'));
let keys: KeyPort;
beforeAll(async () => {
  keys = await openKeyFile(join(newFolder(), 'kek.json'), { create: 'if-missing' });
});

const open = (folder: string): Promise<HubLog> =>
  HubLog.open({
    ...{ folder, hubId: 'test-hub', partitionCount: 2, keys, clock: new FakeClock(1_000_000), onFailure: () => undefined },
    ...{ segmentBytes: 16 * 1024, tailCacheBytes: 1024 * 1024, pendingBytesMax: 1024 * 1024 },
  });
const events = (...texts: string[]) =>
  texts.map((text) =>
    scanEvent(rhea.message.encode({ body: rhea.message.data_section(Buffer.from(text)) } as never) as unknown as Buffer),
  );
const mark = (sequence: number, epoch = 0): ProducerMark => ({ id: 42, epoch, sequence });
const send = (log: HubLog, partition: number, at: ProducerMark, ...texts: string[]): Promise<string> =>
  new Promise((resolve) => log.append(partition, events(...texts), (e) => resolve(e?.code ?? 'stored'), at));

describe('sends of an idempotent producer', () => {
  test('are stored once although they come twice, also while the first copy waits for the disk', async () => {
    const log = await open(newFolder());
    const both = [send(log, 0, mark(0), 'a', 'b'), send(log, 0, mark(0), 'a', 'b')];
    expect(await Promise.all(both)).toEqual(['stored', 'stored']);
    expect(await send(log, 0, mark(0), 'a', 'b')).toBe('stored');
    expect(log.state(0).next).toBe(2);
    await log.close();
  });

  test('count by partition', async () => {
    const log = await open(newFolder());
    expect(await send(log, 0, mark(0), 'a')).toBe('stored');
    expect(await send(log, 1, mark(0), 'a')).toBe('stored');
    expect([log.state(0).next, log.state(1).next]).toEqual([1, 1]);
    await log.close();
  });

  test('are refused when they leave a gap or come with a lower epoch, and nothing of them is stored', async () => {
    const log = await open(newFolder());
    await send(log, 0, mark(0, 1), 'a');
    expect(await send(log, 0, mark(5, 1), 'b')).toBe('out-of-order');
    expect(await send(log, 0, mark(1, 0), 'b')).toBe('stolen');
    expect(log.state(0).next).toBe(1);
    await log.close();
  });

  test('are known again after a clean stop and after kill -9, also when segments have been sealed since', async () => {
    const folder = newFolder();
    const log = await open(folder);
    const big = 'x'.repeat(5000);
    for (let i = 0; i < 8; i++) expect(await send(log, 0, mark(i), `${big}${i}`)).toBe('stored');
    const killed = newFolder();
    cpSync(folder, killed, { recursive: true });
    await log.close();
    for (const place of [folder, killed]) {
      const again = await open(place);
      expect(await send(again, 0, mark(7), `${big}7`)).toBe('stored');
      expect(await send(again, 0, mark(4), `${big}4`)).toBe('stored');
      expect(again.state(0).next).toBe(8);
      expect(await send(again, 0, mark(8), 'next')).toBe('stored');
      expect(again.state(0).next).toBe(9);
      await again.close();
    }
  });
});
