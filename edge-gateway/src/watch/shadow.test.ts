import { type BedId, type LogEvent, METRICS } from '@vigil/contracts';
import { InvariantError, STATE_VERSIONS } from '@vigil/domain';
import { reading, START_MS, tickOf, watchConfig } from '../test-support/watch-fixture.js';
import { controlEvents } from './control-events.js';
import { Shadow } from './shadow.js';

const BED = 'icu-1' as BedId;

function configured(): Shadow {
  const shadow = new Shadow();
  shadow.configure(watchConfig(), START_MS);
  return shadow;
}

test('after a failure it is where its last snapshot was, and nothing of the failed events is left', () => {
  const shadow = configured();
  shadow.take([reading(START_MS, 0, { heartRate: 70 })]);
  const before = shadow.snapshot();
  const broken = { ...reading(START_MS + 1_000, 1, { heartRate: 70 }) } as LogEvent;
  Object.defineProperty(broken, 'readings', {
    get: () => {
      throw new InvariantError('a bug that was planted');
    },
  });
  expect(shadow.take([reading(START_MS + 500, 2, { heartRate: 70 }), broken])).toBeNull();
  expect(shadow.snapshot()).toBe(before);
});

test('a snapshot restored derives what the one before would have', () => {
  const [one, other] = [configured(), new Shadow()];
  other.restore(one.snapshot());
  other.configure(watchConfig(), START_MS);
  const events = Array.from({ length: 10 }, (_, s) => reading(START_MS + s * 1_000, s, { heartRate: 150 }));
  expect(other.take(structuredClone(events))).toEqual(one.take(events));
  expect(other.snapshot()).toBe(one.snapshot());
});

const withBedVersion = (snapshot: string, v: number): string => {
  const { engine, keys } = JSON.parse(snapshot) as { engine: object; keys: [string, object][] };
  return JSON.stringify({ engine, keys: keys.map(([key, state]) => [key, { ...state, v }]) });
};

test('a snapshot of an earlier version is brought up to this one', () => {
  const shadow = new Shadow();
  shadow.restore(withBedVersion(configured().snapshot(), 1));
  expect(shadow.bed(BED)).toMatchObject({ v: STATE_VERSIONS.bed, bedId: BED });
});

test('a snapshot of a later version is refused and changes nothing', () => {
  const shadow = configured();
  const before = shadow.snapshot();
  expect(() => shadow.restore(withBedVersion(before, 99))).toThrow(expect.objectContaining({ code: 'state-too-new' }) as Error);
  expect(shadow.snapshot()).toBe(before);
});

test('a device that is taken away is heard no more, and a bed that is gone is forgotten', () => {
  const shadow = configured();
  shadow.configure(watchConfig({}, [{ deviceId: 'mon-2', bedId: 'icu-2' }]), START_MS);
  expect(shadow.bed(BED)!.devices['mon-1']).toMatchObject([{ toMs: START_MS }]);
  shadow.configure(watchConfig({ beds: watchConfig().watch!.beds.slice(1) }), START_MS);
  expect(shadow.bed(BED)).toBeNull();
});

test('what a configuration says is said once', () => {
  const state = { engine: { v: 1 as const, rules: null }, keys: new Map() };
  const ids = controlEvents(state, watchConfig(), START_MS).map((e) => e.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(controlEvents(state, watchConfig(), START_MS + 5).map((e) => e.id));
  expect(ids).toContain('watch/admit/icu-1/e1');
});

test('the handover of a bed holds nothing but times, counts and sums', () => {
  const shadow = configured();
  shadow.take([reading(START_MS, 0, { heartRate: 70 }), tickOf(START_MS + 1_000)]);
  const names = Object.keys(shadow.handover(BED)!.metrics);
  expect(names.every((name) => name in METRICS)).toBe(true);
  expect(shadow.handover('icu-9' as BedId)).toBeNull();
});
