import { FakeClock } from '@vigil/clock';
import { LogEvent, type RuleSet, type ScoreSnapshot } from '@vigil/contracts';
import { contentHash, emptyPartition, PlatformError, step } from '@vigil/domain';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { type AlarmBatch, type AlarmChange, AlarmState, type PartitionCheckpoint } from '../ports/alarm-state.js';
import type { Located } from '../ports/event-log.js';
import { AlarmConsumer, SCORES_WAIT_MS, SCORES_WAITING_MAX } from './alarm-consumer.js';
import { StreamMetrics } from './stream-metrics.js';

const START_MS = 1_000_000;
const rules: RuleSet = {
  v: 1,
  name: 'test',
  latenessMs: 5_000,
  rules: [
    {
      ...{ kind: 'limit', id: 'hr', metric: 'heartRate', side: 'high', limit: 160, hysteresis: 0 },
      ...{ onDelayMs: 0, offDelayMs: 0, priority: 'high', source: 'test' },
    },
  ],
};

/** Keeps scores as the store does: one that is known is not stored again. */
class KeptScores extends AlarmState {
  readonly batches: AlarmBatch[] = [];
  readonly scores = new Map<string, ScoreSnapshot>();
  private readonly states = new Map<string, AlarmBatch['states'][number]>();
  private replayFrom: PartitionCheckpoint['replayFrom'] = null;
  failing = false;

  override isOwnLog = (): Promise<boolean> => Promise.resolve(true);
  override load = (): Promise<PartitionCheckpoint> =>
    Promise.resolve({ states: [...this.states.values()], replayFrom: this.replayFrom });

  override commit(batch: AlarmBatch): Promise<readonly AlarmChange[]> {
    if (this.failing) return Promise.reject(new PlatformError('store-unavailable', {}, true));
    this.batches.push(batch);
    for (const score of batch.scores ?? []) this.scores.set(JSON.stringify(score), score);
    for (const state of batch.states) this.states.set(state.key, state);
    if (batch.replayFrom !== null) this.replayFrom = batch.replayFrom;
    return Promise.resolve([]);
  }

  override async *transitions(): AsyncIterable<never> {
    yield* await Promise.resolve([]);
  }
}

const about = (bed: number, atS: number, id: string): object => ({
  ...{ v: 1, id: `${id}/${bed}/${atS}`, key: `bed:b-${bed}`, origin: 'live', atMs: START_MS + atS * 1_000, bedId: `b-${bed}` },
});
const reading = (bed: number, atS: number, heartRate: number): LogEvent => {
  const atMs = START_MS + atS * 1_000;
  return LogEvent.parse({
    ...{ ...about(bed, atS, 'm'), kind: 'deviceMessage', deviceId: `d-${bed}`, gatewayId: 'gw', bootId: 'boot', seq: atS },
    ...{ deviceAtMs: atMs, gatewayAtMs: atMs },
    readings: [{ metric: 'heartRate', value: heartRate, unit: '/min', quality: 'valid' }],
  });
};
const opening = (beds: number): LogEvent[] => [
  LogEvent.parse({
    ...{ v: 1, id: 'r', key: 'gateway:gw', origin: 'live', atMs: 1, kind: 'ruleSetActivated', rate: 1, by: 'test' },
    ...{ hash: contentHash(rules), ruleSet: rules },
  }),
  ...Array.from({ length: beds }, (_, bed) => [
    LogEvent.parse({
      ...about(bed, 0, 'a'),
      kind: 'deviceAssigned',
      deviceId: `d-${bed}`,
      fromMs: 0,
      toMs: null,
      intervalsMs: {},
    }),
    LogEvent.parse({ ...about(bed, 0, 'b'), kind: 'admit', encounterId: `e-${bed}`, patientId: `p-${bed}`, ageGroup: 'adult' }),
  ]).flat(),
];
const located = (events: readonly LogEvent[], from = 0): Located[] =>
  events.map((event, i) => ({ event, partition: 0, offset: `o${from + i}`, sequence: from + i, hubAtMs: 0 }));

async function ward(alarms: AlarmState, clock: FakeClock, beds = 1) {
  const consumer = new AlarmConsumer({ alarms, clock, metrics: new StreamMetrics(new Registry()), onInvariant: () => undefined });
  await consumer.open(0);
  let next = 0;
  const send = async (events: readonly LogEvent[]): Promise<void> => {
    const batch = located(events, next);
    next += events.length;
    await consumer.read(0, batch, []);
  };
  await send(opening(beds));
  return { send };
}

test('estimates wait for the next commit, a quarter of a second of a busy partition at most', async () => {
  const [alarms, clock] = [new KeptScores(), new FakeClock()];
  const { send } = await ward(alarms, clock);
  const before = alarms.batches.length;
  await send([reading(0, 1, 80)]);
  expect(alarms.batches).toHaveLength(before);
  await clock.advance(SCORES_WAIT_MS);
  await send([]);
  expect(alarms.batches).toHaveLength(before + 1);
  expect(alarms.batches.at(-1)!.scores!.map(({ score }) => score)).toContain('news2');
  await clock.advance(SCORES_WAIT_MS);
  await send([reading(0, 12, 120)]);
  expect(alarms.batches.at(-1)!.scores!.find(({ score }) => score === 'news2')!.min).toBe(2);
});

test('an alarm does not wait, and takes the estimates that do with it, in their order', async () => {
  const [alarms, clock] = [new KeptScores(), new FakeClock()];
  const { send } = await ward(alarms, clock);
  await send([reading(0, 1, 80)]);
  await send([reading(0, 12, 120)]);
  await send([reading(0, 23, 170)]);
  const { transitions, scores } = alarms.batches.at(-1)!;
  expect(transitions.map(({ cause }) => cause)).toEqual(['onset']);
  expect(scores!.filter(({ score }) => score === 'news2').map(({ min }) => min)).toEqual([0, 2, 3]);
  await clock.advance(SCORES_WAIT_MS);
  await send([]);
  expect(alarms.batches.at(-1)!.scores).toEqual(scores);
});

test('whoever charts a set does not wait for its score', async () => {
  const [alarms, clock] = [new KeptScores(), new FakeClock()];
  const { send } = await ward(alarms, clock);
  const numbers = { respirationRate: 18, spo2: 97, nibpSystolic: 120, heartRate: 80, temperature: 37 };
  const items = Object.entries(numbers).map(([metric, value]) => ({ item: 'number', metric, value }));
  const more = [
    { item: 'consciousness', value: 'A' },
    { item: 'supplementalOxygen', value: 'air' },
  ];
  const charted = { ...about(0, 5, 'c'), kind: 'charted', chartId: 'chart-1', encounterId: 'e-0', patientId: 'p-0', by: 'amy' };
  await send([LogEvent.parse({ ...charted, validated: true, score: 'news2', items: [...items, ...more] })]);
  expect(alarms.batches.at(-1)!.scores!.filter(({ basis }) => basis === 'charted')).toHaveLength(1);
});

test('a wall clock that is set back holds up neither estimates nor checkpoints', async () => {
  const [alarms, clock] = [new KeptScores(), new FakeClock()];
  const { send } = await ward(alarms, clock);
  await send([reading(0, 1, 80)]);
  await clock.advance(-3_600_000);
  await send([]);
  expect(alarms.batches.at(-1)!.scores!.map(({ score }) => score)).toContain('news2');
  expect(alarms.batches.at(-1)!.states.map(({ key }) => key)).toContain('bed:b-0');
});

test('what waits has a bound', async () => {
  const [alarms, clock] = [new KeptScores(), new FakeClock()];
  const beds = SCORES_WAITING_MAX;
  const { send } = await ward(alarms, clock, beds);
  const before = alarms.batches.length;
  for (let bed = 0; bed < beds; bed += 50) await send(Array.from({ length: 50 }, (_, i) => reading(bed + i, 1, 80)));
  expect(alarms.batches.length).toBeGreaterThan(before);
  expect(Math.max(...alarms.batches.map(({ scores }) => scores!.length))).toBeLessThan(SCORES_WAITING_MAX + 50 * 10);
});

test('however often the consumer is killed and the store is away, no score is lost and their order is kept', async () => {
  const log = located([
    ...opening(3),
    ...Array.from({ length: 120 }, (_, s) => [0, 1, 2].map((bed) => reading(bed, s + 1, 80 + ((s * 7 + bed * 13) % 60)))).flat(),
  ]);
  const expected = step(
    emptyPartition(),
    log.map(({ event }) => event),
  ).scores;
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 23 }), fc.boolean()), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (kills) => {
      const [alarms, clock] = [new KeptScores(), new FakeClock()];
      for (const [reads, size, away] of [...kills, [log.length, 5, false] as const]) {
        const metrics = new StreamMetrics(new Registry());
        const consumer = new AlarmConsumer({ alarms, clock, metrics, onInvariant: () => undefined });
        await consumer.open(0);
        const from = ((await alarms.load()).replayFrom?.sequence ?? -1) + 1;
        const until = Math.min(log.length, from + reads);
        for (let at = from; at < until; at += size) {
          await consumer.read(0, log.slice(at, Math.min(at + size, until)), []);
          await clock.advance(70);
        }
        await clock.advance(2_000);
        alarms.failing = away;
        await consumer.read(0, [], []).catch((error: unknown) => expect(error).toMatchObject({ code: 'store-unavailable' }));
        alarms.failing = false;
      }
      const said = (scores: readonly ScoreSnapshot[], bed: number): string[] =>
        scores.filter(({ bedId }) => bedId === `b-${bed}`).map((score) => JSON.stringify(score));
      for (const bed of [0, 1, 2]) expect(said([...alarms.scores.values()], bed)).toEqual(said(expected, bed));
    }),
    { numRuns: 40 },
  );
});
