import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { createMetrics } from '../admin/metrics.js';
import type { Retention } from '../hub-meta.js';
import type { SegmentFacts } from '../log/segment-facts.js';
import type { RetainedHub } from './hub-retention.js';
import { type RunningRetention, startRetention } from './retention.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 31);

/** A clock on whose wall the time can be set wrong. Its timers go on as they did. */
class WrongClock extends FakeClock {
  aheadMs = 0;
  override wallMs(): number {
    return super.wallMs() + this.aheadMs;
  }
}

/** A log of which only the segments are there: one sealed for each of `ages`, oldest first, and one that is written to. */
class FakeLog {
  readonly kept: SegmentFacts[];
  rolls = 0;
  fault: Error | null = null;

  constructor(ages: readonly number[], active: Pick<SegmentFacts, 'firstEnqueuedMs' | 'lastEnqueuedMs'>) {
    this.kept = ages.map((age, i) => {
      return { number: i, bytes: 1000, firstEnqueuedMs: START - age - HOUR, lastEnqueuedMs: START - age };
    });
    this.kept.push({ number: ages.length, bytes: 100, ...active });
  }

  segments = (): readonly SegmentFacts[] => this.kept;
  sealed = { roll: (): void => void this.rolls++ };
  dropOldest = async (count: number): Promise<{ numbers: number[]; bytes: number }> => {
    if (this.fault !== null) throw this.fault;
    const gone = this.kept.splice(0, count);
    return { numbers: gone.map(({ number }) => number), bytes: gone.length * 1000 };
  };
}

let clock: WrongClock;
let folder: string;
let running: RunningRetention | null = null;
const metrics = createMetrics();
const lines: string[] = [];
const note = (_: object, msg: string): void => void lines.push(msg);
const log = { info: note, warn: note, error: note };
const silentSince = { firstEnqueuedMs: null, lastEnqueuedMs: START };

beforeEach(() => {
  clock = new WrongClock(START);
  folder = mkdtempSync(join(tmpdir(), 'vigil-retention-'));
  lines.length = 0;
});
afterEach(async () => {
  await running?.stop();
  running = null;
});

async function keep(fake: FakeLog, retention: Partial<Retention> = {}): Promise<void> {
  const hub: RetainedHub = { name: 'ward', folder, retention: { ageMs: 7 * DAY, bytes: null, ...retention }, log: fake };
  await running?.stop();
  running = startRetention({ hubs: () => [hub], clock, log, metrics });
  await running!.idle();
}

async function minutes(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await clock.advance(60_000);
    await running!.idle();
  }
}

test('what is older than a week goes at the start, and the rest when it is', async () => {
  const fake = new FakeLog([9 * DAY, 8 * DAY, 7 * DAY - HOUR], silentSince);
  await keep(fake);
  expect(fake.kept).toHaveLength(2);
  await minutes(59);
  expect(fake.kept).toHaveLength(2);
  await minutes(1);
  expect(fake.kept).toHaveLength(1);
  expect((await metrics.retentionSegments.get()).values).toMatchObject([{ labels: { hub: 'ward', reason: 'age' }, value: 3 }]);
});

test('a hub with a limit of bytes keeps its newest', async () => {
  const fake = new FakeLog([3, 2, 1], silentSince);
  await keep(fake, { bytes: 2100 });
  expect(fake.kept.map(({ number }) => number)).toEqual([1, 2, 3]);
});

test('a clock that leaps ten years ahead for an hour deletes nothing, nor does a restart while it is wrong', async () => {
  const fake = new FakeLog([3 * DAY, DAY], silentSince);
  await keep(fake);
  clock.aheadMs = 3650 * DAY;
  await minutes(60);
  fake.kept.push({ ...fake.kept.pop()!, lastEnqueuedMs: clock.wallMs() });
  await keep(fake);
  await minutes(60);
  expect(fake.kept).toHaveLength(3);
  clock.aheadMs = 0;
  await minutes(1);
  await keep(fake);
  expect(fake.kept).toHaveLength(3);
});

test('events that came while the clock was wrong are kept and told of', async () => {
  const fake = new FakeLog([DAY], { firstEnqueuedMs: START + 3650 * DAY, lastEnqueuedMs: START + 3650 * DAY });
  await keep(fake);
  await keep(fake);
  expect(fake.kept).toHaveLength(2);
  expect(running!.warnings()).toEqual(['clock-behind-log']);
  expect(lines.filter((line) => line.includes('ahead of the clock'))).toHaveLength(2);
});

test('after a month switched off it catches up in days, not at once', async () => {
  await keep(new FakeLog([1], silentSince));
  await running!.stop();
  const { timeMs } = JSON.parse(readFileSync(join(folder, 'retention.json'), 'utf8')) as { timeMs: number };
  expect(timeMs).toBe(START - 1 + 1);
  clock = new WrongClock(START + 30 * DAY);
  const fake = new FakeLog([1], silentSince);
  await keep(fake);
  expect(fake.kept).toHaveLength(2);
  await minutes(60);
  expect(fake.kept).toHaveLength(2);
  await minutes(16 * 60);
  expect(fake.kept).toHaveLength(1);
});

test('a damaged time is begun again from the log', async () => {
  writeFileSync(join(folder, 'retention.json'), '{"format":1,"timeMs":"x"}');
  const fake = new FakeLog([9 * DAY], silentSince);
  await keep(fake);
  expect(fake.kept).toHaveLength(1);
});

test('a failure deletes nothing, is told once, and is tried again', async () => {
  const fake = new FakeLog([9 * DAY], silentSince);
  fake.fault = Object.assign(new Error('no'), { code: 'EIO' });
  await keep(fake);
  await minutes(2);
  expect(running!.warnings()).toEqual(['retention-failing']);
  expect(lines.filter((line) => line.includes('could not delete'))).toHaveLength(1);
  fake.fault = null;
  await minutes(1);
  expect(fake.kept).toHaveLength(1);
  expect(running!.warnings()).toEqual([]);
});

test('a segment that is written to for long is closed, so that its oldest events can go', async () => {
  const fake = new FakeLog([], { firstEnqueuedMs: START - DAY, lastEnqueuedMs: START });
  await keep(fake);
  expect(fake.rolls).toBe(1);
});
