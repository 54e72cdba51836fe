import { FakeClock } from '@vigil/clock';
import { type AlarmTransition, type BedId, LogEvent, type RuleSet } from '@vigil/contracts';
import { contentHash, emptyBed, emptyPartition, InvariantError, step } from '@vigil/domain';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import type { AlarmBatch, AlarmChange, PartitionCheckpoint, StoredState } from '../ports/alarm-state.js';
import { AlarmState } from '../ports/alarm-state.js';
import type { Located } from '../ports/event-log.js';
import { AlarmConsumer, CATCH_UP_LAG_MS } from './alarm-consumer.js';
import { REFUSALS_MAX } from './refused-transitions.js';
import { CHECKPOINT_MS_MAX } from './checkpoints.js';
import { StreamMetrics } from './stream-metrics.js';

const rules: RuleSet = {
  v: 1,
  name: 'test',
  latenessMs: 5_000,
  rules: [
    {
      kind: 'limit',
      id: 'hr',
      metric: 'heartRate',
      side: 'high',
      limit: 120,
      hysteresis: 0,
      onDelayMs: 3_000,
      offDelayMs: 3_000,
      priority: 'high',
      source: 'test',
    },
  ],
};

/** Keeps what was committed, as the store promises: equal content for a known revision, nothing without ownership. */
class KeptAlarmState extends AlarmState {
  readonly derived: AlarmTransition[] = [];
  readonly batches: AlarmBatch[] = [];
  private readonly states = new Map<string, StoredState>();
  private replayFrom: PartitionCheckpoint['replayFrom'] = null;

  override isOwnLog(): Promise<boolean> {
    return Promise.resolve(true);
  }

  override load(): Promise<PartitionCheckpoint> {
    return Promise.resolve({ states: [...this.states.values()], replayFrom: this.replayFrom });
  }

  override commit(batch: AlarmBatch): Promise<readonly AlarmChange[]> {
    this.batches.push(batch);
    for (const transition of batch.transitions) {
      const known = this.derived.find((t) => t.alarmId === transition.alarmId && t.rev === transition.rev);
      if (known === undefined) this.derived.push(transition);
      else if (JSON.stringify(known) !== JSON.stringify(transition)) throw new InvariantError('equal content');
    }
    for (const state of batch.states) this.states.set(state.key, state);
    if (batch.replayFrom !== null) this.replayFrom = batch.replayFrom;
    return Promise.resolve([]);
  }

  override async *transitions(): AsyncIterable<AlarmTransition> {
    yield* await Promise.resolve(this.derived);
  }
}

const bedEvents = (bed: number): LogEvent[] => [
  LogEvent.parse({
    ...base(bed, 0, 'a'),
    kind: 'deviceAssigned',
    deviceId: `d-${bed}`,
    bedId: `b-${bed}`,
    fromMs: 0,
    toMs: null,
    intervalsMs: {},
  }),
  LogEvent.parse({ ...base(bed, 0, 'b'), kind: 'admit', bedId: `b-${bed}`, encounterId: `e-${bed}`, patientId: `p-${bed}` }),
];
const base = (bed: number, atS: number, id: string): object => ({
  v: 1,
  id: `${id}/${bed}/${atS}`,
  key: `bed:b-${bed}`,
  origin: 'live',
  atMs: 1_000_000 + atS * 1_000,
});
const activation = LogEvent.parse({
  v: 1,
  id: 'r',
  key: 'gateway:gw',
  origin: 'live',
  atMs: 1,
  kind: 'ruleSetActivated',
  hash: contentHash(rules),
  ruleSet: rules,
  rate: 1,
  by: 'test',
});
const reading = (bed: number, atS: number, heartRate: number): LogEvent =>
  LogEvent.parse({
    ...base(bed, atS, 'm'),
    kind: 'deviceMessage',
    bedId: `b-${bed}`,
    deviceId: `d-${bed}`,
    gatewayId: 'gw',
    bootId: 'boot',
    seq: atS,
    deviceAtMs: 1_000_000 + atS * 1_000,
    gatewayAtMs: 1_000_000 + atS * 1_000,
    readings: [{ metric: 'heartRate', value: heartRate, unit: '/min', quality: 'valid' }],
  });

function ward(seconds: number, rate: (bed: number, s: number) => number): LogEvent[] {
  const log = [activation, ...bedEvents(0), ...bedEvents(1), ...bedEvents(2)];
  for (let s = 1; s <= seconds; s++) for (const bed of [0, 1, 2]) log.push(reading(bed, s, rate(bed, s)));
  return log;
}

const located = (log: readonly LogEvent[]): Located[] =>
  log.map((event, sequence) => ({ event, partition: 0, offset: `o${sequence}`, sequence, hubAtMs: 0 }));

const consumer = (alarms: AlarmState, clock: FakeClock, onInvariant = (): void => undefined): AlarmConsumer =>
  new AlarmConsumer({ alarms, clock, metrics: new StreamMetrics(new Registry()), onInvariant });

/** Reads like the client does: from the position that was committed, in batches, until killed. */
async function readUntil(
  alarms: KeptAlarmState,
  clock: FakeClock,
  log: readonly Located[],
  stopAfter: number,
  batchSize: number,
): Promise<void> {
  const { replayFrom } = await alarms.load();
  const running = consumer(alarms, clock);
  await running.open(0);
  const from = replayFrom === null ? 0 : replayFrom.sequence + 1;
  for (let at = from; at < Math.min(log.length, stopAfter); at += batchSize) {
    await running.read(0, log.slice(at, Math.min(at + batchSize, stopAfter)), []);
    await clock.advance(900);
  }
}

test('however often the consumer is killed, it derives what a single run derives, each transition once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 23 }),
      fc.array(fc.integer({ min: 80, max: 150 }), { minLength: 5, maxLength: 5 }),
      async (kills, batchSize, levels) => {
        const log = located(ward(120, (bed, s) => levels[(Math.floor(s / 6) + bed) % 5]!));
        const oracle = step(
          emptyPartition(),
          log.map((l) => l.event),
        ).effects.map((e) => e.transition);
        const alarms = new KeptAlarmState();
        const clock = new FakeClock();
        for (const stopAfter of kills) await readUntil(alarms, clock, log, stopAfter, batchSize);
        await readUntil(alarms, clock, log, log.length, batchSize);
        expect(alarms.derived.map((t) => JSON.stringify(t)).sort()).toEqual(oracle.map((t) => JSON.stringify(t)).sort());
      },
    ),
    { numRuns: 60 },
  );
});

test('beds are checkpointed in turn, none later than half a minute, and the replay starts before what any of them lacks', async () => {
  const alarms = new KeptAlarmState();
  const clock = new FakeClock();
  const log = located(ward(60, () => 80));
  const running = consumer(alarms, clock);
  await running.open(0);
  const savedAt = new Map<string, number>();
  for (let at = 0; at < log.length; at += 3) {
    await running.read(0, log.slice(at, at + 3), []);
    for (const state of alarms.batches.at(-1)?.states ?? []) savedAt.set(state.key, clock.wallMs());
    await clock.advance(1_000);
    for (const [key, wallMs] of savedAt)
      if (key !== 'engine') expect(clock.wallMs() - wallMs).toBeLessThanOrEqual(CHECKPOINT_MS_MAX + 2_000);
  }
  const { replayFrom, states } = await alarms.load();
  const beds = states.filter((s) => s.key.startsWith('bed:'));
  expect(new Set(beds.map((s) => s.sequence)).size).toBeGreaterThan(1);
  for (const bed of beds) {
    const lacking = log.find((l) => l.event.key === bed.key && l.sequence > bed.sequence);
    if (lacking !== undefined) expect(lacking.sequence).toBeGreaterThan(replayFrom!.sequence);
  }
});

test('an activation checkpoints every bed at once, so that no replay crosses it', async () => {
  const alarms = new KeptAlarmState();
  const clock = new FakeClock();
  const other = { ...rules, name: 'other' };
  const second = { ...activation, id: 'r2', hash: contentHash(other), ruleSet: other } as LogEvent;
  const log = located([...ward(5, () => 80), second, ...ward(5, () => 80)]);
  const running = consumer(alarms, clock);
  await running.open(0);
  const at = log.findIndex((l) => l.event === second);
  await running.read(0, log.slice(0, at), []);
  await running.read(0, log.slice(at, at + 1), []);
  expect(
    alarms.batches
      .at(-1)!
      .states.map((s) => s.key)
      .sort(),
  ).toEqual(['bed:b-0', 'bed:b-1', 'bed:b-2', 'engine']);
  expect(alarms.batches.at(-1)!.replayFrom!.sequence).toBe(at);
});

test('an event that breaks the engine is put aside at once, and every bed goes on, its own too', async () => {
  const alarms = new KeptAlarmState();
  const clock = new FakeClock();
  const broken = reading(1, 3, 80);
  Object.defineProperty(broken, 'readings', {
    get() {
      throw new InvariantError('a bug that was planted');
    },
    enumerable: false,
  });
  const events = ward(10, (_bed, s) => (s > 2 ? 150 : 80)).filter((e) => e.id !== broken.id);
  events.splice(12, 0, broken);
  const told: [string, boolean][] = [];
  const running = new AlarmConsumer({
    alarms,
    clock,
    metrics: new StreamMetrics(new Registry()),
    onInvariant: (_p, _s, claim, putAside) => told.push([claim, putAside]),
  });
  await running.open(0);
  await running.read(0, located(events), []);
  expect(told).toEqual([['a bug that was planted', true]]);
  expect(running.blindKeys).toBe(0);
  expect(alarms.derived.map((t) => t.bedId).sort()).toEqual(['b-0', 'b-1', 'b-2']);
  expect(alarms.batches.at(-1)!.deadLetters).toMatchObject([
    { reason: 'engine-failed', detail: 'a bug that was planted', kind: 'deviceMessage', bedId: 'b-1', sequence: 12 },
  ]);
});

test('an activation that breaks the engine is put aside, and the rules of before watch on', async () => {
  const alarms = new KeptAlarmState();
  const bad = { ...activation, id: 'r2', hash: 'f'.repeat(64), ruleSet: { ...rules, rules: null } } as unknown as LogEvent;
  const log = located([...ward(5, () => 80), bad, ...[6, 7, 8, 9, 10].map((s) => reading(0, s, 150))]);
  const told: boolean[] = [];
  const running = new AlarmConsumer({
    alarms,
    clock: new FakeClock(),
    metrics: new StreamMetrics(new Registry()),
    onInvariant: (_p, _s, _claim, putAside) => told.push(putAside),
  });
  await running.open(0);
  await running.read(0, log, []);
  expect(told).toEqual([true]);
  expect(running.blindKeys).toBe(0);
  expect(alarms.derived.map((t) => t.bedId)).toEqual(['b-0']);
  expect(alarms.batches.at(-1)!.deadLetters).toMatchObject([{ reason: 'engine-failed', kind: 'ruleSetActivated' }]);
});

test('what can not be read is put aside in the same commit, with its place and its content, and moves the position on', async () => {
  const alarms = new KeptAlarmState();
  const clock = new FakeClock();
  const running = consumer(alarms, clock);
  const log = located(ward(5, () => 80));
  await running.open(0);
  const at = { sequence: log.length, offset: `o${log.length}`, hubAtMs: 7 };
  const body = { ...reading(0, 9, 80), readings: 'none' };
  const unreadable = { reason: 'invalid-event', path: 'readings', kind: 'deviceMessage', bedId: 'b-0' as BedId } as const;
  await running.read(0, log, [{ ...unreadable, ...at, body }]);
  const [letter] = alarms.batches.at(-1)!.deadLetters!;
  expect(letter).toMatchObject({
    reason: 'invalid-event',
    detail: 'readings',
    partition: 0,
    ...at,
    content: JSON.stringify(body),
  });
  expect(alarms.batches.at(-1)!.throughSequence).toBe(log.length);
  await running.read(0, [], [{ ...unreadable, ...at, body }]);
  expect(alarms.batches.at(-1)!.deadLetters![0]!.id).toBe(letter!.id);
});

test('a ward of hundreds is checkpointed a few beds at a time, and still each within half a minute', async () => {
  const alarms = new KeptAlarmState();
  const clock = new FakeClock();
  const running = consumer(alarms, clock);
  const beds = Array.from({ length: 600 }, (_, n) => n);
  await running.open(0);
  let sequence = 0;
  const send = async (events: LogEvent[]): Promise<void> => {
    const batch = events.map((event) => ({ event, partition: 0, offset: `o${++sequence}`, sequence, hubAtMs: 0 }));
    await running.read(0, batch, []);
  };
  await send([activation, ...beds.flatMap(bedEvents)]);
  const savedAt = new Map<string, number>();
  const sizes: number[] = [];
  for (let s = 1; s <= 90; s++) {
    await clock.advance(1_000);
    await send(beds.map((bed) => reading(bed, s, 80)));
    const { states } = alarms.batches.at(-1)!;
    sizes.push(states.length);
    for (const { key } of states) savedAt.set(key, clock.wallMs());
    if (s > 30)
      for (const bed of beds)
        expect(clock.wallMs() - savedAt.get(`bed:b-${bed}`)!).toBeLessThanOrEqual(CHECKPOINT_MS_MAX + 2_000);
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(41);
});

test('events that leave no state behind do not hold the replay position back', async () => {
  const alarms = new KeptAlarmState();
  const clock = new FakeClock();
  const status = (atS: number): LogEvent =>
    LogEvent.parse({
      ...base(0, atS, 's'),
      key: 'gateway:gw',
      kind: 'gatewayStatus',
      gatewayId: 'gw',
      bedIds: [],
      pending: 0,
      oldestPendingMs: 0,
      accepted: 0,
      rejected: 0,
    });
  const log = located([activation, ...Array.from({ length: 60 }, (_, s) => [status(s), reading(0, s + 1, 80)]).flat()]);
  const running = consumer(alarms, clock);
  await running.open(0);
  for (let at = 0; at < log.length; at += 2) {
    await running.read(0, log.slice(at, at + 2), []);
    await clock.advance(1_000);
  }
  expect((await alarms.load()).replayFrom!.sequence).toBeGreaterThan(log.length - 80);
});

test('a transition that contradicts the store has the partition taken again once, and is put aside then', async () => {
  const alarms = new KeptAlarmState();
  const log = located(ward(10, (_bed, s) => (s > 2 ? 150 : 80)));
  const [first] = step(
    emptyPartition(),
    log.map((l) => l.event),
  ).effects;
  alarms.derived.push({ ...first!.transition, ruleId: 'another' });
  const told: boolean[] = [];
  const running = new AlarmConsumer({
    alarms,
    clock: new FakeClock(),
    metrics: new StreamMetrics(new Registry()),
    onInvariant: (_p, _s, _claim, putAside) => told.push(putAside),
  });
  for (let attempt = 0; attempt < REFUSALS_MAX; attempt++) {
    await running.open(0);
    await expect(running.read(0, log, [])).rejects.toThrow(InvariantError);
  }
  await running.open(0);
  await running.read(0, log, []);
  expect(told).toEqual([false, true]);
  expect(alarms.derived.map((t) => t.bedId).sort()).toEqual(['b-0', 'b-1', 'b-2']);
  expect(alarms.batches.at(-1)!.deadLetters).toMatchObject([{ reason: 'transition-refused', kind: 'transition' }]);
});

test('while the consumer catches up, new alarms wait before they page: their end may be further on', async () => {
  const alarms = new KeptAlarmState();
  const clock = new FakeClock();
  const log = located(ward(10, () => 150)).map((l) => ({ ...l, hubAtMs: clock.wallMs() - 3_600_000 }));
  const running = consumer(alarms, clock);
  await running.open(0);
  await running.read(0, log, []);
  expect(alarms.batches.at(-1)).toMatchObject({ holdPagesMs: CATCH_UP_LAG_MS });
  await running.read(
    0,
    located([reading(0, 11, 80)]).map((l) => ({ ...l, sequence: 100, hubAtMs: clock.wallMs() })),
    [],
  );
  await clock.advance(2_000);
  await running.read(
    0,
    located([reading(0, 12, 80)]).map((l) => ({ ...l, sequence: 101, hubAtMs: clock.wallMs() })),
    [],
  );
  expect(alarms.batches.at(-1)).toMatchObject({ holdPagesMs: 0 });
});

test('a state of a newer version is not opened, and the partition is once that version has gone', async () => {
  const alarms = new KeptAlarmState();
  const clock = new FakeClock();
  const running = consumer(alarms, clock);
  const state = { key: 'bed:b-0', json: JSON.stringify({ v: 99, kind: 'bed' }), offset: 'o0', sequence: 0 };
  await alarms.commit({ partition: 0, transitions: [], rejects: [], states: [state], replayFrom: null });
  await expect(running.open(0)).rejects.toMatchObject({ code: 'state-too-new' });
  expect(running.tooNew).toBe(1);
  await alarms.commit({
    ...{ partition: 0, transitions: [], rejects: [], replayFrom: null },
    states: [{ ...state, json: JSON.stringify(emptyBed('b-0' as BedId)) }],
  });
  await running.open(0);
  expect(running.tooNew).toBe(0);
});
