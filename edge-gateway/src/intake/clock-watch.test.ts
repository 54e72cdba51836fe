import { FakeClock, SteadyClock } from '@vigil/clock';
import { SILENT } from '../log.js';
import { GatewayMetrics } from '../metrics.js';
import { watchClock } from './clock-watch.js';
import { DeviceStates } from './device-states.js';
import { estimate, eventTime } from './skew.js';

const T0 = Date.UTC(2026, 5, 1);

/** A steady clock on a computer whose wall clock can be set, with timers of a fake. */
class SetClock extends SteadyClock {
  constructor(
    readonly fake: FakeClock,
    private readonly shift: { ms: number },
  ) {
    super({ wall: () => fake.wallMs() + shift.ms, monotonic: () => fake.wallMs() });
  }

  set(ms: number): void {
    this.shift.ms += ms;
  }

  override every(wallMs: number, run: () => void) {
    return this.fake.every(wallMs, run);
  }
}

function gateway(startMs = T0) {
  const fake = new FakeClock(startMs);
  const clock = new SetClock(fake, { ms: 0 });
  const states = new DeviceStates();
  const said: boolean[] = [];
  const faults = { device: () => undefined, gateway: (_code: string, active: boolean) => void said.push(active) };
  const stop = watchClock({ clock, states, faults, metrics: new GatewayMetrics(), log: SILENT });
  let seq = 0;
  const device = (deviceAtMs: number) => {
    const state = states.of('mon-1');
    const [gatewayAtMs, rate] = [clock.nowMs(), 1];
    const time = eventTime(state.skew, { bootId: 'a', seq: seq++, deviceAtMs, gatewayAtMs, wallMs: clock.wallMs(), rate });
    state.skew = time.state;
    return { lateMs: clock.nowMs() - time.atMs, suspect: time.clockSuspect };
  };
  return { fake, clock, states, said, stop, device };
}

test.each([30_000, 7_200_000])(
  'set forward by %d ms: the next message has its place at once and is flagged where it must be, and the step is said',
  async (stepMs) => {
    const { fake, clock, said, stop, device } = gateway();
    for (let s = 0; s < 10; s++) {
      device(fake.wallMs());
      await fake.advance(1_000);
    }
    expect(said.at(-1)).toBe(false);
    clock.set(stepMs);
    expect(device(fake.wallMs()).lateMs).toBeLessThanOrEqual(stepMs > 30_000 ? 0 : 30_000);
    expect(device(fake.wallMs() + 1).suspect).toBe(stepMs > 30_000);
    await fake.advance(1_000);
    expect(said.at(-1)).toBe(true);
    await fake.advance(61_000);
    expect(said.at(-1)).toBe(false);
    stop();
  },
);

test('a gateway that was wrong and is set right stops doubting its devices', async () => {
  const { fake, clock, states, device } = gateway();
  for (let s = 0; s < 5; s++) {
    expect(device(fake.wallMs() + 7_200_000).suspect).toBe(true);
    await fake.advance(1_000);
  }
  clock.set(7_200_000);
  expect(device(fake.wallMs() + 7_200_000)).toEqual({ lateMs: 0, suspect: false });
  expect(Math.abs(estimate(states.of('mon-1').skew)!)).toBeLessThan(1_000);
});

test('set back by two hours: nothing becomes late, and it is said until the clocks agree again', async () => {
  const { fake, clock, said, device } = gateway();
  device(fake.wallMs());
  clock.set(-7_200_000);
  let before = clock.nowMs();
  for (let s = 0; s < 120; s++) {
    await fake.advance(1_000);
    expect(device(fake.wallMs()).lateMs).toBeLessThan(1_000);
    expect(clock.nowMs()).toBeGreaterThan(before);
    before = clock.nowMs();
    expect(said.at(-1)).toBe(true);
  }
  for (let hours = 0; hours < 21; hours++) await fake.advance(3_600_000);
  expect(said.at(-1)).toBe(false);
});

test('a gateway that never had a time says so', async () => {
  const { fake, said } = gateway(5_000);
  await fake.advance(1_000);
  expect(said).toEqual([true]);
});

test('the time of a replay is left alone', () => {
  const clock = new FakeClock();
  const faults = { device: () => undefined, gateway: () => expect(true).toBe(false) };
  watchClock({ clock, states: new DeviceStates(), faults, metrics: new GatewayMetrics(), log: SILENT })();
});
