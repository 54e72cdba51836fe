import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEvent, LogKey } from '@vigil/contracts';
import { readEngineState, readKeyState, STATE_VERSIONS } from './migrate.js';
import type { BedState, PartitionState } from './state.js';
import { step } from './step.js';
import { message, summary, tick } from './test-kit.js';

/** Written by the engine before there were versions: a bed with an open mean, an alarm and limits of its own, and a lost gateway. */
const old = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/states-v1.json'), 'utf8')) as {
  readonly engine: unknown;
  readonly states: Readonly<Record<string, unknown>>;
};
const bedJson = JSON.stringify(old.states['bed:icu-1']);

function oldPartition(): PartitionState {
  const keys = Object.entries(old.states).map(([key, state]) => [key as LogKey, readKeyState(JSON.stringify(state))] as const);
  return { engine: readEngineState(JSON.stringify(old.engine)), keys: new Map(keys) };
}

describe('states of before', () => {
  test('are brought up to the version of this engine', () => {
    const versions = [...oldPartition().keys.values()].map((state) => [state.kind, state.v]);
    expect(versions).toEqual([
      ['bed', STATE_VERSIONS.bed],
      ['gateway', STATE_VERSIONS.gateway],
    ]);
  });

  test('go on as they would have: the mean stands, the alarm ends, no id is given again', () => {
    const events: LogEvent[] = Array.from({ length: 160 }, (_, i) => message(160 + i, { heartRate: 80 }, { seq: 160 + i }));
    const { effects } = step(oldPartition(), [...events, tick(330)]);
    const open = Object.values((JSON.parse(bedJson) as BedState).alarms);
    expect(open.map((alarm) => alarm.conditionCode).sort()).toEqual(['heartRate.high', 'heartRate.mean-high']);
    const ended = effects.map((e) => e.transition).filter((t) => t.cause === 'end');
    expect(summary(ended)).toEqual(['heartRate.high end medium off @175']);
    expect(ended[0]!.alarmId).toBe(open.find((alarm) => alarm.conditionCode === 'heartRate.high')!.alarmId);
  });

  test('of this version are read as they are', () => {
    const state = readKeyState(bedJson);
    expect(readKeyState(JSON.stringify(state))).toEqual(state);
  });
});

describe('a state of version 3, which knew one span of each device', () => {
  /** Two devices, of which one has left, own limits and an alarm. */
  const { engine, states } = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/states-v3.json'), 'utf8')) as typeof old;
  const bed = readKeyState(JSON.stringify(states['bed:icu-1'])) as BedState;

  test('has it as the only one, which brings everything', () => {
    expect(bed.devices).toEqual({
      'mon-1': [{ fromMs: 0, toMs: null, channels: null, intervalsMs: { heartRate: 2_000 } }],
      'oxi-1': [{ fromMs: 0, toMs: 1_000_000_000_220_000, channels: null, intervalsMs: {} }],
    });
  });

  test('goes on as it would have: the alarm ends under its id, and the device that has left is heard no more', () => {
    const keys = new Map([['bed:icu-1' as LogKey, bed]]);
    const events = Array.from({ length: 30 }, (_, i) => message(30 + i, { heartRate: 80 }, { seq: 30 + i }));
    const late = message(31, { spo2: 60 }, { deviceId: 'oxi-1', seq: 400 });
    const { effects, counts } = step({ engine: readEngineState(JSON.stringify(engine)), keys }, [...events, late]);
    expect(summary(effects.map((e) => e.transition))).toEqual(['heartRate.high end medium off @45']);
    expect(counts.elsewhere).toBe(1);
  });
});

describe('a state that can not be read', () => {
  test('of a newer version is refused, and says so', () => {
    for (const kind of ['bed', 'gateway'] as const) {
      const newer = JSON.stringify({ v: STATE_VERSIONS[kind] + 1, kind });
      expect(() => readKeyState(newer, 3)).toThrow(expect.objectContaining({ code: 'state-too-new', facts: { partition: 3 } }));
    }
    expect(() => readEngineState('{"v":2}')).toThrow(expect.objectContaining({ code: 'state-too-new' }));
  });

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"v":1}',
    '{"v":"1","kind":"bed"}',
    '{"v":0,"kind":"bed"}',
    '{"v":1.5,"kind":"gateway"}',
    '{"v":1,"kind":"ward"}',
  ])('is a bug and no state: %s', (json) => {
    expect(() => readKeyState(json)).toThrow(/expected: /);
  });
});
