/**
 * A seeded life of the spool (appends, settlements, evictions, rotations of segments), cut at every single operation on the
 * disk, by a power loss or by an error: nothing that was acknowledged is lost, and no gap is declared of what is still sent.
 */
import { jest } from '@jest/globals';
import { FakeClock } from '@vigil/clock';
import type { KeyPort } from '@vigil/sealed-records';
import type { LogRecord } from '../log-record.js';
import { FakeDisk, type Survival } from '../test-support/fake-disk.js';
import { gapIn, openSpool, testKeys } from '../test-support/spool-fixture.js';
import type { SpoolGap } from './gap.js';
import type { Spool } from './spool.js';

jest.setTimeout(400_000);

const AGE_MS = 30_000;
const SETTINGS = { segmentBytes: 700, bytesMax: 6_000, maxAgeMs: AGE_MS };
const STEPS = 70;
/** Every so many operations; 1 for all of them. */
const EVERY = Number(process.env['VIGIL_TEST_SPOOL_EVERY'] ?? 23);

let keys: KeyPort;
beforeAll(async () => {
  keys = await testKeys();
});

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Numbers from 0 to below 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What the world outside of the spool knows. */
class Ledger {
  readonly acknowledged = new Set<string>();
  readonly sent = new Set<string>();
  readonly gaps: SpoolGap[] = [];

  take(record: LogRecord): void {
    const gap = gapIn(record);
    if (gap !== undefined) this.gaps.push(gap);
    else this.sent.add(nameOf(record));
  }
}

const nameOf = (record: LogRecord): string => {
  const { deviceId, seq } = JSON.parse(record.body.toString()) as { deviceId: string; seq: number };
  return `${record.lane} ${deviceId} ${seq}`;
};

const declared = (gaps: readonly SpoolGap[]): string[] =>
  gaps.flatMap(({ deviceId, fromSeq, toSeq }) =>
    Array.from({ length: toSeq! - fromSeq! + 1 }, (_, i) => `numerics ${deviceId} ${fromSeq! + i}`),
  );

function recordOf(seq: number, random: () => number, atMs: number): LogRecord {
  const lane = random() < 0.12 ? 'alarms' : random() < 0.06 ? 'rejects' : 'numerics';
  const deviceId = `mon-${Math.floor(random() * 3)}`;
  const event = { kind: 'deviceMessage', deviceId, bootId: 'boot-1', seq, atMs, origin: 'live', fill: 'x'.repeat(40) };
  return { lane, key: 'bed:icu-1', body: Buffer.from(JSON.stringify(event)) };
}

/** Everything that is still to be sent goes to the ledger. */
async function sendSome(spool: Spool, ledger: Ledger, max: number): Promise<void> {
  for (const wanted of [...spool.urgent(), ...spool.unsettled()].slice(0, max)) {
    const { entries } = await spool.read(wanted, 3);
    for (const { record } of entries) ledger.take(record);
    spool.settle(entries.map((e) => ({ from: e.index, to: e.index + 1 })));
  }
}

async function live(disk: FakeDisk, clock: FakeClock, seed: number, ledger: Ledger): Promise<void> {
  const random = seeded(seed);
  const { spool } = await openSpool(keys, disk, { ...SETTINGS, clock });
  const seqs = new Map<string, number>();
  for (let step = 0; step < STEPS; step++) {
    const records = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const made = recordOf(0, random, clock.nowMs());
      const event = JSON.parse(made.body.toString()) as { deviceId: string };
      const seq = seqs.get(event.deviceId) ?? 0;
      seqs.set(event.deviceId, seq + 1);
      return { ...made, body: Buffer.from(JSON.stringify({ ...event, seq })) };
    });
    spool.append(records, (outage) => {
      if (outage === undefined) for (const record of records) ledger.acknowledged.add(nameOf(record));
    });
    await tick();
    if (random() < 0.15) await sendSome(spool, ledger, 2).catch(() => undefined);
    if (random() < 0.3) await clock.advance(random() < 0.2 ? AGE_MS / 3 : 300);
    await tick();
  }
  await clock.advance(AGE_MS);
  for (let i = 0; i < 5; i++) await tick();
}

/** What is read after a crash, added to what was sent before it. */
async function holdAgainst(
  ledger: Ledger,
  disk: FakeDisk,
  clock: FakeClock,
): Promise<{ lost: string[]; false: string[]; other: number }> {
  const { spool } = await openSpool(keys, disk, { ...SETTINGS, bytesMax: 1e9, clock });
  const after = new Ledger();
  for (const range of spool.unsettled()) {
    for (let { from } = range; from < range.to;) {
      const { entries, upTo } = await spool.read({ from, to: range.to }, 100);
      for (const { record } of entries) after.take(record);
      from = upTo;
    }
  }
  await clock.advance(0);
  const told = new Set(declared([...ledger.gaps, ...after.gaps].filter((gap) => gap.reason === 'evicted')));
  const there = new Set([...ledger.sent, ...after.sent]);
  return {
    lost: [...ledger.acknowledged].filter((name) => !there.has(name) && !told.has(name)),
    false: [...told].filter((name) => there.has(name)),
    other: [...ledger.gaps, ...after.gaps].filter((gap) => gap.reason !== 'evicted').length + spool.urgent().length * 0,
  };
}

const CLEAN = { lost: [], false: [], other: 0 };

test('the seeded life of the spool evicts, settles and rotates', async () => {
  const [disk, clock, ledger] = [new FakeDisk(), new FakeClock(), new Ledger()];
  await live(disk, clock, 1, ledger);
  const { spool } = await openSpool(keys, disk.afterKill(), { ...SETTINGS, bytesMax: 1e9, clock });
  await sendSome(spool, ledger, 1_000);
  expect(ledger.acknowledged.size).toBeGreaterThan(50);
  expect(ledger.gaps.length).toBeGreaterThan(3);
  expect(disk.operations).toBeGreaterThan(200);
  expect(await holdAgainst(ledger, disk.afterKill(), clock)).toEqual(CLEAN);
});

test.each<Survival>(['nothing', 'everything', 'some'])(
  'a power loss at any operation loses nothing that was acknowledged and declares nothing that is sent (%s survives)',
  async (survival) => {
    const whole = new FakeDisk();
    await live(whole, new FakeClock(), 1, new Ledger());
    for (let at = 1; at <= whole.operations; at += EVERY) {
      const [disk, clock, ledger] = [new FakeDisk(), new FakeClock(), new Ledger()];
      disk.failAt(at, 'power');
      await live(disk, clock, 1, ledger).catch(() => undefined);
      const after = disk.afterPowerLoss(survival, seeded(at));
      expect({ at, ...(await holdAgainst(ledger, after, clock)) }).toEqual({ at, ...CLEAN });
    }
  },
);

test('a write, sync or rename that fails loses nothing, now or at a power loss later', async () => {
  const whole = new FakeDisk();
  await live(whole, new FakeClock(), 2, new Ledger());
  for (let at = 1; at <= whole.operations; at += EVERY) {
    const [disk, clock, ledger] = [new FakeDisk(), new FakeClock(), new Ledger()];
    disk.failAt(at, 'error');
    await live(disk, clock, 2, ledger).catch(() => undefined);
    expect({ at, ...(await holdAgainst(ledger, disk.afterPowerLoss(), clock)) }).toEqual({ at, ...CLEAN });
  }
});
