import { type Liveness, NOTHING_LIVE, picture, synced, ticked } from './liveness.js';
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
    expect(clock.at(9_100)?.wallMs).toBe(T + 9_000);
  });

  test('event time runs at its rate between ticks', () => {
    const clock = new ServerClock();
    clock.observe({ serverWallMs: T, eventMs: 500, rate: 60 }, 0);
    expect(clock.at(250)).toEqual({ wallMs: T + 250, eventMs: 500 + 15_000, rate: 60 });
  });
});
