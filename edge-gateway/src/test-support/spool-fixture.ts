import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { type KeyPort, openKeyFile } from '@vigil/sealed-records';
import type { LogRecord } from '../log-record.js';
import { SILENT } from '../log.js';
import { GatewayMetrics } from '../metrics.js';
import type { SpoolGap } from '../spool/gap.js';
import { Spool, type SpoolOptions } from '../spool/spool.js';
import { FakeDisk } from './fake-disk.js';

export async function testKeys(): Promise<KeyPort> {
  return openKeyFile(join(await mkdtemp(join(tmpdir(), 'vigil-keys-')), 'kek.json'), { create: 'if-missing' });
}

export const record = (n: number, key = 'bed:icu-1'): LogRecord => ({
  lane: 'numerics',
  key,
  body: Buffer.from(JSON.stringify({ n, fill: 'x'.repeat(n % 7) })),
});

export const numberIn = (r: LogRecord): number => (JSON.parse(r.body.toString()) as { n: number }).n;

/** A loss, declared as a record that the tests can read. */
export const gapRecordOf = (gap: SpoolGap): LogRecord => ({
  lane: 'events',
  key: gap.key ?? 'gateway:gw-1',
  body: Buffer.from(JSON.stringify({ gap })),
});

export const gapIn = (r: LogRecord): SpoolGap | undefined => (JSON.parse(r.body.toString()) as { gap?: SpoolGap }).gap;

export interface SpoolFixture {
  readonly spool: Spool;
  readonly disk: FakeDisk;
  readonly clock: FakeClock;
  readonly metrics: GatewayMetrics;
}

export async function openSpool(keys: KeyPort, disk = new FakeDisk(), more: Partial<SpoolOptions> = {}): Promise<SpoolFixture> {
  const clock = (more.clock as FakeClock | undefined) ?? new FakeClock();
  const metrics = more.metrics ?? new GatewayMetrics();
  const spool = await Spool.open({
    disk,
    keys,
    gatewayId: 'gw-1',
    log: SILENT,
    bytesMax: 1e9,
    onGap: gapRecordOf,
    ...more,
    clock,
    metrics,
  });
  return { spool, disk, clock, metrics };
}

/** Resolves once the records are durable, rejects when they were refused. */
export function append(spool: Spool, ...records: LogRecord[]): Promise<void> {
  return new Promise((resolve, reject) => {
    spool.append(records, (outage) => (outage === undefined ? resolve() : reject(outage)));
  });
}

/** Everything the log has not settled, as the numbers in it; gaps are left out. */
export async function readAll(spool: Spool, max = 1_000): Promise<number[]> {
  const numbers: number[] = [];
  for (const range of spool.unsettled()) {
    for (let { from } = range; from < range.to;) {
      const { entries, upTo } = await spool.read({ from, to: range.to }, max);
      numbers.push(...entries.filter((e) => gapIn(e.record) === undefined).map((e) => numberIn(e.record)));
      from = upTo;
    }
  }
  return numbers;
}
