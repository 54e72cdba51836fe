/** A full spool lets old readings go while the uplink tries to send: each of them is sent or declared, and never both. */
import { FakeClock } from '@vigil/clock';
import type { LogRecord } from '../log-record.js';
import { SILENT } from '../log.js';
import { FakeDisk } from '../test-support/fake-disk.js';
import { FakeLog } from '../test-support/fake-log.js';
import { append, gapIn, openSpool, testKeys } from '../test-support/spool-fixture.js';
import { Uplink } from './uplink.js';

const AGE_MS = 60_000;
const GROUP = 40;
const FULL = { segmentBytes: 8_192, bytesMax: 400_000, maxAgeMs: AGE_MS };

const reading = (seq: number): LogRecord => {
  const event = { kind: 'deviceMessage', deviceId: 'mon-1', bootId: 'boot-1', seq, atMs: 1_000 + seq, origin: 'live' };
  return { lane: 'numerics', key: `bed:icu-${seq % 4}`, body: Buffer.from(JSON.stringify(event)) };
};

test('what the uplink has read, or sends, while the spool makes room is not declared as gone', async () => {
  const clock = new FakeClock();
  const log = new FakeLog();
  const { spool, metrics } = await openSpool(await testKeys(), new FakeDisk(), { ...FULL, clock });
  const uplink = new Uplink({ spool, log, clock, metrics, logger: SILENT, random: () => 0.5 });
  await uplink.start();
  log.away = true;
  let seq = 0;
  const taken: number[] = [];
  for (; !spool.isWithholding; await clock.advance(20)) {
    const group = Array.from({ length: GROUP }, () => seq++);
    void append(spool, ...group.map(reading)).then(() => taken.push(...group));
    await clock.advance(0);
  }
  await clock.advance(AGE_MS + 10_000);
  log.away = false;
  await clock.advance(60_000);
  const gaps = log.records.flatMap((r) => gapIn(r) ?? []);
  const declared = gaps.flatMap((g) => Array.from({ length: g.toSeq! - g.fromSeq! + 1 }, (_, i) => g.fromSeq! + i));
  const sent = log.records
    .filter((r) => gapIn(r) === undefined)
    .map((r) => (JSON.parse(r.body.toString()) as { seq: number }).seq);
  expect(declared.length).toBeGreaterThan(GROUP);
  expect(declared.filter((each) => sent.includes(each))).toEqual([]);
  expect([...new Set([...sent, ...declared])].sort((a, b) => a - b)).toEqual(taken.sort((a, b) => a - b));
});
