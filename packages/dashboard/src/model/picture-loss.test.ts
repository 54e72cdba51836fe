import fc from 'fast-check';
import {
  FIRST_PICTURE_MS,
  inTurnMs,
  isPictureWhole,
  isQuiet,
  lookedAt,
  type Loss,
  LOSS_QUIET_MS,
  LOSS_SOUND_AFTER_MS,
  lossShown,
  noPictureYet,
  notQuieted,
  quieted,
  soundsInMs,
} from './picture-loss.js';
import { burstMs, lossPattern, patternOf } from './sound-pattern.js';

const seenWhole = (loss: Loss, nowMs: number, tickAgeMs = 0): Loss =>
  lookedAt(loss, { nowMs, isWhole: true, tickAgeMs, isSounding: false });
const whole = (nowMs: number, tickAgeMs = 0): Loss => seenWhole(seenWhole(noPictureYet(0), nowMs - 10_000), nowMs, tickAgeMs);
/** Looks four times a second from `fromMs` on, as the page does, at a picture that is not whole. */
function lost(loss: Loss, fromMs: number, toMs: number): Loss {
  let next = loss;
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 250)
    next = lookedAt(next, { nowMs, isWhole: false, tickAgeMs: 0, isSounding: soundsInMs(next, nowMs) === 0 });
  return next;
}

describe('when a screen sounds of itself', () => {
  test('six seconds after the last tick, and not while ticks come', () => {
    expect(soundsInMs(whole(1_000), 1_000)).toBe(LOSS_SOUND_AFTER_MS);
    expect(soundsInMs(whole(1_000, 900), 1_000)).toBe(LOSS_SOUND_AFTER_MS - 900);
    const gone = lost(whole(1_000), 1_250, 6_750);
    expect(soundsInMs(gone, 6_999)).toBe(1);
    expect(soundsInMs(gone, 7_000)).toBe(0);
    expect(soundsInMs(whole(7_500), 7_500)).toBe(LOSS_SOUND_AFTER_MS);
  });

  test('a picture that comes back for a moment again and again is heard to be lost again and again', () => {
    const back = seenWhole(lost(whole(1_000), 1_250, 6_000), 6_250);
    const again = lost(back, 9_250, 9_500);
    expect(soundsInMs(again, 9_500)).toBe(250);
    expect(soundsInMs(again, 9_750)).toBe(0);
    const settled = seenWhole(seenWhole(back, 10_250), 10_500);
    expect(soundsInMs(settled, 10_500)).toBe(LOSS_SOUND_AFTER_MS);
  });

  test('a picture that never comes is told after ten seconds', () => {
    const never = lost(noPictureYet(500), 500, 10_250);
    expect(soundsInMs(never, FIRST_PICTURE_MS + 499)).toBe(1);
    expect(soundsInMs(never, FIRST_PICTURE_MS + 500)).toBe(0);
  });

  test('quieted it is still for two minutes, and sounds again by itself', () => {
    const quiet = quieted(lost(whole(0), 250, 9_000), 9_000);
    expect(isQuiet(quiet, 9_001)).toBe(true);
    expect(soundsInMs(quiet, 9_000)).toBe(LOSS_QUIET_MS);
    expect(soundsInMs(lost(quiet, 9_250, 128_000), 9_000 + LOSS_QUIET_MS)).toBe(0);
    expect(soundsInMs(notQuieted(quiet), 9_001)).toBe(0);
  });

  test('the quiet of one loss is not of the next', () => {
    const back = seenWhole(seenWhole(lost(quieted(whole(0), 9_000), 9_000, 11_000), 12_000), 16_000);
    expect(isQuiet(back, 16_000)).toBe(false);
    expect(soundsInMs(lost(back, 16_250, 21_750), 22_000)).toBe(0);
    const moment = seenWhole(lost(quieted(whole(0), 9_000), 9_000, 11_000), 12_000);
    expect(isQuiet(moment, 12_000)).toBe(true);
  });

  test('a page that slept asks first, and one that hung and sounds already goes on', () => {
    const asleep = lookedAt(whole(1_000), { nowMs: 61_000, isWhole: false, tickAgeMs: 0, isSounding: false });
    expect(soundsInMs(asleep, 61_000)).toBe(3_000);
    const hung = lookedAt(whole(1_000), { nowMs: 61_000, isWhole: false, tickAgeMs: 0, isSounding: true });
    expect(soundsInMs(hung, 61_000)).toBe(0);
  });

  test('whatever happens it sounds within two minutes of the last press, or six seconds of the last tick, once nothing comes', () => {
    const happening = fc.record({
      afterMs: fc.integer({ min: 1, max: 20_000 }),
      is: fc.constantFrom('tick', 'look', 'quiet', 'loud'),
    });
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (all) => {
        let [loss, nowMs] = [noPictureYet(0), 0];
        for (const { afterMs, is } of all) {
          const soundedAtMs = nowMs + soundsInMs(loss, nowMs);
          nowMs += afterMs;
          const isSounding = nowMs >= soundedAtMs;
          if (is === 'tick' || is === 'look') loss = lookedAt(loss, { nowMs, isWhole: is === 'tick', tickAgeMs: 0, isSounding });
          else loss = is === 'quiet' ? quieted(loss, nowMs) : notQuieted(loss);
        }
        expect(soundsInMs(loss, nowMs)).toBeLessThanOrEqual(Math.max(LOSS_QUIET_MS, FIRST_PICTURE_MS));
        const later = lost(loss, nowMs + 250, nowMs + LOSS_QUIET_MS + FIRST_PICTURE_MS);
        expect(soundsInMs(later, nowMs + LOSS_QUIET_MS + FIRST_PICTURE_MS)).toBe(0);
      }),
    );
  });
});

test('who is refused a care unit from the start lost nothing; a picture that was there and is refused is lost, and can be quieted', () => {
  const facts = { isLive: false, isProcessing: true, isRefused: true };
  expect(isPictureWhole({ ...facts, hadPicture: false })).toBe(true);
  expect(isPictureWhole({ ...facts, hadPicture: true })).toBe(false);
  expect(isPictureWhole({ ...facts, hadPicture: true, isRefused: false, isLive: true })).toBe(true);
  expect(isPictureWhole({ isLive: true, isProcessing: false, isRefused: false, hadPicture: true })).toBe(false);
  /* As LossSound looks at it, four times a second: the age of the last tick grows. */
  let loss = whole(10_000);
  const look = (fromMs: number, toMs: number): void => {
    for (let nowMs = fromMs; nowMs <= toMs; nowMs += 250) {
      const isSounding = soundsInMs(loss, nowMs) === 0;
      const isWhole = isPictureWhole({ ...facts, hadPicture: true });
      loss = lookedAt(loss, { nowMs, isWhole, tickAgeMs: nowMs - 10_000, isSounding });
    }
  };
  look(10_250, 30_000);
  expect(lossShown(loss, 30_000, false, true)).toEqual({ kind: 'sounds' });
  loss = quieted(loss, 30_000);
  look(30_250, 60_000);
  expect(lossShown(loss, 60_000, false, true)).toEqual({ kind: 'quiet', untilMs: 30_000 + LOSS_QUIET_MS });
  look(60_250, 30_000 + LOSS_QUIET_MS);
  expect(lossShown(loss, 30_000 + LOSS_QUIET_MS, false, true)).toEqual({ kind: 'sounds' });
});

test('a picture that never comes is said at the same time where this tab can not be heard', () => {
  const never = lost(noPictureYet(0), 0, FIRST_PICTURE_MS + 250);
  const at = (nowMs: number) => [false, true].map((leads) => lossShown(never, nowMs, false, leads));
  expect(at(FIRST_PICTURE_MS - 1)).toEqual([{ kind: 'still', isDue: false }, { kind: 'soon' }]);
  expect(at(FIRST_PICTURE_MS)).toEqual([{ kind: 'still', isDue: true }, { kind: 'sounds' }]);
  expect(lossShown(never, FIRST_PICTURE_MS, true, false)).toEqual({ kind: 'whole' });
});

test('beside an alarm the two take turns: neither ever sounds into the other', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('high', 'medium', 'low'),
      fc.constantFrom('physiological', 'technical'),
      fc.integer({ min: 0, max: 120_000 }),
      fc.integer({ min: 0, max: 200_000 }),
      (priority, kind, inMs, elapsedMs) => {
        const pattern = patternOf(priority, kind);
        const own = lossPattern(pattern);
        expect(own.everyMs % pattern.everyMs).toBe(0);
        const startMs = inTurnMs(inMs, own, { pattern, elapsedMs });
        expect(startMs).toBeGreaterThanOrEqual(inMs);
        expect(startMs - inMs).toBeLessThan(pattern.everyMs);
        const at = (elapsedMs + startMs) % pattern.everyMs;
        expect(at).toBeGreaterThan(burstMs(pattern));
        expect(at + burstMs(own)).toBeLessThan(pattern.everyMs);
      },
    ),
  );
  expect(inTurnMs(1_234, lossPattern(null), null)).toBe(1_234);
});
