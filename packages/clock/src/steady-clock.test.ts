import fc from 'fast-check';
import { SteadyClock } from './index.js';

const T0 = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;

/** A computer whose wall clock can be set. */
function computer(startMs = T0) {
  let [wallMs, monotonicMs] = [startMs, 0];
  const clock = new SteadyClock({ wall: () => wallMs, monotonic: () => monotonicMs });
  const steps: number[] = [];
  clock.onStep = (stepMs) => steps.push(stepMs);
  return {
    clock,
    steps,
    pass: (ms: number): void => {
      for (let left = ms; left > 0; left -= 1_000) {
        const part = Math.min(left, 1_000);
        wallMs += part;
        monotonicMs += part;
        clock.nowMs();
      }
    },
    set: (ms: number): void => void (wallMs += ms),
  };
}

test('is the wall clock while nobody sets it', () => {
  const { clock, pass, steps } = computer();
  pass(90 * 60_000);
  expect([clock.nowMs(), clock.wallMs(), clock.offsetMs]).toEqual([T0 + 90 * 60_000, T0 + 90 * 60_000, 0]);
  expect(steps).toEqual([]);
});

test.each([30_000, 2 * HOUR])('a wall clock that is set forward by %d ms is followed at once, and told', (stepMs) => {
  const { clock, set, steps } = computer();
  set(stepMs);
  expect(clock.nowMs()).toBe(T0 + stepMs);
  expect(steps).toEqual([stepMs]);
  expect(clock.offsetMs).toBe(0);
});

test.each([30_000, 2 * HOUR])('a wall clock that is set back by %d ms never takes time back, and is reached again', (stepMs) => {
  const { clock, set, pass } = computer();
  set(-stepMs);
  expect(clock.nowMs()).toBe(T0);
  expect(clock.offsetMs).toBe(-stepMs);
  pass(10_000);
  expect(clock.nowMs() - T0).toBeGreaterThanOrEqual(9_000);
  pass(stepMs * 10);
  expect(clock.offsetMs).toBe(0);
  expect(clock.nowMs()).toBe(T0 - stepMs + 10_000 + stepMs * 10);
});

test.each([
  ['1970', -T0],
  ['2099', Date.UTC(2099, 0, 1) - T0],
])('a wall clock that jumps to %s is not followed, and its return is no step', (_year, stepMs) => {
  const { clock, set, pass, steps } = computer();
  set(stepMs);
  pass(60_000);
  expect(clock.nowMs()).toBe(T0 + 60_000);
  expect(Math.abs(clock.offsetMs)).toBeGreaterThan(1e11);
  set(-stepMs);
  pass(1_000);
  expect([clock.nowMs(), clock.offsetMs, steps]).toEqual([T0 + 61_000, 0, []]);
});

test('a computer that begins without a time takes the first that it is given', () => {
  const { clock, set, steps } = computer(5_000);
  set(T0);
  expect(clock.nowMs()).toBe(T0 + 5_000);
  expect(steps).toEqual([T0]);
});

describe('after a restart, from the newest time of the process before', () => {
  test('a wall clock that was set back meanwhile is reached slowly, as without the restart', () => {
    const { clock, pass } = computer();
    clock.resume(T0 + 2 * HOUR);
    expect([clock.nowMs(), clock.offsetMs]).toEqual([T0 + 2 * HOUR, -2 * HOUR]);
    pass(10_000);
    expect(clock.nowMs()).toBe(T0 + 2 * HOUR + 9_000);
  });

  test('a wall clock that is right counts, however long the pause was', () => {
    const { clock, steps } = computer();
    clock.resume(T0 - 1_000 * HOUR);
    expect([clock.nowMs(), clock.offsetMs, steps]).toEqual([T0, 0, []]);
  });

  test('a computer that lost its time goes on from there, and follows the first time that it is given', () => {
    const { clock, set, pass, steps } = computer(5_000);
    clock.resume(T0);
    pass(1_000);
    expect([clock.nowMs(), clock.isSet]).toEqual([T0 + 1_000, false]);
    set(T0 + 72 * HOUR);
    expect([clock.nowMs(), clock.isSet]).toEqual([T0 + 72 * HOUR + 6_000, true]);
    expect(steps).toEqual([72 * HOUR + 5_000]);
  });

  test('a time that nobody can have set is not gone on from', () => {
    const { clock } = computer();
    clock.resume(Date.UTC(2099, 0, 1));
    expect(clock.nowMs()).toBe(T0);
  });
});

test('time never goes back and never runs slower than nine tenths, whatever is done to the wall clock', () => {
  const act = fc.record({ setMs: fc.integer({ min: -1e12, max: 1e12 }), passMs: fc.integer({ min: 0, max: 5_000 }) });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const { clock, set, pass } = computer();
      for (const { setMs, passMs } of acts) {
        const before = clock.nowMs();
        set(setMs);
        pass(passMs);
        expect(clock.nowMs()).toBeGreaterThanOrEqual(before + Math.floor(passMs * 0.9) - 51);
        expect(clock.nowMs()).toBeGreaterThanOrEqual(before);
      }
    }),
  );
});
