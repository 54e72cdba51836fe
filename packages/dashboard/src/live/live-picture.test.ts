import type { AlarmMap } from '../model/away.js';
import { alarmOf } from '../model/test-data.js';
import { LivePicture } from './live-picture.js';

const T = 1_700_000_000_000;
const S = 1_000;

/** A screen, the server's ticks, and the machine whose clocks are right. */
class Screen {
  wallMs = T;
  monotonicMs = 0;
  isVisible = true;
  alarms: AlarmMap = new Map();
  resyncs = 0;
  readonly live: LivePicture = new LivePicture(
    {
      alarms: () => this.alarms,
      revive: () => undefined,
      resync: () => {
        this.resyncs += 1;
        for (const name of ['alarms', 'vitals'] as const) this.live.synced(name, false);
      },
      live: () => undefined,
    },
    { wallMs: () => this.wallMs, monotonicMs: () => this.monotonicMs, isVisible: () => this.isVisible },
  );

  passes(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
  }

  kind(): string {
    return this.live.picture.get().kind;
  }

  tick(serverWallMs: number): void {
    for (const name of ['alarms', 'vitals'] as const) this.live.ticked(name, { serverWallMs, eventMs: serverWallMs, rate: 1 });
  }

  answered(): void {
    for (const name of ['alarms', 'vitals'] as const) this.live.synced(name, true);
  }

  /** Seconds in which everything goes on. */
  runs(seconds: number): void {
    for (let n = 0; n < seconds; n += 1) {
      this.passes(S);
      this.tick(this.wallMs);
      this.live.judge();
    }
  }
}

function running(): Screen {
  const screen = new Screen();
  screen.answered();
  screen.runs(5);
  expect(screen.kind()).toBe('live');
  return screen;
}

const [before, meanwhile] = [alarmOf('a'), alarmOf('b')];

test('a page that stood still for a minute: blank, asked anew, late ticks make nothing live, and what arose is told', () => {
  const screen = running();
  screen.alarms = new Map([[before.alarmId, before]]);
  screen.runs(1);
  const stoppedMs = screen.wallMs;
  screen.passes(60 * S);
  // What waited on the line comes before the page draws for the first time.
  screen.alarms = new Map([...screen.alarms, [meanwhile.alarmId, meanwhile]]);
  for (let s = 1; s <= 50; s += 1) screen.tick(stoppedMs + s * S);
  screen.live.judge();
  expect([screen.kind(), screen.resyncs]).toEqual(['lost', 1]);
  screen.answered();
  screen.tick(stoppedMs + 52 * S);
  screen.live.judge();
  expect(screen.kind()).toBe('lost');
  screen.runs(1);
  expect(screen.kind()).toBe('live');
  const { away } = screen.live.absence;
  expect(away.get()?.arose.map(({ alarmId }) => alarmId)).toEqual([meanwhile.alarmId]);
  expect(away.get()?.fromWallMs).toBe(stoppedMs);
});

test('also where a fresh tick is the last of what waited', () => {
  const screen = running();
  screen.passes(8 * S);
  screen.tick(screen.wallMs);
  screen.live.judge();
  expect([screen.kind(), screen.resyncs]).toEqual(['lost', 1]);
});

test('what the browser resumes counts as if it had stood still', () => {
  const screen = running();
  screen.live.resumed();
  expect([screen.kind(), screen.resyncs]).toEqual(['lost', 1]);
});

test('in the background timers come once a minute, and that is no standstill: ticks go on', () => {
  const screen = running();
  screen.isVisible = false;
  screen.live.judge();
  for (let s = 0; s < 60; s += 1) {
    screen.passes(S);
    screen.tick(screen.wallMs);
  }
  screen.isVisible = true;
  screen.live.judge();
  expect([screen.kind(), screen.resyncs]).toEqual(['live', 0]);
});

test('a machine that slept knows nothing of the time any more', () => {
  const screen = running();
  screen.wallMs += 600 * S;
  screen.live.judge();
  expect([screen.kind(), screen.resyncs]).toEqual(['lost', 1]);
  expect(screen.live.now()).toBeNull();
  screen.answered();
  screen.runs(1);
  expect(screen.kind()).toBe('live');
});

test('a server clock that is set back ends no picture, and the picture ends in time after it', () => {
  const screen = running();
  for (let s = 0; s < 3; s += 1) {
    screen.passes(S);
    screen.tick(screen.wallMs - 3_600 * S);
    screen.live.judge();
  }
  expect(screen.kind()).toBe('live');
  expect(screen.live.now()?.wallMs).toBe(screen.wallMs - 3_600 * S);
  for (let s = 0; s < 13; s += 1) {
    screen.passes(250);
    screen.live.judge();
  }
  expect(screen.kind()).toBe('lost');
  expect(screen.live.tickAgeMs()).toBe(3_250);
});
