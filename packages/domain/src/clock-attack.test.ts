import type { LogEvent } from '@vigil/contracts';
import fc from 'fast-check';
import { type BedState, emptyPartition } from './state.js';
import { step } from './step.js';
import { assign, bedLog, deviceAlarm, message, summary, tick } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const HOUR_S = 3_600;

function play(...events: readonly LogEvent[]): { bed: BedState; told: string[]; late: number; s: number } {
  const { state, effects, counts } = step(emptyPartition(), [...bedLog(), assign('mon-2'), tick(-1), ...events]);
  const bed = state.keys.get('bed:icu-1' as never) as BedState;
  return { bed, told: summary(effects.map((e) => e.transition)), late: counts.late, s: (bed.clockMs - EPOCH_MS) / 1_000 };
}
const one = (s: number, hr: number, seq = s, deviceId = 'mon-1'): LogEvent => message(s, { heartRate: hr }, { seq, deviceId });
const series = (fromS: number, toS: number, hr: number, seqFrom = fromS, deviceId = 'mon-1'): LogEvent[] =>
  Array.from({ length: toS - fromS }, (_, i) => one(fromS + i, hr, seqFrom + i, deviceId));
const ticks = (fromS: number, toS: number): LogEvent[] => Array.from({ length: toS - fromS }, (_, i) => tick(fromS + i));

/** After each live event, so many of what waited. */
function mixed(live: readonly LogEvent[], backlog: readonly LogEvent[], each: number): LogEvent[] {
  return live.flatMap((event, i) => [event, ...backlog.slice(i * each, (i + 1) * each)]);
}

describe('after an outage of six hours, with the backlog behind the live data', () => {
  const NOW_S = 6 * HOUR_S;
  const backlog = series(60, 3 * HOUR_S, 150, 60);
  const gone = series(60, 2 * HOUR_S, 150, 60, 'mon-2');

  test.each([1, 20, 1_000])('what is now is judged within seconds, and what was then raises nothing (%i a second)', (each) => {
    const { told, s } = play(...series(0, 60, 80), ...mixed(series(NOW_S, NOW_S + 60, 140), backlog, each));
    expect(s).toBe(NOW_S + 59);
    expect(told.filter((t) => t.startsWith('heartRate.high'))).toEqual([`heartRate.high onset medium on @${NOW_S + 20}`]);
  });

  test.each([1, 20])('also where the backlog is of a device that is not here any more (%i a second)', (each) => {
    const { told, s } = play(
      ...series(0, 60, 80),
      ...series(58, 60, 80, 58, 'mon-2'),
      ...mixed(series(NOW_S, NOW_S + 60, 140), gone, each),
    );
    expect(s).toBe(NOW_S + 59);
    expect(told.filter((t) => t.startsWith('heartRate.high'))).toEqual([`heartRate.high onset medium on @${NOW_S + 20}`]);
  });
});

describe('a time that is put right', () => {
  test.each([90, 600, 1_500, 2 * HOUR_S, 5 * 365 * 24 * HOUR_S])(
    'by %i s while the device sends without a pause: what is now is judged within seconds',
    (outS) => {
      const events = [...series(outS, outS + 60, 80, 0), ...series(60, 100, 140, 60)];
      const { told, s } = play(...events);
      expect(s).toBe(99);
      expect(told).toContain('heartRate.high onset medium on @80');
      expect(told).toContain('clockSuspect onset low on @70');
    },
  );

  test('by ten minutes where nothing comes but ticks: silence is told of in the right time', () => {
    const { told } = play(...series(600, 660, 80, 0), ...ticks(60, 90));
    expect(told).toContain('noData onset high on @73');
  });

  test('a device that starts anew is heard, also where it had raised something in the wrong time', () => {
    const { told } = play(
      ...series(9_000, 9_010, 80, 0),
      deviceAlarm(9_010, [{ code: 'asystole', priority: 'high' }], { seq: 10 }),
      ...ticks(60, 64),
      deviceAlarm(70, [{ code: 'apnea', priority: 'high' }], { seq: 0, boot: 'second' }),
    );
    expect(told).toContain('device.asystole end high latched @70');
    expect(told).toContain('device.apnea onset high on @70');
  });

  test('a sensor that was in use and does not come back is missed', () => {
    const both = Array.from({ length: 60 }, (_, i) => message(9_000 + i, { heartRate: 80, spo2: 98 }, { seq: i }));
    const { told } = play(...both, ...ticks(60, 64), ...series(64, 90, 80));
    expect(told.filter((t) => t.startsWith('spo2.noData'))).toEqual(['spo2.noData onset low on @73']);
  });
});

/** For so long somebody says this time, or nobody and only ticks come; before that nothing comes at all for a while. */
const wrongFor = fc.record({
  offS: fc.constantFrom(0, 0, 0, -50, 50, 70, 300, -300, 1_700, -1_700, 1_900, -1_900, 7_200, -7_200, 1e8, -1e8),
  forS: fc.integer({ min: 1, max: 40 }),
  who: fc.constantFrom('mon-1', 'mon-2', 'mon-1 mon-2', 'nobody', 'reboot mon-1'),
  pauseS: fc.constantFrom(0, 0, 1, 40, 4_000),
});

test('whatever clocks said before, within a minute after they are right what is now is judged, once', () => {
  fc.assert(
    fc.property(fc.array(wrongFor, { minLength: 1, maxLength: 8 }), (before) => {
      let [s, seq, boot] = [200_000_000, 0, 0];
      const events: LogEvent[] = [tick(s - 1)];
      const say = (offS: number, who: string, hr: number): void => {
        if (who === 'nobody') events.push(tick(s + offS));
        for (const deviceId of ['mon-1', 'mon-2'].filter((id) => who.includes(id))) {
          events.push({ ...one(s + offS, hr, seq++, deviceId), bootId: `boot-${boot}` } as LogEvent);
        }
        s += 1;
      };
      for (const { offS, forS, who, pauseS } of before) {
        s += pauseS;
        if (who.startsWith('reboot')) boot += 1;
        for (let i = 0; i < forS; i++) say(offS, who, 80);
      }
      for (let i = 0; i < 4; i++) say(0, 'nobody', 0);
      const rightS = s;
      for (let i = 0; i < 80; i++) say(0, 'mon-1', 150);
      const { told, s: nowS } = play(...events);
      expect(nowS).toBe(s - 1);
      const onsets = told.filter((t) => t.startsWith('heartRate.high onset')).map((t) => Number(t.split('@')[1]) - rightS);
      // The delay of the rule, and less than the minute by which a clock may fall back unseen.
      expect(onsets).toHaveLength(1);
      expect(onsets[0]).toBeLessThan(70);
    }),
    { numRuns: Number(process.env['VIGIL_CLOCK_RUNS'] ?? 40) },
  );
});
