import type { GatewayConfig, LogEvent } from '@vigil/contracts';
import { type BedState, emptyPartition, type PartitionState, step } from '@vigil/domain';
import { watchConfig } from '../test-support/watch-fixture.js';
import { controlEvents } from './control-events.js';
import { Shadow } from './shadow.js';

type Bed = NonNullable<GatewayConfig['watch']>['beds'][number];

/** The configuration with its first bed as given. */
function configWith(more: Partial<Bed>): GatewayConfig {
  const config = watchConfig();
  const [first, ...rest] = config.watch!.beds;
  return { ...config, watch: { ...config.watch!, beds: [{ ...first!, ...more }, ...rest] } };
}

const stay = (ageGroup?: 'adult' | 'neonate'): Partial<Bed> => ({
  encounter: { encounterId: 'e1', patientId: 'p1', sinceMs: 1_000, ...(ageGroup === undefined ? {} : { ageGroup }) } as never,
});
const kinds = (events: readonly LogEvent[], ...wanted: readonly string[]) => events.filter(({ kind }) => wanted.includes(kind));
const after = (config: GatewayConfig): PartitionState =>
  step(emptyPartition(), controlEvents(emptyPartition(), config, 2_000)).state;

test('an admission says whose rules hold, as far as the platform has told it', () => {
  const [admit] = kinds(controlEvents(emptyPartition(), configWith(stay('neonate')), 2_000), 'admit');
  const { careUnitId } = watchConfig().watch!.beds[0]!;
  expect(admit).toMatchObject({ encounterId: 'e1', ageGroup: 'neonate', careUnitId });
  const [untold] = kinds(controlEvents(emptyPartition(), configWith(stay()), 2_000), 'admit');
  expect(untold).not.toHaveProperty('ageGroup');
});

test('another age group of the same stay is told once', () => {
  const state = after(configWith(stay('neonate')));
  expect(controlEvents(state, configWith(stay('neonate')), 3_000)).toEqual([]);
  expect(controlEvents(state, configWith(stay()), 3_000)).toEqual([]);
  const changed = controlEvents(state, configWith(stay('adult')), 3_000);
  expect(changed).toMatchObject([{ kind: 'stayProfileSet', encounterId: 'e1', ageGroup: 'adult', atMs: 3_000 }]);
  expect(controlEvents(step(state, changed).state, configWith(stay('adult')), 4_000)).toEqual([]);
});

describe('where a device stood when', () => {
  const spans = (...told: readonly (readonly [string, number, number | null])[]) =>
    told.map(([bedId, fromMs, toMs]) => ({ bedId, fromMs, toMs }));
  const device = (deviceSpans?: unknown) => [{ deviceId: 'mon-1', bedId: 'icu-1', fromMs: 100, spans: deviceSpans }];
  const config = (deviceSpans?: unknown): GatewayConfig => watchConfig({}, device(deviceSpans));
  const held = (state: PartitionState) =>
    (state.keys.get('bed:icu-1') as BedState).devices['mon-1']?.map(({ fromMs, toMs }) => [fromMs, toMs]);

  test('is told once, each of its times by itself', () => {
    const told = config(spans(['icu-1', 0, 100], ['icu-2', 100, 200], ['icu-1', 200, null]));
    const state = after(told);
    expect(held(state)).toEqual([
      [0, 100],
      [200, null],
    ]);
    expect(kinds(controlEvents(state, told, 3_000), 'deviceAssigned')).toEqual([]);
  });

  test('is told again where it has changed, and ends where nobody tells it any more', () => {
    const state = after(config(spans(['icu-1', 0, null])));
    const ended = step(state, controlEvents(state, config(spans(['icu-1', 0, 500], ['icu-2', 500, null])), 3_000)).state;
    expect(held(ended)).toEqual([[0, 500]]);
    const corrected = step(ended, controlEvents(ended, config(spans(['icu-1', 600, null])), 4_000)).state;
    expect(held(corrected)).toEqual([
      [0, 500],
      [600, null],
    ]);
    const gone = step(corrected, controlEvents(corrected, config(spans(['icu-2', 600, null])), 5_000)).state;
    expect(held(gone)).toEqual([
      [0, 500],
      [600, 5_000],
    ]);
  });

  test('is told with what the device alone brings there, once', () => {
    const named = (channels?: readonly string[]) => config([{ bedId: 'icu-1', fromMs: 0, toMs: null, channels }]);
    const brings = (state: PartitionState) => (state.keys.get('bed:icu-1') as BedState).devices['mon-1']?.[0]?.channels;
    const state = after(named(['spo2']));
    expect([brings(state), kinds(controlEvents(state, named(['spo2']), 3_000), 'deviceAssigned')]).toEqual([['spo2'], []]);
    const all = step(state, controlEvents(state, named(), 4_000)).state;
    expect([brings(all), kinds(controlEvents(all, named(), 5_000), 'deviceAssigned')]).toEqual([null, []]);
  });

  test('is the bed of now for all times where the platform is of before, and back again', () => {
    const before = after(config());
    expect(held(before)).toEqual([[100, null]]);
    const named = step(before, controlEvents(before, config(spans(['icu-1', 50, null])), 3_000)).state;
    expect(held(named)).toEqual([[50, null]]);
    const again = step(named, controlEvents(named, config(), 4_000)).state;
    expect(held(again)).toEqual([[100, null]]);
    expect(controlEvents(again, config(), 5_000)).toEqual([]);
  });
});

describe('a standby', () => {
  const standby = { standbyId: 's1', place: 'imaging', fromMs: 1_500, toMs: 900_000 } as NonNullable<Bed['standby']>;
  const bedNow = (state: PartitionState): BedState => state.keys.get('bed:icu-1') as BedState;

  test('of the configuration holds here once, and ends with it', () => {
    const state = after(configWith({ ...stay(), standby }));
    expect(bedNow(state).standby).toMatchObject({ standbyId: 's1', fromMs: 1_500, toMs: 900_000 });
    expect(controlEvents(state, configWith({ ...stay(), standby }), 3_000)).toEqual([]);
    const over = controlEvents(state, configWith(stay()), 4_000);
    expect(over).toMatchObject([{ kind: 'standbyEnded', standbyId: 's1', cause: 'person' }]);
    expect(bedNow(step(state, over).state).standby).toBeUndefined();
  });

  test('that was over here already is not set again', () => {
    const state = after(configWith({ ...stay(), standby }));
    const ended = step(state, controlEvents(state, configWith(stay()), 4_000)).state;
    expect(controlEvents(ended, configWith({ ...stay(), standby }), 5_000)).toEqual([]);
  });
});

test('a shelf of the configuration holds here once, ends with it, and is not begun again', () => {
  const shelf = { shelfId: 's1', conditionCode: 'heartRate.high', priority: 'medium', fromMs: 1_500, toMs: 900_000 };
  const shelves = [shelf] as NonNullable<Bed['shelves']>;
  const state = after(configWith({ ...stay(), shelves }));
  const shelvesNow = (of: PartitionState) => (of.keys.get('bed:icu-1') as BedState).shelves;
  expect(shelvesNow(state)).toMatchObject({ 'heartRate.high': { shelfId: 's1', fromMs: 1_500, toMs: 900_000 } });
  expect(controlEvents(state, configWith({ ...stay(), shelves }), 3_000)).toEqual([]);
  const over = controlEvents(state, configWith(stay()), 4_000);
  expect(over).toMatchObject([{ kind: 'conditionUnshelved', shelfId: 's1', cause: 'person' }]);
  const ended = step(state, over).state;
  expect(shelvesNow(ended)).toBeUndefined();
  expect(controlEvents(ended, configWith({ ...stay(), shelves }), 5_000)).toEqual([]);
});

test('a bed that is put into another unit has the rules of that unit, and nobody here has to say that they saw it', () => {
  const shadow = new Shadow();
  const { ruleSet } = watchConfig().watch!;
  const rules = { ...ruleSet, rules: [{ ...ruleSet.rules[0]!, careUnitIds: ['icu'] }, ...ruleSet.rules.slice(1)] };
  const config = (careUnitId: string): GatewayConfig => {
    const { watch, ...rest } = configWith({ ...stay(), careUnitId } as Partial<Bed>);
    return { ...rest, watch: { ...watch!, ruleSet: rules as never } };
  };
  shadow.configure(config('icu'), 2_000);
  expect(shadow.configure(config('ward'), 3_000)?.map((t) => [t.conditionCode, t.cause])).toEqual([
    ['limitsChanged', 'onset'],
    ['limitsChanged', 'acknowledged'],
    ['limitsChanged', 'end'],
  ]);
  expect(shadow.bed('icu-1' as never)?.encounter?.careUnitId).toBe('ward');
  expect(shadow.alarms('icu-1' as never)).toEqual([]);
});
