import { LogEvent } from '@vigil/contracts';
import { emptyPartition, guardedStep, InvariantError, type PartitionState } from '@vigil/domain';
import { stepBatch } from './step-batch.js';

const of = (bed: string, kind: string, atMs: number, more: object = {}): LogEvent =>
  LogEvent.parse({ v: 1, kind, id: `${kind}/${bed}/${atMs}`, key: `bed:${bed}`, origin: 'live', atMs, bedId: bed, ...more });
const tick = (bed: string, atMs: number): LogEvent => of(bed, 'tick', atMs, { gatewayId: 'gw' });
/** A device of another bed: raises a technical alarm. */
const stray = (bed: string, atMs: number): LogEvent =>
  of(bed, 'deviceMessage', atMs, {
    ...{ deviceId: 'm', gatewayId: 'gw', bootId: 'b', seq: atMs, deviceAtMs: atMs, gatewayAtMs: atMs },
    readings: [{ metric: 'spo2', value: 97, unit: '%', quality: 'valid' }],
  });
/** The engine fails at it, once it has changed something. */
function broken(event: LogEvent): LogEvent {
  let looks = 0;
  return new Proxy(event, {
    get: (target, name) => {
      if (name === 'atMs' && ++looks > (event.kind === 'tick' ? 3 : 0)) throw new InvariantError('expected: no bug');
      return Reflect.get(target, name) as unknown;
    },
  });
}
const bytes = (state: PartitionState): string => JSON.stringify([state.engine, ...state.keys]);

test.each([
  ['nothing fails', []],
  ['the engine fails in a bed that is there', [3]],
  ['the engine fails at the first event of a bed', [1]],
  ['the engine fails at every event', [0, 1, 2, 3, 4, 5]],
])('a batch ends as its events one by one do when %s', (_, at) => {
  const made = (): LogEvent[] =>
    [
      tick('icu-2', 5_000),
      stray('icu-3', 6_000),
      tick('icu-1', 5_000),
      tick('icu-2', 6_000),
      stray('icu-1', 7_000),
      tick('icu-3', 8_000),
    ].map((event, i) => (at.includes(i as never) ? broken(event) : event));
  const start = (): PartitionState => {
    const state = emptyPartition();
    for (const bed of ['icu-1', 'icu-2']) guardedStep(state, tick(bed, 1_000));
    return state;
  };
  const [one, all] = [start(), start()];
  const told = made().flatMap((event) => {
    const stepped = guardedStep(one, event);
    return 'failed' in stepped ? [] : stepped.result.effects.map(({ transition }) => transition);
  });
  const { transitions, failed } = stepBatch(all, made());
  expect(bytes(all)).toBe(bytes(one));
  expect(transitions.map(({ transition }) => transition)).toEqual(told);
  expect(failed.map((each) => each.at)).toEqual(at);
  if (at.length === 0) expect(transitions.map((each) => each.at)).toEqual([1, 4]);
});
