import { CareUnitId } from '@vigil/contracts';
import { FakeClock } from '@vigil/clock';
import { type Cover, type HeldTrouble, OnCallTroubles, type OnCallTroubleNews } from '../ports/on-call-troubles.js';
import { AHEAD_MS, OnCallWatch } from './on-call-watch.js';

const icu = CareUnitId.parse('icu');

/** Who is on duty, as a test says; what is told is kept as the store keeps it. */
class Ward extends OnCallTroubles {
  held: HeldTrouble[] = [];
  covers: (ms: number) => readonly Cover[] = () => [];

  constructor(private readonly clock: FakeClock) {
    super();
  }

  override async tell(news: readonly OnCallTroubleNews[]): Promise<void> {
    for (const { active, ...each } of news) {
      const rest = this.held.filter((h) => h.careUnitId !== each.careUnitId || h.subject !== each.subject);
      this.held = active ? [...rest, { ...each, sinceWallMs: this.clock.wallMs() }] : rest;
    }
  }

  override holding = async (): Promise<readonly HeldTrouble[]> => this.held;
  override cover = async (ms: number): Promise<readonly Cover[]> => this.covers(ms);
  override overdue = async () => ({ escalationMs: null, pageMs: null });
  override careUnitIds = async () => [icu];
  override canaries = async () => [];
  override canaryIn = async () => null;
  override forgetCanaries = async () => false;
  override channels = async () => [];
}

function scene() {
  const clock = new FakeClock();
  const ward = new Ward(clock);
  const watch = new OnCallWatch(ward, clock as never, { info: () => undefined, warn: () => undefined, error: () => undefined });
  const said = (): string[] => ward.held.map((each) => `${each.careUnitId} ${each.trouble} ${each.subject}`).sort();
  return { clock, ward, watch, said };
}

test('while somebody is on duty for each bed, now and in an hour, nothing is said', async () => {
  const { ward, watch, said } = scene();
  ward.covers = () => [{ careUnitId: icu, occupied: 2, uncovered: 0 }];
  await watch.look();
  expect(said()).toEqual([]);
});

test('a shift that ends without a next one is told an hour before, and again when it has ended; somebody on duty ends it', async () => {
  const { clock, ward, watch, said } = scene();
  const endMs = clock.wallMs() + AHEAD_MS + 60_000;
  ward.covers = (ms) => [{ careUnitId: icu, occupied: 1, uncovered: ms >= endMs ? 1 : 0 }];
  watch.onApplicationBootstrap();
  await clock.advance(60_000);
  expect(said()).toEqual(['icu nobodyOnCall in-1h']);
  await clock.advance(AHEAD_MS);
  expect(said()).toEqual(['icu nobodyOnCall in-1h', 'icu nobodyOnCall now']);
  ward.covers = () => [{ careUnitId: icu, occupied: 1, uncovered: 0 }];
  await clock.advance(60_000);
  expect(said()).toEqual([]);
  await watch.beforeApplicationShutdown();
});

test('where nobody lies any more, nobody has to be on duty', async () => {
  const { ward, watch, said } = scene();
  ward.covers = () => [{ careUnitId: icu, occupied: 1, uncovered: 1 }];
  await watch.look();
  expect(said()).toHaveLength(2);
  ward.covers = () => [];
  await watch.look();
  expect(said()).toEqual([]);
});

test('a store that is away costs one look, and the next one follows', async () => {
  const { clock, ward, watch, said } = scene();
  ward.covers = () => {
    throw new Error('away');
  };
  watch.onApplicationBootstrap();
  await clock.advance(60_000);
  ward.covers = () => [{ careUnitId: icu, occupied: 1, uncovered: 1 }];
  await clock.advance(60_000);
  expect(said()).toHaveLength(2);
  await watch.beforeApplicationShutdown();
});
