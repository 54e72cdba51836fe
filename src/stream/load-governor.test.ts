import fc from 'fast-check';
import { BETTER_AFTER_MS, LoadGovernor, type Shed, WORSE_AFTER_MS } from './load-governor.js';

const QUIET = { alarmLagMs: 100, loopDelayMs: 5 };

/** One look a second; answers what yielded after each. */
function looks(governor: LoadGovernor, load: { alarmLagMs?: number; loopDelayMs?: number }, seconds: number, fromS = 0): Shed[] {
  return Array.from({ length: seconds }, (_, s) => {
    governor.look({ ...QUIET, ...load }, (fromS + s) * 1_000);
    return governor.shed;
  });
}

test('history yields first, then live screens, and nothing after that', () => {
  const seen = looks(new LoadGovernor(), { alarmLagMs: 60_000 }, 30);
  expect([...new Set(seen)]).toEqual(['nothing', 'history', 'live']);
});

test('a little behind costs history only', () => {
  expect(looks(new LoadGovernor(), { alarmLagMs: 3_000 }, 60).at(-1)).toBe('history');
  expect(looks(new LoadGovernor(), { loopDelayMs: 300 }, 60).at(-1)).toBe('history');
});

test('a pause shorter than two seconds costs nothing', () => {
  const governor = new LoadGovernor();
  expect(looks(governor, { loopDelayMs: 900 }, WORSE_AFTER_MS / 1_000)).not.toContain('history');
  expect(looks(governor, {}, 10, 2)).not.toContain('history');
});

test('what yielded comes back after ten good seconds, one thing after the other', () => {
  const governor = new LoadGovernor();
  looks(governor, { alarmLagMs: 60_000 }, 30);
  const back = looks(governor, {}, 40, 30);
  expect(back.indexOf('history')).toBe(BETTER_AFTER_MS / 1_000);
  expect(back.indexOf('nothing')).toBeGreaterThanOrEqual((2 * BETTER_AFTER_MS) / 1_000);
});

test('a wall clock that is set back by an hour puts off neither the one nor the other', () => {
  const governor = new LoadGovernor();
  looks(governor, { alarmLagMs: 3_000 }, 1, 3_600);
  expect(looks(governor, { alarmLagMs: 3_000 }, 3).at(-1)).toBe('history');
  looks(governor, {}, 1, 3_600);
  expect(looks(governor, {}, 12).at(-1)).toBe('nothing');
});

test('between the two limits everything stays as it is', () => {
  const governor = new LoadGovernor();
  looks(governor, { alarmLagMs: 3_000 }, 10);
  expect(new Set(looks(governor, { alarmLagMs: 1_500 }, 120, 10))).toEqual(new Set(['history']));
});

test('however the load goes, it changes by one step, at most every two seconds for the worse and ten for the better', () => {
  const load = fc.record({ alarmLagMs: fc.nat(20_000), loopDelayMs: fc.nat(2_000) });
  fc.assert(
    fc.property(fc.array(load, { maxLength: 80 }), (loads) => {
      const governor = new LoadGovernor();
      let changedS = -Infinity;
      loads.forEach((each, s) => {
        const before = governor.shedLevel;
        const changed = governor.look(each, s * 1_000);
        expect(changed).toBe(governor.shedLevel !== before);
        if (!changed) return;
        expect(Math.abs(governor.shedLevel - before)).toBe(1);
        expect(s - changedS).toBeGreaterThanOrEqual(governor.shedLevel > before ? 2 : 10);
        changedS = s;
      });
    }),
  );
});
