import { type Liveness, NOTHING_LIVE, picture, setBack, synced, ticked } from './liveness.js';
import { ServerClock } from './server-clock.js';

const T = 1_000_000;
const bothLive = (): Liveness => {
  const both = synced(synced(NOTHING_LIVE, 'alarms', true), 'vitals', true);
  return ticked(ticked(both, 'alarms', T), 'vitals', T);
};

describe('picture', () => {
  test('is not live before both channels are complete and ticking', () => {
    expect(picture(NOTHING_LIVE, T)).toEqual({ kind: 'connecting' });
    expect(picture(ticked(synced(NOTHING_LIVE, 'alarms', true), 'alarms', T), T)).toEqual({ kind: 'connecting' });
    expect(picture(bothLive(), T)).toEqual({ kind: 'live' });
  });

  test('three seconds without a tick of either channel, and it is not live since the last one', () => {
    const onlyAlarms = ticked(bothLive(), 'alarms', T + 3_000);
    expect(picture(onlyAlarms, T + 3_000)).toEqual({ kind: 'live' });
    expect(picture(onlyAlarms, T + 3_001)).toEqual({ kind: 'lost', sinceWallMs: T });
  });

  test('a tick does not vouch for content that is not there yet', () => {
    const dropped = synced(bothLive(), 'vitals', false);
    const later = ticked(ticked(dropped, 'vitals', T + 5_000), 'alarms', T + 5_000);
    expect(picture(later, T + 5_000).kind).toBe('lost');
  });
});

describe('ServerClock', () => {
  const tick = (serverWallMs: number) => ({ serverWallMs, eventMs: serverWallMs, rate: 1 });

  test('a burst of late ticks does not set the clock back, so they are seen to be late', () => {
    const clock = new ServerClock();
    clock.observe(tick(T), 100);
    for (let s = 1; s <= 8; s += 1) clock.observe(tick(T + s * 1_000), 9_100);
    expect(clock.at(9_100)!.wallMs - (T + 9_000)).toBeGreaterThan(-20);
  });

  test.each([[1_500], [3_600_000]])(
    'set back by %i ms, it is the new time with the next tick, and the picture is lost in time',
    (byMs) => {
      const clock = new ServerClock();
      let liveness = bothLive();
      const observe = (wallMs: number, atMs: number): void => {
        if (clock.observe(tick(wallMs), atMs)) liveness = setBack(liveness, wallMs);
        for (const name of ['alarms', 'vitals'] as const) liveness = ticked(liveness, name, wallMs);
      };
      for (let s = 0; s <= 40; s += 1) observe(T + s * 1_000, s * 1_000);
      for (let s = 41; s <= 43; s += 1) observe(T + s * 1_000 - byMs, s * 1_000);
      expect(clock.at(43_000)?.wallMs).toBe(T + 43_000 - byMs);
      const at = (ms: number) => picture(liveness, clock.at(ms)?.wallMs ?? null);
      expect(at(43_000)).toEqual({ kind: 'live' });
      expect(at(46_001)).toEqual({ kind: 'lost', sinceWallMs: T + 43_000 - byMs });
    },
  );

  test('a line that is always ten seconds behind is never fresh, and a clock that drifts is followed', () => {
    const late = new ServerClock();
    for (let s = 0; s <= 10; s += 1) late.observe(tick(T + s * 1_000), s * 1_000);
    for (let s = 21; s <= 310; s += 1) late.observe(tick(T + s * 1_000 - 10_000), s * 1_000);
    expect(late.at(310_000)!.wallMs - (T + 300_000)).toBeGreaterThan(9_500);
    const drifting = new ServerClock();
    for (let s = 0; s <= 3_600; s += 1) drifting.observe(tick(T + s * 999.5), s * 1_000);
    expect(drifting.at(3_600_000)!.wallMs - (T + 3_600 * 999.5)).toBeLessThan(5);
  });

  test('the same moment told by two channels one after the other is not a clock set back', () => {
    const clock = new ServerClock();
    clock.observe(tick(T), 0);
    expect(clock.observe(tick(T - 40), 20)).toBe(false);
    expect(clock.at(20)?.wallMs).toBeCloseTo(T + 20, 0);
  });

  test('event time runs at its rate between ticks', () => {
    const clock = new ServerClock();
    clock.observe({ serverWallMs: T, eventMs: 500, rate: 60 }, 0);
    expect(clock.at(250)).toEqual({ wallMs: T + 250, eventMs: 500 + 15_000, rate: 60 });
  });
});
