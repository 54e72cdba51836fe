import { SCREEN_SILENT_MS } from '@vigil/contracts';
import fc from 'fast-check';
import { GONE, type StationSeen } from './screens.js';
import { COME_BACK_MS, HIDDEN_MS_MAX, lookAtStation, newStation, type StationMemory, WELL_MS } from './station-watch.js';

const S = 1_000;

/** Second by second; what a screen says counts at that second. */
class Story {
  nowMs = 0;
  memory: StationMemory;
  readonly changes: string[] = [];

  constructor(known = { hasDrawn: false, isSilent: false }) {
    this.memory = newStation(known, 0);
  }

  seconds(n: number, state: StationSeen['state'], isOff = false): this {
    for (let i = 0; i < n; i++) {
      this.nowMs += S;
      const drewMs = state === 'drawing' ? this.nowMs : null;
      const before = this.memory.isSilent;
      this.memory = lookAtStation(this.memory, { ...GONE, state, drewMs }, isOff, this.nowMs);
      if (before !== this.memory.isSilent) this.changes.push(`${this.nowMs / S} ${this.memory.isSilent ? 'missed' : 'well'}`);
    }
    return this;
  }
}

test('a screen that has never drawn is missed by nobody, however long it is enrolled', () => {
  expect(new Story().seconds(10_000, 'silent').changes).toEqual([]);
});

test('a screen that drew is missed 13 s after its last word, and no longer once it has drawn for 10 s', () => {
  const story = new Story().seconds(100, 'drawing').seconds(20, 'silent').seconds(20, 'drawing');
  expect(story.changes).toEqual([`${100 + SCREEN_SILENT_MS / S + 1} missed`, `${121 + WELL_MS / S} well`]);
});

test('in the background it has a minute; when it is closed there, none more', () => {
  expect(new Story().seconds(100, 'drawing').seconds(59, 'hidden').seconds(5, 'drawing').changes).toEqual([]);
  expect(new Story().seconds(100, 'drawing').seconds(70, 'hidden').changes).toEqual([`${101 + HIDDEN_MS_MAX / S} missed`]);
  expect(new Story().seconds(100, 'drawing').seconds(30, 'hidden').seconds(5, 'silent').changes).toEqual(['131 missed']);
});

test('one that drew before the platform started is missed when it is not back within a minute; one that was missed still is', () => {
  const away = new Story({ hasDrawn: true, isSilent: false }).seconds(70, 'silent');
  expect(away.changes).toEqual([`${COME_BACK_MS / S} missed`]);
  expect(new Story({ hasDrawn: true, isSilent: false }).seconds(50, 'silent').seconds(50, 'drawing').changes).toEqual([]);
  const missed = new Story({ hasDrawn: true, isSilent: true }).seconds(70, 'silent').seconds(20, 'drawing');
  expect(missed.changes).toEqual([`${71 + WELL_MS / S} well`]);
});

test('switched off it is not missed, an alarm ends, and after it the screen has a minute', () => {
  const story = new Story().seconds(100, 'drawing').seconds(20, 'silent').seconds(100, 'silent', true).seconds(100, 'silent');
  expect(story.changes).toEqual(['113 missed', '121 well', `${221 + COME_BACK_MS / S} missed`]);
});

test('a network that comes and goes is told a few times in an hour, not at each turn', () => {
  const story = new Story().seconds(60, 'drawing');
  for (let turn = 0; turn < 90; turn++) story.seconds(20, 'silent').seconds(20, 'drawing');
  expect(story.changes.filter((each) => each.endsWith('missed')).length).toBeLessThanOrEqual(4);
  expect(story.memory.isSilent).toBe(true);
  expect(story.seconds(301, 'drawing').memory.isSilent).toBe(false);
});

test('whatever a screen does: missed only after it was quiet for so long, and never while it draws for minutes', () => {
  const stretch = fc.record({
    n: fc.integer({ min: 1, max: 40 }),
    state: fc.constantFrom<StationSeen['state']>('drawing', 'hidden', 'silent'),
    isOff: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 60 }), (stretches) => {
      const story = new Story();
      let quietS = 0;
      for (const { n, state, isOff } of stretches) {
        for (let i = 0; i < n; i++) {
          const before = story.memory.isSilent;
          story.seconds(1, state, isOff);
          quietS = state === 'drawing' ? 0 : quietS + 1;
          if (story.memory.isSilent && !before) expect(quietS).toBeGreaterThan(SCREEN_SILENT_MS / S);
          if (isOff) expect(story.memory.isSilent).toBe(false);
        }
      }
      expect(story.seconds(301, 'drawing').memory.isSilent).toBe(false);
      expect(story.seconds(COME_BACK_MS / S + 1, 'silent').memory.isSilent).toBe(true);
    }),
  );
});
