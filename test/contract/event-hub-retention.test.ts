/** Retention on a real log, with the unmodified client: what is gone, who is told, and where readers go on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventHubConsumerClient } from '@azure/event-hubs';
import { FakeClock } from '@vigil/clock';
import type { RunningEventHub } from '@vigil/event-hub';
import { replayCommand } from '../../src/composition/replay-command.js';
import { closing, EARLIEST, newFolder, producerFor, read, retryOptions, start, until } from './event-hub-clients.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How long events are kept. */
const AGE = DAY;
const MIB = 1024 * 1024;

const HUB = {
  name: 'vigil',
  partitions: 8,
  consumerGroups: ['alarms', 'history', 'fhir', 'live'],
  retention: { ageMs: AGE, bytes: null },
};

/** Its wall is set by hand; its timers are those of the machine, which connections need. */
class SetClock extends FakeClock {
  readonly looks: (() => void)[] = [];
  // Tokens are made by the machine's clock and must not have expired on this one.
  setMs = Date.now() - 100 * DAY;

  override wallMs(): number {
    return this.setMs;
  }

  override after(wallMs: number, run: () => void): () => void {
    const timer = setTimeout(run, wallMs);
    return () => clearTimeout(timer);
  }

  override every(wallMs: number, run: () => void): () => void {
    if (wallMs === 60_000) this.looks.push(run);
    const timer = setInterval(run, wallMs);
    return () => clearInterval(timer);
  }
}

let dataDir: string;
let clock: SetClock;
const lines: { fields: object; msg: string }[] = [];
beforeEach(() => {
  dataDir = newFolder();
  clock = new SetClock();
  lines.length = 0;
});
const note = (fields: object, msg: string): void => void lines.push({ fields, msg });

async function open(): Promise<RunningEventHub> {
  clock.looks.length = 0;
  const log = { info: note, warn: note, error: note };
  return start({ dataDir, httpPort: 0, clock, log, hubs: [HUB], segmentBytes: MIB, tailCacheBytes: 0 });
}

/** Moves the wall on. Retention looks each minute and follows at ten times the speed of time: a day is 144 looks. */
async function ages(count: number): Promise<void> {
  clock.setMs += count * AGE;
  const timeMs = (): number =>
    (JSON.parse(readFileSync(join(dataDir, 'vigil', 'retention.json'), 'utf8')) as { timeMs: number }).timeMs;
  while (timeMs() < clock.setMs - HOUR) {
    clock.looks.forEach((look) => look());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (let i = 0; i < 20; i++) {
    clock.looks.forEach((look) => look());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function began(hub: RunningEventHub): Promise<number> {
  const producer = producerFor(hub.connectionString('platform'));
  const { beginningSequenceNumber } = await producer.getPartitionProperties('0');
  return beginningSequenceNumber;
}

async function fill(hub: RunningEventHub, batches: number): Promise<void> {
  const producer = producerFor(hub.connectionString('platform'));
  for (let i = 0; i < batches; i++) await producer.sendBatch([{ body: 'x'.repeat(100_000) }], { partitionId: '0' });
  await producer.close();
}

const metric = async (hub: RunningEventHub, line: string): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${hub.httpPort}/metrics`)).text();
  const found = text.split('\n').find((each) => each.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.split(' ')[1]);
};

test('after their age the oldest go; readers from before begin at what is left and are counted; a restart knows it all', async () => {
  let hub = await open();
  await fill(hub, 30);
  await ages(0.7);
  await fill(hub, 20);
  expect(await began(hub)).toBe(0);
  await ages(0.45);
  const begin = await began(hub);
  expect(begin).toBeGreaterThan(10);
  expect(begin).toBeLessThanOrEqual(30);
  expect(await metric(hub, 'vigil_hub_partition_begin_sequence{hub="vigil",partition="0"}')).toBe(begin);
  expect(await metric(hub, 'vigil_hub_retention_segments_total{hub="vigil",reason="age"}')).toBeGreaterThan(0);

  const connection = hub.connectionString('platform');
  const late = read(connection, { group: 'history', partition: '0', startPosition: { sequenceNumber: 4 } });
  const byOffset = read(connection, { group: 'fhir', partition: '0', startPosition: { offset: '7', isInclusive: true } });
  const earliest = read(connection, { group: 'alarms', partition: '0', startPosition: EARLIEST });
  for (const reader of [late, byOffset, earliest]) {
    await until('all that is left', () => reader.events.length === 50 - begin);
    expect(reader.events.map((event) => event.sequenceNumber)).toEqual(Array.from({ length: 50 - begin }, (_, i) => begin + i));
  }
  expect(await metric(hub, 'vigil_hub_events_missed_total{hub="vigil",group="history"}')).toBe(begin - 5);
  expect(await metric(hub, 'vigil_hub_events_missed_total{hub="vigil",group="fhir"}')).toBe(begin - 7);
  expect(await metric(hub, 'vigil_hub_positions_removed_total{hub="vigil",group="alarms"}')).toBe(0);
  const told = lines.filter(({ msg }) => msg.includes('retention has removed')).map(({ fields }) => fields);
  expect(told).toHaveLength(2);
  expect(told).toContainEqual({ hub: 'vigil', group: 'history', partition: 0, from: 5, to: begin });
  expect(told).toContainEqual({ hub: 'vigil', group: 'fhir', partition: 0, from: 7, to: begin });

  const progress: string[] = [];
  const env = { EVENT_HUBS_CONNECTION_STRING: connection };
  await replayCommand({ dataDir, env, out: () => undefined, progress: (line) => progress.push(line) });
  expect(progress.filter((line) => line.includes('no longer has'))).toEqual([
    expect.stringContaining(`partition 0: the log no longer has its first ${begin} events`),
  ]);

  for (const reader of [late, byOffset, earliest]) await reader.close();
  await hub.stop();
  hub = await open();
  expect(await began(hub)).toBe(begin);
  await ages(2);
  await until('all is gone', () => lines.some(({ msg }) => msg.includes('deleted segments')));
  const producer = producerFor(hub.connectionString('platform'));
  expect(await producer.getPartitionProperties('0')).toMatchObject({ isEmpty: true, lastEnqueuedSequenceNumber: 49 });
  await fill(hub, 1);
  const after = read(hub.connectionString('platform'), { partition: '0', startPosition: EARLIEST });
  await until('the next event', () => after.events.length === 1);
  expect(after.events[0]!.sequenceNumber).toBe(50);
});

test('a reader that retention overtakes goes on at what is left, and what it missed is counted', async () => {
  const hub = await open();
  await fill(hub, 40);
  const client = new EventHubConsumerClient('live', hub.connectionString('platform'), 'vigil', { retryOptions });
  closing.push(() => client.close());
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const seen: number[] = [];
  client.subscribe(
    '0',
    {
      processEvents: async (events) => {
        seen.push(...events.map(({ sequenceNumber }) => sequenceNumber));
        await released;
      },
      processError: () => Promise.resolve(),
    },
    { startPosition: EARLIEST, maxBatchSize: 1, prefetchCount: 1 },
  );
  await until('the first event', () => seen.length === 1);
  await ages(1.5);
  await fill(hub, 5);
  const begin = await began(hub);
  release();
  await until('the newest event', () => seen.at(-1) === 44);
  const gap = seen.findIndex((sequence, i) => sequence !== i);
  expect(seen[gap]).toBe(begin);
  expect(seen.slice(gap)).toEqual(Array.from({ length: 45 - begin }, (_, i) => begin + i));
  const missed = begin - gap;
  expect(missed).toBeGreaterThan(0);
  expect(await metric(hub, 'vigil_hub_events_missed_total{hub="vigil",group="live"}')).toBe(missed);
});
