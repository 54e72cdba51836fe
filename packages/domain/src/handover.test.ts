import { LogEvent } from '@vigil/contracts';
import { handoverOf } from './handover.js';
import { contentHash } from './hash.js';
import { type BedState, emptyPartition, type PartitionState } from './state.js';
import { step } from './step.js';
import { bedLog, message, testRules } from './test-kit.js';

const WELL = { heartRate: 70, spo2: 98, respirationRate: 16, temperature: 37 } as const;
const bedIn = (state: PartitionState): BedState => state.keys.get('bed:icu-1') as BedState;
const steps = (events: readonly LogEvent[], state = emptyPartition()) => step(state, structuredClone([...events]));

function watchEnded(state: PartitionState): LogEvent {
  const { clockMs } = bedIn(state);
  return LogEvent.parse({
    ...{ v: 1, id: 'ended/o1/icu-1', key: 'bed:icu-1', origin: 'live', atMs: clockMs, kind: 'localWatchEnded', bedId: 'icu-1' },
    ...{ gatewayId: 'gw-1', outageId: 'o1', fromMs: 0, toMs: clockMs, standing: [] },
    ...{ ruleSetHash: contentHash(testRules), handover: handoverOf(bedIn(state)) },
  });
}

const before = [...bedLog(), message(1, WELL)];
/** The one pressure of a quarter of an hour is taken while the log is away. */
const outage = [message(2, { ...WELL, nibpSystolic: 85 }), message(3, WELL)];

test('a pressure that was taken in an outage scores, though the word of its gateway overtakes the reading', () => {
  const [here, gateway] = [steps(before).state, steps([...before, ...outage]).state];
  const { state, scores } = steps([watchEnded(gateway), ...outage, message(20, WELL)], here);
  const uncut = steps([...before, ...outage, message(20, WELL)]).state;
  expect(bedIn(state).scores!.inputs).toEqual(bedIn(uncut).scores!.inputs);
  const news = scores.filter(({ score }) => score === 'news2').at(-1)!;
  expect(news.parts.find(({ part }) => part === 'systolic')).toMatchObject({ value: 85, points: 3 });
});

test('a second copy of a reading is no news to a score', () => {
  const [once, twice] = [steps([...before, ...outage]), steps([...before, ...outage, ...outage])];
  expect(bedIn(twice.state).scores).toEqual(bedIn(once.state).scores);
});

test('nor is a copy of one that was too late: what comes twice decides as what comes once', () => {
  const late = message(2, { ...WELL, nibpSystolic: 85 });
  const log = [...before, ...[3, 20, 40, 60].map((s) => message(s, WELL)), late];
  expect(bedIn(steps([...log, late]).state).scores).toEqual(bedIn(steps(log).state).scores);
});
