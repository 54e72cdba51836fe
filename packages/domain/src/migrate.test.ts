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
