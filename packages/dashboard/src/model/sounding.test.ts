import type { AlarmView } from '@vigil/contracts';
import fc from 'fast-check';
import { beginsAnew, hear, type HeardAlarms, type SoundPause, soundingOf } from './sounding.js';
import { alarmOf, NOW } from './test-data.js';

const silent: HeardAlarms | null = null;
const now = (afterMs = 0) => ({ ...NOW, wallMs: NOW.wallMs + afterMs, eventMs: NOW.eventMs + afterMs });
const sounding = (alarms: readonly AlarmView[], pauses: readonly SoundPause[] = [], heard = hear(silent, alarms, NOW)) =>
  soundingOf(alarms, heard, pauses, NOW.wallMs);
const pause = (fromMs: number, forMs = 120_000): SoundPause => ({
  fromWallMs: NOW.wallMs + fromMs,
  untilWallMs: NOW.wallMs + fromMs + forMs,
});

describe('soundingOf', () => {
  test('the most urgent sounds, and of two as urgent the patient', () => {
    const alarms = [alarmOf('a', { priority: 'medium' }), alarmOf('b', { kind: 'technical' }), alarmOf('c')];
    expect(sounding(alarms)).toMatchObject({ priority: 'high', kind: 'physiological' });
    expect(sounding(alarms.slice(0, 2))).toMatchObject({ priority: 'high', kind: 'technical' });
    expect(sounding([])).toBeNull();
  });

  test('a pause stills what began before it, and every alarm that is not high', () => {
    expect(sounding([alarmOf('a'), alarmOf('b', { priority: 'medium', onsetMs: NOW.eventMs })], [pause(-1_000)])).toBeNull();
  });

  test('a high alarm that begins or rises during a pause sounds', () => {
    expect(sounding([alarmOf('a', { onsetMs: NOW.eventMs - 500 })], [pause(-1_000)])).not.toBeNull();
    const before = hear(silent, [alarmOf('a', { priority: 'medium' })], NOW);
    const risen = [alarmOf('a')];
    expect(soundingOf(risen, hear(before, risen, now(5_000)), [pause(1_000)], NOW.wallMs + 5_000)).not.toBeNull();
  });

  test('a high alarm that comes during a pause sounds, though its onset is of before the pause', () => {
    const known = hear(silent, [alarmOf('a')], NOW);
    const both = [alarmOf('a'), alarmOf('b', { onsetMs: NOW.eventMs - 60_000 })];
    const later = hear(known, both, now(5_000));
    expect(soundingOf(both, later, [pause(1_000)], NOW.wallMs + 5_000)).toMatchObject({ priority: 'high' });
    expect(soundingOf(both.slice(0, 1), later, [pause(1_000)], NOW.wallMs + 5_000)).toBeNull();
  });

  test('one that was seen and makes itself heard again begins anew', () => {
    const seen = hear(hear(silent, [alarmOf('a')], NOW), [alarmOf('a', { presence: 'ack' })], now(1_000));
    const again = [alarmOf('a')];
    expect(soundingOf(again, hear(seen, again, now(5_000)), [pause(2_000)], NOW.wallMs + 5_000)).not.toBeNull();
  });

  test('when the pause is over what is still there sounds again', () => {
    const alarms = [alarmOf('a')];
    const heard = hear(silent, alarms, NOW);
    expect(soundingOf(alarms, heard, [pause(-1_000, 2_000)], NOW.wallMs)).toBeNull();
    expect(soundingOf(alarms, heard, [pause(-1_000, 2_000)], NOW.wallMs + 1_000)).not.toBeNull();
  });

  test('of a replay the onset is told in the time of the wall', () => {
    const replay = { ...NOW, rate: 60 };
    const alarms = [alarmOf('a', { onsetMs: NOW.eventMs - 60_000 })];
    expect(soundingOf(alarms, hear(silent, alarms, replay), [pause(-2_000)], NOW.wallMs)).not.toBeNull();
  });
});

const anyAlarm = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    priority: fc.constantFrom('high', 'medium', 'low'),
    kind: fc.constantFrom('physiological', 'technical'),
    presence: fc.constantFrom('on', 'off', 'latched', 'ack'),
    agoMs: fc.integer({ min: 0, max: 600_000 }),
  })
  .map(({ id, agoMs, ...more }) => alarmOf(id, { ...more, onsetMs: NOW.eventMs - agoMs }));
const anyAlarms = fc.uniqueArray(anyAlarm, { selector: ({ alarmId }) => alarmId, maxLength: 4 });
const anyPause = fc.record({ from: fc.integer({ min: -300_000, max: 100_000 }), s: fc.integer({ min: 1, max: 120 }) });

test('without a pause a screen sounds exactly while some signal is on, and never below the most urgent', () => {
  fc.assert(
    fc.property(anyAlarms, (alarms) => {
      const loud = alarms.filter(({ presence }) => presence === 'on' || presence === 'latched');
      const heardNow = sounding(alarms);
      expect(heardNow === null).toBe(loud.length === 0);
      if (heardNow && heardNow.priority !== 'high') expect(loud.some(({ priority }) => priority === 'high')).toBe(false);
    }),
  );
});

test('no pause ever stills a high alarm that began after it', () => {
  fc.assert(
    fc.property(anyAlarms, anyPause, (alarms, { from, s }) => {
      const late = alarms.some(
        ({ priority, presence, onsetMs }) =>
          priority === 'high' &&
          (presence === 'on' || presence === 'latched') &&
          onsetMs >= NOW.eventMs + Math.max(from, -300_000),
      );
      if (late) expect(sounding(alarms, [pause(from, s * 1_000)])).not.toBeNull();
    }),
  );
});

test('a burst begins anew for another sound or one more alarm, and not when one of two is over', () => {
  const one = sounding([alarmOf('a')])!;
  const two = sounding([alarmOf('a'), alarmOf('b')])!;
  expect([beginsAnew(null, one), beginsAnew(one, two), beginsAnew(two, one), beginsAnew(one, one)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
