import { FakeClock } from '@vigil/clock';
import type { BedId, DeviceId } from '@vigil/contracts';
import { Registry } from 'prom-client';
import { AssignedSpans } from '../../test/support/assigned.js';
import type { ReattributionJob } from '../ports/corrections.js';
import type { Reassign } from '../ports/observation-store.js';
import { AttributionIndex } from './attribution-index.js';
import { AttributionMetrics } from './attribution-metrics.js';
import { Reattributing, RUN_AGAIN_MS } from './reattribution.js';

const job = (more: Partial<ReattributionJob> = {}): ReattributionJob => ({
  ...{ jobId: 'j', correctionId: 'c', deviceId: 'mon-1' as DeviceId, fromBedId: 'icu-1' as BedId, toBedId: 'icu-2' as BedId },
  ...{ fromMs: 100, toMs: null, runs: 0 },
  ...more,
});

async function ran(due: ReattributionJob, assigned: AssignedSpans) {
  const clock = new FakeClock(1_000_000);
  const moves: (readonly unknown[])[] = [];
  const told: unknown[] = [];
  const reassign = ({ fromBedId, toBedId, fromMs, toMs, metrics }: Reassign): Promise<number> => {
    moves.push([fromBedId, toBedId, fromMs, toMs, ...(metrics === undefined ? [] : [metrics.length])]);
    return Promise.resolve(1);
  };
  const corrections = {
    dueJobs: () => Promise.resolve([due]),
    ranJob: (_id: string, run: unknown) => Promise.resolve(void told.push(run) as never),
  };
  const index = new AttributionIndex(assigned, clock);
  const metrics = new AttributionMetrics(new Registry());
  await new Reattributing({ corrections, index, observations: { reassign }, clock, metrics }).turn();
  return { moves, told, wallMs: clock.wallMs() };
}

test('what is moved goes to where the device is said to have been now, whatever the job says', async () => {
  const assigned = new AssignedSpans();
  assigned.set('mon-1', ['icu-3', 100, 200], ['icu-1', 300, null]);
  const { moves } = await ran(job(), assigned);
  expect(moves).toEqual([
    ...[
      ['icu-1', 'icu-3', 100, 200],
      ['icu-2', 'icu-3', 100, 200],
      [null, 'icu-3', 100, 200],
    ],
    ...[
      ['icu-1', null, 200, 300],
      ['icu-2', null, 200, 300],
    ],
    ...[
      ['icu-2', 'icu-1', 300, null],
      [null, 'icu-1', 300, null],
    ],
  ]);
});

test('a metric that another device brings there does not go along', async () => {
  const assigned = new AssignedSpans();
  assigned.set('mon-1', ['icu-2', 0, null]);
  assigned.set('oxi-1', ['icu-2', 0, null, ['spo2']]);
  const { moves } = await ran(job({ toMs: 200 }), assigned);
  const [brought, others] = [moves[0]![4] as number, moves[1]![4]];
  expect(moves.slice(0, 2).map((move) => move.slice(0, 4))).toEqual([
    ['icu-1', 'icu-2', 100, 200],
    ['icu-1', null, 100, 200],
  ]);
  expect([brought > 5, others]).toEqual([true, 1]);
});

test('it runs again for what was on its way, and then no more', async () => {
  const assigned = new AssignedSpans();
  const after = async (runs: number): Promise<unknown> => {
    const { told, wallMs } = await ran(job({ runs }), assigned);
    const { nextWallMs } = told[0] as { nextWallMs: number | null };
    return nextWallMs === null ? null : nextWallMs - wallMs;
  };
  expect([await after(0), await after(1), await after(2)]).toEqual([...RUN_AGAIN_MS, null]);
});
