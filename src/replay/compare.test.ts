import { AlarmTransition } from '@vigil/contracts';
import { alarmIdOf } from '@vigil/domain';
import { type StoredTransition, StoredTransitions } from '../ports/stored-transitions.js';
import { Comparer } from './compare.js';
import { firstDifference } from './difference.js';
import { WHOLE_LOG } from './replay.js';

function onset(n: number, more: object = {}): AlarmTransition {
  return AlarmTransition.parse({
    ...{ v: 1, alarmId: alarmIdOf('icu-1', 'spo2.low', n), rev: 1, cause: 'onset', bedId: 'icu-1', gatewayId: null },
    ...{ encounterId: 'e1', conditionCode: 'spo2.low', kind: 'physiological', priority: 'high', metric: 'spo2', active: true },
    ...{ presence: 'on', onsetMs: n, atMs: n, ruleId: 'spo2-low', ruleSetHash: 'h', origin: 'live', by: null, commandId: null },
    evidence: { value: 80, unit: '%', limit: 90, side: 'low', samples: null, samplesExpected: null },
    ...more,
  });
}
const trigger = { deviceId: 'm', gatewayId: 'g', bootId: 'b', seq: 1, deviceAtMs: 1, gatewayAtMs: 1 };

class Stored extends StoredTransitions {
  constructor(
    private readonly rows: readonly StoredTransition[],
    private readonly through = 1_000,
  ) {
    super();
  }
  override find(names: readonly string[]): Promise<ReadonlyMap<string, AlarmTransition>> {
    const all = this.rows.map(({ transition: t }) => [`${t.alarmId}/${t.rev}`, t] as const);
    return Promise.resolve(new Map(all.filter(([name]) => names.includes(name))));
  }
  override async *all(): AsyncIterable<StoredTransition> {
    yield* this.rows;
    await Promise.resolve();
  }
  override storedThrough(): Promise<number> {
    return Promise.resolve(this.through);
  }
  override isAdopted(): boolean {
    return false;
  }
  override close(): void {
    return;
  }
}

const at = (transition: AlarmTransition): StoredTransition => ({
  transition,
  place: { partition: 0, sequence: transition.atMs },
});

async function compare(derived: readonly AlarmTransition[], stored: StoredTransitions, period = WHOLE_LOG, firstMs = 0) {
  const comparer = new Comparer(stored);
  for (const transition of derived) await comparer.derived(0, { transition, sequence: transition.atMs });
  return comparer.finish(period, firstMs);
}

describe('a replay against what is stored', () => {
  test('the same bytes are equal, whatever the order of their fields', async () => {
    const shuffled = JSON.parse(JSON.stringify(onset(1), Object.keys(onset(1)).reverse())) as AlarmTransition;
    const stored = new Stored([at({ ...shuffled, evidence: onset(1).evidence }), at(onset(2))]);
    expect(await compare([onset(1), onset(2)], stored)).toEqual({ equal: 2, older: 0, notYet: 0, different: 0, differences: [] });
  });

  test('the first field that differs is named, and no value', async () => {
    const stored = new Stored([at(onset(1, { evidence: { ...onset(1).evidence, limit: 92 } }))]);
    const { differences } = await compare([onset(1)], stored);
    expect(differences).toEqual([
      { name: `${onset(1).alarmId}/1`, conditionCode: 'spo2.low', what: 'differs', field: 'evidence.limit' },
    ]);
  });

  test('what is on one side alone is told, on both', async () => {
    const { differences } = await compare([onset(1)], new Stored([at(onset(2))]));
    expect(differences.map(({ name, what }) => [name, what])).toEqual([
      [`${onset(1).alarmId}/1`, 'not stored'],
      [`${onset(2).alarmId}/1`, 'not derived'],
    ]);
  });

  test('a test alarm that is not stored any more is no difference, one that is stored and was not derived is', async () => {
    const canary = onset(1, { conditionCode: 'canary', origin: 'canary', bedId: null, gatewayId: 'gw-1' });
    expect((await compare([canary], new Stored([]))).different).toBe(0);
    expect((await compare([], new Stored([at(canary)]))).different).toBe(1);
    // A device that calls its data so has no such exception.
    expect((await compare([onset(1, { conditionCode: 'canary', origin: 'canary' })], new Stored([]))).different).toBe(1);
  });

  test('what the engine has not stored yet is no difference', async () => {
    const { notYet, different } = await compare([onset(1), onset(9)], new Stored([at(onset(1))], 5));
    expect({ notYet, different }).toEqual({ notYet: 1, different: 0 });
  });

  test('of the stored ones only those of the period count, by time or by place, and none of before the log', async () => {
    const stored = new Stored([1, 2, 3, 4].map((n) => at(onset(n))));
    expect((await compare([onset(2)], stored, { fromMs: 2, toMs: 3 })).different).toBe(0);
    expect((await compare([onset(2)], stored, { fromMs: 2, toMs: 4 })).different).toBe(1);
    expect((await compare([onset(2)], stored, { partition: 0, fromSequence: 2, toSequence: 3 })).different).toBe(0);
    expect((await compare([onset(2)], stored, { partition: 1, fromSequence: 0, toSequence: 9 })).different).toBe(0);
    expect((await compare([onset(3), onset(4)], stored, WHOLE_LOG, 3)).different).toBe(0);
  });

  test('what an older version did not keep is no difference, what this one lacks is', async () => {
    const before = await compare([onset(1, { trigger })], new Stored([at(onset(1))]));
    expect([before.older, before.different]).toEqual([1, 0]);
    expect((await compare([onset(1)], new Stored([at(onset(1, { trigger }))]))).differences[0]!.field).toBe('trigger');
  });
});

test('a difference is the first in the order of sorted keys', () => {
  expect(firstDifference({ b: 1, a: [1, { x: 1 }] }, { b: 2, a: [1, { x: 2 }] })).toBe('a.1.x');
  expect(firstDifference({ a: 1 }, { a: 1, b: undefined })).toBe(null);
  expect(firstDifference({ a: [] }, { a: {} })).toBe('a');
  expect(firstDifference(1, 2)).toBe('(all of it)');
});
