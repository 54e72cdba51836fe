import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import type { KeyWork, RecordKeys } from '../ports/record-keys.js';
import { KeyMetrics } from './key-metrics.js';
import { KeyWorkLoop, LOOK_EVERY_MS, PAUSE_MS } from './key-work.js';

const idle: KeyWork = { away: null, left: { toRewrap: 0, toReseal: 0, toErase: 0, toEraseHistory: 0 }, refused: 0, more: false };

function loopOver(rounds: (() => KeyWork)[]) {
  const clock = new FakeClock();
  const told: string[] = [];
  let count = 0;
  const work = (): Promise<KeyWork> => {
    count += 1;
    return Promise.resolve().then(() => (rounds.shift() ?? (() => idle))());
  };
  const metrics = new Metrics();
  const readiness = new Readiness(clock);
  const loop = new KeyWorkLoop({
    keys: { work, historyToErase: () => Promise.resolve([]) } as unknown as RecordKeys,
    observations: { erase: () => Promise.resolve(0) },
    clock,
    metrics: new KeyMetrics(metrics),
    readiness: readiness.expect('keys', { staleMs: 60_000, degradesOnly: true }),
    log: { warn: (facts) => void told.push(String(facts['reason'])) },
  });
  const gauge = async (name: string) => (await metrics.registry.metrics()).split('\n').find((line) => line.startsWith(name));
  /** Little by little, so that what follows from one step has happened before the next. */
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += PAUSE_MS) await clock.advance(PAUSE_MS);
  };
  return { pass, loop, told, gauge, part: () => readiness.report().parts[0]!, rounds: () => count };
}

test('one look works off batch after batch, and the next comes by itself', async () => {
  const t = loopOver([() => ({ ...idle, more: true }), () => ({ ...idle, more: true })]);
  t.loop.start();
  await t.pass(1_000);
  expect(t.rounds()).toBe(3);
  await t.pass(LOOK_EVERY_MS + PAUSE_MS);
  expect(t.rounds()).toBe(4);
  expect(t.part()).toMatchObject({ ready: true });
  await t.loop.stop();
  await t.pass(10 * LOOK_EVERY_MS);
  expect(t.rounds()).toBe(4);
});

test('a key service that is away is named and counted, told of once, and forgotten when it is back', async () => {
  const away = () => ({ ...idle, away: 'key-away' as const, left: { toRewrap: 7, toReseal: 0, toErase: 0, toEraseHistory: 0 } });
  const t = loopOver([away, away]);
  t.loop.start();
  await t.pass(LOOK_EVERY_MS + PAUSE_MS);
  expect(t.told).toEqual(['key-away']);
  expect(t.part()).toMatchObject({ ready: false, reason: 'key-away' });
  expect(await t.gauge('vigil_key_service_away')).toBe('vigil_key_service_away 1');
  expect(await t.gauge('vigil_keys_left{work="rewrap"}')).toMatch(/ 7$/);
  await t.pass(LOOK_EVERY_MS + PAUSE_MS);
  expect(t.part()).toMatchObject({ ready: true });
  expect(await t.gauge('vigil_key_service_away')).toBe('vigil_key_service_away 0');
  await t.loop.stop();
});

test('a look that fails is told of and comes again', async () => {
  const fail = () => {
    throw new PlatformError('store-unavailable', {}, true);
  };
  const t = loopOver([fail]);
  t.loop.start();
  await t.pass(1);
  expect(t.told).toEqual(['store-unavailable']);
  await t.pass(LOOK_EVERY_MS + PAUSE_MS);
  expect(t.part()).toMatchObject({ ready: true });
  await t.loop.stop();
});
