/** What goes when the spool is full, what stays, and what is said of it. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayFaultCode } from '@vigil/contracts';
import type { KeyPort } from '@vigil/sealed-records';
import type { LogRecord, RecordLane } from '../log-record.js';
import { FakeDisk } from '../test-support/fake-disk.js';
import { append, gapIn, openSpool, testKeys } from '../test-support/spool-fixture.js';
import { NodeDisk } from './disk.js';
import type { SpoolGap } from './gap.js';
import type { Spool } from './spool.js';

const AGE_MS = 60_000;
const FULL = { segmentBytes: 900, bytesMax: 8_000, maxAgeMs: AGE_MS };

let keys: KeyPort;
beforeAll(async () => {
  keys = await testKeys();
});

const tick = () => new Promise((resolve) => setImmediate(resolve));

const reading = (seq: number, lane: RecordLane = 'numerics'): LogRecord => {
  const event = { kind: 'deviceMessage', deviceId: 'mon-1', bootId: 'boot-1', seq, atMs: 1_000 + seq, origin: 'live' };
  return { lane, key: 'bed:icu-1', body: Buffer.from(JSON.stringify(event)) };
};

async function contents(spool: Spool): Promise<{ seqs: Record<string, number[]>; gaps: SpoolGap[] }> {
  const seqs: Record<string, number[]> = {};
  const gaps: SpoolGap[] = [];
  for (const range of spool.unsettled()) {
    for (let { from } = range; from < range.to;) {
      const { entries, upTo } = await spool.read({ from, to: range.to }, 100);
      for (const { record } of entries) {
        const gap = gapIn(record);
        if (gap !== undefined) gaps.push(gap);
        else (seqs[record.lane] ??= []).push((JSON.parse(record.body.toString()) as { seq: number }).seq);
      }
      from = upTo;
    }
  }
  return { seqs, gaps };
}

/** Messages until the spool takes no more; each fifth is an alarm. Returns how many were taken. */
async function fill(spool: Spool, from: number, most: number): Promise<number> {
  let taken = from;
  for (let seq = from; seq < from + most; seq++) {
    void append(spool, reading(seq, seq % 5 === 4 ? 'alarms' : 'numerics')).then(() => taken++);
    for (let turn = 0; turn < 30 && taken <= seq; turn++) await tick();
    if (taken <= seq) break;
  }
  return taken;
}

test('a full spool takes nothing while its readings are young', async () => {
  const { spool, metrics } = await openSpool(keys, new FakeDisk(), FULL);
  await fill(spool, 0, 200);
  expect(spool.isWithholding).toBe(true);
  expect((await metrics.spoolEvicted.get()).values).toEqual([]);
});

test('readings past the age limit make room, declared exactly; alarms outlive them', async () => {
  const { spool, clock, metrics, disk } = await openSpool(keys, new FakeDisk(), FULL);
  const before = await fill(spool, 0, 200);
  await clock.advance(AGE_MS + 10_000);
  for (let turn = 0; turn < 50; turn++) await tick();
  expect(spool.isWithholding).toBe(false);
  const { seqs, gaps } = await contents(spool);
  const lost = gaps.flatMap((g) => Array.from({ length: g.toSeq! - g.fromSeq! + 1 }, (_, i) => g.fromSeq! + i));
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.every((seq) => seq % 5 !== 4)).toBe(true);
  expect(gaps.every((g) => g.reason === 'evicted' && g.deviceId === 'mon-1' && g.bootId === 'boot-1')).toBe(true);
  expect((await metrics.spoolEvicted.get()).values[0]!.value).toBe(lost.length);
  // Nothing twice and nothing missing: each message is there or declared, and every alarm is there.
  const all = [...seqs['numerics']!, ...seqs['alarms']!, ...lost].sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: before + 1 }, (_, i) => i));
  // Alarms and gaps are what the uplink reads first, now and after a restart.
  const again = await openSpool(keys, disk.afterKill(), { ...FULL, clock });
  const urgent = (s: Spool) => s.urgent().reduce((sum, { from, to }) => sum + to - from, 0);
  expect(urgent(spool)).toBe(seqs['alarms']!.length + gaps.length);
  expect(urgent(again.spool)).toBe(urgent(spool));
});

test('what is being sent is not evicted', async () => {
  const { spool, clock } = await openSpool(keys, new FakeDisk(), FULL);
  await fill(spool, 0, 200);
  spool.sending = () => [{ from: 0, to: 1_000 }];
  await clock.advance(2 * AGE_MS);
  expect(spool.isWithholding).toBe(true);
});

test('a disk that is full never costs a record, however old', async () => {
  const { spool, disk, clock, metrics } = await openSpool(keys, new FakeDisk(), { ...FULL, bytesMax: 1e6 });
  await fill(spool, 0, 20);
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  disk.failing = { write: full, create: full };
  void append(spool, reading(20));
  await clock.advance(20 * AGE_MS);
  expect(spool.isWithholding).toBe(true);
  expect((await metrics.spoolEvicted.get()).values).toEqual([]);
  expect(spool.pending().count).toBe(20);
});

test('a volume with little room is a fault before it is full', async () => {
  const faults = new Map<GatewayFaultCode, boolean>();
  const disk = new FakeDisk();
  disk.free = 300 * 1024 * 1024;
  const { clock } = await openSpool(keys, disk, { faults: { gateway: (fault, active) => void faults.set(fault, active) } });
  await clock.advance(5_000);
  expect(faults.get('diskLow')).toBe(false);
  disk.free = 200 * 1024 * 1024;
  await clock.advance(5_000);
  expect(faults.get('diskLow')).toBe(true);
});

test('a drained spool gives its space back', async () => {
  const disk = await NodeDisk.open(await mkdtemp(join(tmpdir(), 'vigil-spool-')));
  const { spool, clock } = await openSpool(keys, disk as unknown as FakeDisk, { segmentBytes: 4_096 });
  for (let seq = 0; seq < 100; seq++) await append(spool, reading(seq));
  expect((await disk.list()).filter((name) => name.includes('.seg')).length).toBeGreaterThan(4);
  spool.settle(spool.unsettled());
  await clock.advance(300);
  await spool.close(1_000);
  expect((await disk.list()).sort()).toEqual(['cursor.json', 'mark', 'state.0', 'state.1']);
});
