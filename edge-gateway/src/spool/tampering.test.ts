/** What a start does about segments that are damaged, gone, exchanged, or put back from an older copy. */
import { jest } from '@jest/globals';
import type { GatewayFaultCode } from '@vigil/contracts';
import type { KeyPort } from '@vigil/sealed-records';
import type { LogRecord } from '../log-record.js';
import { FakeDisk } from '../test-support/fake-disk.js';
import { append, gapIn, openSpool, type SpoolFixture, testKeys } from '../test-support/spool-fixture.js';
import type { SpoolGap } from './gap.js';
import type { SpoolOptions } from './spool-options.js';

jest.setTimeout(400_000);

const SMALL = { segmentBytes: 900 };
const FLIPS = Number(process.env['VIGIL_TEST_SPOOL_FLIPS'] ?? 100);

let keys: KeyPort;
beforeAll(async () => {
  keys = await testKeys();
});

const upTo = (n: number, from = 0): number[] => Array.from({ length: n - from }, (_, i) => i + from);

const reading = (seq: number): LogRecord => {
  const event = { kind: 'deviceMessage', deviceId: 'mon-1', bootId: 'boot-1', seq, atMs: 1_000 + seq, origin: 'live' };
  return { lane: 'numerics', key: 'bed:icu-1', body: Buffer.from(JSON.stringify(event)) };
};

interface Found extends SpoolFixture {
  readonly faults: Set<GatewayFaultCode>;
  /** Numbers of the messages that can still be sent, and the losses that are declared. */
  contents(): Promise<{ seqs: number[]; gaps: SpoolGap[] }>;
}

async function open(disk: FakeDisk, more: Partial<SpoolOptions> = {}): Promise<Found> {
  const faults = new Set<GatewayFaultCode>();
  const fixture = await openSpool(keys, disk, {
    ...SMALL,
    faults: { gateway: (fault, active) => void (active ? faults.add(fault) : faults.delete(fault)) },
    ...more,
  });
  const { spool, clock } = fixture;
  const contents = async () => {
    const seqs: number[] = [];
    let gaps: SpoolGap[] = [];
    // The first look finds the damage, and the second one the gaps that tell of it.
    for (let look = 0; look < 2; look++) {
      [seqs.length, gaps] = [0, []];
      for (const range of spool.unsettled()) {
        for (let { from } = range; from < range.to;) {
          const { entries, upTo: next } = await spool.read({ from, to: range.to }, 100);
          for (const { record } of entries) {
            const gap = gapIn(record);
            if (gap === undefined) seqs.push((JSON.parse(record.body.toString()) as { seq: number }).seq);
            else gaps.push(gap);
          }
          from = next;
        }
      }
      await clock.advance(10);
    }
    return { seqs, gaps };
  };
  return { ...fixture, faults, contents };
}

/** Twelve messages in several segments, and a clean end. */
async function filled(more: Partial<SpoolOptions> = {}): Promise<FakeDisk> {
  const { spool, disk } = await open(new FakeDisk(), more);
  for (const seq of upTo(12)) await append(spool, reading(seq));
  await spool.close(1_000);
  return disk;
}

const runs = (gaps: readonly SpoolGap[]) => gaps.map((g) => [g.reason, g.deviceId, g.fromSeq, g.toSeq, g.count]);

test('a segment that is gone is declared by device and number, and is a fault', async () => {
  const disk = (await filled()).afterKill();
  const [, second, third] = disk.segments();
  disk.files.delete(second!);
  const { contents, faults } = await open(disk);
  const [from, to] = [Number.parseInt(second!), Number.parseInt(third!)];
  const { seqs, gaps } = await contents();
  expect(seqs).toEqual(upTo(12).filter((seq) => seq < from || seq >= to));
  expect(runs(gaps)).toEqual([['damaged', 'mon-1', from, to - 1, to - from]]);
  expect(faults).toContain('spoolRolledBack');
});

test('a segment that was removed and is put back is not sent again', async () => {
  const { spool, disk, clock } = await open(new FakeDisk());
  for (const seq of upTo(6)) await append(spool, reading(seq));
  const old = disk.afterKill();
  const [first] = disk.segments();
  for (const seq of upTo(12, 6)) await append(spool, reading(seq));
  spool.settle([{ from: 0, to: 8 }]);
  await clock.advance(1_000);
  await spool.close(1_000);
  const back = disk.afterKill();
  expect(back.segments()).not.toContain(first);
  back.files.set(first!, old.files.get(first!)!);
  const again = await open(back);
  expect(await again.contents()).toEqual({ seqs: upTo(12, 8), gaps: [] });
  expect(again.faults).toContain('spoolRolledBack');
  expect(again.disk.aside).toContain(first);
});

test('an older, shorter copy of a segment is noticed: what it lacks is declared', async () => {
  const { spool, disk } = await open(new FakeDisk(), { segmentBytes: 1e6 });
  for (const seq of upTo(4)) await append(spool, reading(seq));
  const old = disk.afterKill();
  for (const seq of upTo(9, 4)) await append(spool, reading(seq));
  await spool.close(1_000);
  const back = disk.afterKill();
  back.files.set(back.segments()[0]!, old.files.get(back.segments()[0]!)!);
  const { contents } = await open(back);
  const { seqs, gaps } = await contents();
  expect(seqs).toEqual(upTo(4));
  expect(runs(gaps)).toEqual([['damaged', 'mon-1', 4, 8, 5]]);
});

test('a whole folder that is put back to an older copy is told from what lies outside of it', async () => {
  const anchor = new FakeDisk();
  const { spool, disk, clock } = await open(new FakeDisk(), { anchor });
  for (const seq of upTo(6)) await append(spool, reading(seq));
  await clock.advance(1_000);
  const yesterday = disk.afterKill();
  for (const seq of upTo(14, 6)) await append(spool, reading(seq));
  spool.settle([{ from: 0, to: 7 }]);
  await clock.advance(2_000);
  await spool.close(1_000);
  const { contents, faults } = await open(yesterday, { anchor: anchor.afterKill() });
  const { seqs, gaps } = await contents();
  expect(faults).toContain('spoolRolledBack');
  // What the log has is not sent again, and what the copy lacks is declared to the last message.
  expect(seqs.filter((seq) => seq < 7)).toEqual([]);
  expect(gaps.reduce((sum, { count }) => sum + count, seqs.length)).toBe(7);
});

test('records that a damaged end lost after a kill are missed', async () => {
  const { spool, disk, clock } = await open(new FakeDisk(), { segmentBytes: 1e6 });
  for (const seq of upTo(4)) await append(spool, reading(seq));
  await clock.advance(1_000);
  const killed = disk.afterKill();
  const bytes = killed.files.get(killed.segments()[0]!)!.bytes;
  bytes[bytes.length - 5]! ^= 1;
  const { contents } = await open(killed);
  const { seqs, gaps } = await contents();
  expect(seqs).toEqual([0, 1, 2]);
  expect(runs(gaps)).toEqual([['damaged', null, null, null, 1]]);
});

test('without what should be known of it the spool still gives what it has, and says so', async () => {
  const disk = (await filled()).afterKill();
  for (const name of ['state.0', 'state.1']) disk.files.delete(name);
  const { contents, faults } = await open(disk);
  expect(await contents()).toEqual({ seqs: upTo(12), gaps: [] });
  expect(faults).toContain('spoolDamaged');
});

test('a damaged copy of what should be known costs nothing, though it is the one that names the newest segments', async () => {
  const { spool, disk } = await open(new FakeDisk());
  for (const seq of upTo(12)) {
    await append(spool, reading(seq));
    for (const name of ['state.0', 'state.1']) {
      const damaged = disk.afterKill();
      const file = damaged.files.get(name);
      if (file === undefined) continue;
      file.bytes[300]! ^= 1;
      expect(await (await open(damaged)).contents()).toEqual({ seqs: upTo(seq + 1), gaps: [] });
    }
  }
});

test('a folder of the version that kept no state is taken over whole, and nothing is said to be wrong with it', async () => {
  const disk = (await filled()).afterKill();
  for (const name of disk.files.keys()) if (!/\.seg$|^cursor/.test(name)) disk.files.delete(name);
  const { contents, faults, spool } = await open(disk, { anchor: new FakeDisk() });
  expect([...faults]).toEqual([]);
  expect(await contents()).toEqual({ seqs: upTo(12), gaps: [] });
  expect(spool.endIndex).toBe(12);
});

test('what another version wrote behind the state is sent after the next upgrade', async () => {
  const disk = (await filled()).afterKill();
  const state = new Map(['state.0', 'state.1'].map((name) => [name, disk.files.get(name)!]));
  const other = await open(disk);
  for (const seq of upTo(16, 12)) await append(other.spool, reading(seq));
  await other.spool.close(1_000);
  const after = other.disk.afterKill();
  for (const [name, file] of state) after.files.set(name, file);
  after.files.delete('mark');
  const { contents, faults } = await open(after);
  expect(await contents()).toEqual({ seqs: upTo(16), gaps: [] });
  expect([...faults]).toEqual([]);
});

test(`${FLIPS} random flips and truncations: each start works, and at most the records they hit are lost, and declared`, async () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const whole = await filled();
  const names = [...whole.files.keys()];
  const kinds = { harmless: 0, declared: 0 };
  for (let flip = 0; flip < FLIPS; flip++) {
    const disk = whole.afterKill();
    const name = names[random(names.length)]!;
    const file = disk.files.get(name)!;
    const cut = random(10) === 0;
    if (cut) file.bytes = Buffer.from(file.bytes.subarray(0, random(file.bytes.length)));
    else file.bytes[random(file.bytes.length)]! ^= 1 << random(8);
    const { contents, spool } = await open(disk);
    const { seqs, gaps } = await contents();
    const declared = gaps.flatMap((g) => upTo(g.toSeq! + 1, g.fromSeq!));
    expect([...seqs, ...declared].sort((a, b) => a - b)).toEqual(upTo(12));
    if (!cut) expect(declared.length).toBeLessThanOrEqual(1);
    kinds[declared.length === 0 ? 'harmless' : 'declared']++;
    await spool.close(1_000);
  }
  expect(kinds.declared).toBeGreaterThan(FLIPS / 5);
});
