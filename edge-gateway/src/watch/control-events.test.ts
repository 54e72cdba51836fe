import type { GatewayConfig, LogEvent } from '@vigil/contracts';
import { emptyPartition, type PartitionState, step } from '@vigil/domain';
import { watchConfig } from '../test-support/watch-fixture.js';
import { controlEvents } from './control-events.js';

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
