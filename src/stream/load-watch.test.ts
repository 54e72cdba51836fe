import { FakeClock } from '@vigil/clock';
import { Registry } from 'prom-client';
import { Readiness } from '../health/readiness.js';
import type { OutsideStore } from '../ports/store-health.js';
import { LoadGovernor } from './load-governor.js';
import { LoadMetrics } from './load-metrics.js';
import { watchLoad } from './load-watch.js';

function setUp() {
  const clock = new FakeClock(1_000_000);
  const readiness = new Readiness(clock);
  const registry = new Registry();
  const shed: string[] = [];
  const now = {
    lagMs: 0,
    blind: 0,
    tooNew: 0,
    sql: { name: 'sql', state: 'closed', failingSinceWallMs: null, refused: 0 } as OutsideStore,
  };
  watchLoad({
    governor: new LoadGovernor(),
    alarms: {
      health: () => ({
        partitions: new Map([[0, { lastReadWallMs: clock.wallMs(), busySinceWallMs: null, unread: 0, lagMs: now.lagMs }]]),
        ...{ resubscribed: 0, missed: 0, isAnotherLog: false },
      }),
    },
    stores: { stores: () => [now.sql] },
    readiness,
    metrics: new LoadMetrics(registry),
    clock,
    blindKeys: () => now.blind,
    tooNew: () => now.tooNew,
    loopDelayMs: () => 0,
    onShed: (what) => shed.push(what),
  });
  const reasons = () =>
    readiness
      .report()
      .parts.filter((p) => !p.ready)
      .map((p) => `${p.name}: ${p.reason}`);
  return { clock, readiness, registry, shed, now, reasons };
}

test('what yields is named, the process stays ready, and it is named no more once it is back', async () => {
  const t = setUp();
  t.now.lagMs = 60_000;
  await t.clock.advance(10_000);
  expect([t.shed, t.reasons(), t.readiness.report().ready]).toEqual([
    ['history', 'live'],
    ['shedding: history waits, screens get less often'],
    true,
  ]);
  expect(await t.registry.metrics()).toContain('vigil_shedding_level 2');
  t.now.lagMs = 0;
  await t.clock.advance(30_000);
  expect([t.shed, t.reasons()]).toEqual([['history', 'live', 'history', 'nothing'], []]);
});

test('a store that is away is declared within two seconds: nobody is watched while nothing can be kept', async () => {
  const t = setUp();
  await t.clock.advance(5_000);
  t.now.sql = { name: 'sql', state: 'open', failingSinceWallMs: 1, refused: 7 };
  await t.clock.advance(2_000);
  expect([t.reasons(), t.readiness.processing(), t.readiness.report().ready]).toEqual([
    ['store: store-unavailable'],
    false,
    false,
  ]);
  expect(await t.registry.metrics()).toContain('vigil_store_refused_total{store="sql"} 7');
  t.now.sql = { name: 'sql', state: 'closed', failingSinceWallMs: null, refused: 7 };
  await t.clock.advance(2_000);
  expect(t.readiness.processing()).toBe(true);
});

test('beds in whose events the engine fails are not watched, and that is said', async () => {
  const t = setUp();
  t.now.blind = 2;
  await t.clock.advance(1_000);
  expect([t.reasons(), t.readiness.processing()]).toEqual([
    ['engine: 2 beds or gateways are not watched: the engine fails in their events'],
    false,
  ]);
  t.now.blind = 0;
  await t.clock.advance(1_000);
  expect(t.readiness.processing()).toBe(true);
});

test('states of a newer version are said to be that, with what to do', async () => {
  const t = setUp();
  t.now.tooNew = 8;
  await t.clock.advance(1_000);
  expect([t.reasons(), t.readiness.processing()]).toEqual([
    ['engine: state-too-new: start the newer version again, 8 partitions stand still'],
    false,
  ]);
  expect(await t.registry.metrics()).toContain('vigil_engine_states_too_new_partitions 8');
});
