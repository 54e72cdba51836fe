import { LogEvent } from '@vigil/contracts';
import { type BedState, emptyPartition } from './state.js';
import { step } from './step.js';
import { bedLog, deviceAlarm, discharge, message, summary, tick } from './test-kit.js';

/** The device says what of its own is paused. */
const says = (s: number, pauses: readonly object[], more: object = {}): LogEvent =>
  LogEvent.parse({ ...deviceAlarm(s, []), pauses, ...more });
const hr = (s: number): LogEvent => message(s, { heartRate: 80 });
const heard = (from: number, to: number): LogEvent[] =>
  Array.from({ length: Math.ceil((to - from) / 5) }, (_, i) => hr(from + i * 5));

function told(events: readonly LogEvent[]) {
  const { effects, state } = step(emptyPartition(), [...bedLog(), hr(0), ...events]);
  const transitions = effects.map((e) => e.transition).filter(({ conditionCode }) => conditionCode === 'bedsideOff');
  return { lines: summary(transitions), bed: state.keys.get('bed:icu-1') as BedState };
}
const off = { kind: 'alarmOff' };

describe('alarms that are off at the bedside', () => {
  test('are said after ten minutes, until the device says that they are on', () => {
    const { lines, bed } = told([says(1, [off]), ...heard(5, 650), says(650, []), hr(655)]);
    expect(lines).toEqual(['bedsideOff onset low on @605', 'bedsideOff end low off @650']);
    expect(bed.pauses).toMatchObject({ 'mon-1': { pauses: [] } });
  });

  test('are said of a pause without an end, and not of one with an end or of the sound alone', () => {
    expect(told([says(1, [{ kind: 'alarmPaused' }]), ...heard(5, 650)]).lines).toHaveLength(1);
    const untilMs = 2_000_000_000_000_000;
    expect(told([says(1, [{ kind: 'alarmPaused', untilMs }, { kind: 'audioOff' }]), ...heard(5, 650)]).lines).toEqual([]);
  });

  test('count from now where the bed had a time that had not come', () => {
    const ticks = (from: number): LogEvent[] => Array.from({ length: 4 }, (_, i) => tick(from + i));
    const { lines, bed } = told([...ticks(7_200), says(7_204, [off]), ...ticks(10), ...heard(15, 660)]);
    expect(bed.clockMs).toBeLessThan(1_000_000_000_200_000 + 700_000);
    expect(lines).toEqual(['bedsideOff onset low on @615']);
  });

  test('count since the device first said so, also where it says so again and again', () => {
    const again = heard(5, 640).map((event, i) => (i % 20 === 0 ? says(5 + i * 5, [off]) : event));
    expect(told([says(1, [off]), ...again]).lines).toEqual(['bedsideOff onset low on @605']);
  });

  test('are not known once the device is silent, has started anew, has gone, or nobody lies there', () => {
    const long = [says(1, [off]), ...heard(5, 650)];
    const quiet = Array.from({ length: 20 }, (_, i) => message(655 + i * 5, { spo2: 97 }, { deviceId: 'mon-2' }));
    const second = { ...bedLog()[1]!, id: 'assign/mon-2', deviceId: 'mon-2' } as LogEvent;
    expect(told([second, ...long, ...quiet]).lines.at(-1)).toMatch(/end low off/);
    const anew = LogEvent.parse({ ...hr(655), bootId: 'boot-2', seq: 0, id: 'anew' });
    const { lines, bed } = told([...long, anew, hr(660)]);
    expect([lines.at(-1), bed.pauses]).toEqual(['bedsideOff end low off @655', undefined]);
    expect(told([...long, discharge(655)]).lines.at(-1)).toBe('bedsideOff closed low off @655');
  });

  test('are known of a message that an outage kept back, since it was said', () => {
    const late = says(20, [off], { seq: 5_000, id: 'late' });
    const { lines, bed } = told([...heard(5, 400), late, ...heard(400, 650)]);
    expect(bed.pauses).toMatchObject({ 'mon-1': { seq: 5_000, pauses: [off] } });
    expect(lines).toEqual(['bedsideOff onset low on @625']);
  });

  test('an older message, or one of an earlier start, does not take back what a newer one said', () => {
    const anew = says(10, [], { bootId: 'boot-2', seq: 1, id: 'anew' });
    const before = says(5, [off], { seq: 5_000, id: 'before' });
    expect(told([...heard(1, 10), anew, before]).bed.pauses).toMatchObject({ 'mon-1': { bootId: 'boot-2', pauses: [] } });
    const [newer, older] = [says(2, [], { seq: 9_000 }), says(1, [off], { seq: 8_000, id: 'older' })];
    expect(told([newer, older]).bed.pauses).toMatchObject({ 'mon-1': { seq: 9_000, pauses: [] } });
  });
});
