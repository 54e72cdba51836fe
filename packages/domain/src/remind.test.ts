import { type AlarmCare, LogEvent } from '@vigil/contracts';
import { contentHash } from './hash.js';
import { emptyPartition } from './state.js';
import { step } from './step.js';
import { admit, assign, command, message, summary, testRules, tick } from './test-kit.js';

const seconds = (from: number, to: number, make: (s: number) => LogEvent): LogEvent[] =>
  Array.from({ length: to - from }, (_, i) => make(from + i));
const hr = (value: number) => (s: number) => message(s, { heartRate: value });

/** Rules with this care, a device and a patient. */
function ward(alarmCare: AlarmCare): LogEvent[] {
  const ruleSet = { ...testRules, alarmCare };
  const about = { v: 1, id: 'rules', key: 'bed:icu-1', origin: 'live', atMs: 1_000_000_000_200_000, kind: 'ruleSetActivated' };
  return [LogEvent.parse({ ...about, hash: contentHash(ruleSet), ruleSet, rate: 1, by: 'test' }), assign('mon-1'), admit(0)];
}

/** What is told, where the alarm of the heart rate is acknowledged at `seenS`. */
function told(alarmCare: AlarmCare, before: readonly LogEvent[], seenS: number, after: readonly LogEvent[]): string[] {
  const first = step(emptyPartition(), [...ward(alarmCare), ...before]);
  const { alarmId } = first.effects.find(({ transition }) => transition.conditionCode === 'heartRate.high')!.transition;
  const rest = step(first.state, [command(alarmId, seenS), ...after]);
  return summary([...first.effects, ...rest.effects].map(({ transition }) => transition));
}

const reAlarmS = { high: 20, medium: 30 };

describe('a reminder', () => {
  test('sounds an acknowledged alarm again while its condition holds, as often as somebody acknowledges it', () => {
    expect(told({ reAlarmS }, seconds(1, 15, hr(130)), 15, seconds(15, 60, hr(130)))).toEqual([
      'heartRate.high onset medium on @11',
      'heartRate.high acknowledged medium ack @15',
      'heartRate.high reminded medium on @44',
    ]);
  });

  test('is not for what nobody has acknowledged, what is over, and what the rule set names no time for', () => {
    expect(told({ reAlarmS }, seconds(1, 15, hr(130)), 15, [...seconds(15, 20, hr(130)), ...seconds(20, 90, hr(80))])).toEqual([
      'heartRate.high onset medium on @11',
      'heartRate.high acknowledged medium ack @15',
      'heartRate.high end medium off @35',
    ]);
    expect(told({ reAlarmS: { high: 20 } }, seconds(1, 15, hr(130)), 15, seconds(15, 90, hr(130)))).toHaveLength(2);
    expect(told({}, seconds(1, 15, hr(130)), 15, seconds(15, 90, hr(130)))).toHaveLength(2);
  });

  test('comes with ticks alone, where the device has fallen silent', () => {
    const lines = told({ reAlarmS }, seconds(1, 15, hr(130)), 15, seconds(15, 60, tick));
    expect(lines).toContain('heartRate.high reminded medium on @44');
  });

  test('comes after its time also where the clock of the bed is minutes ahead of that of whoever acknowledged it', () => {
    expect(told({ reAlarmS }, seconds(600, 615, hr(130)), 15, seconds(615, 660, hr(130)))).toEqual([
      'heartRate.high onset medium on @610',
      'heartRate.high acknowledged medium ack @15',
      'heartRate.high reminded medium on @644',
    ]);
  });

  test('does not wait for a clock that is hours ahead: the bed counts by its own', () => {
    expect(told({ reAlarmS }, seconds(1, 15, hr(130)), 9_000, seconds(15, 60, hr(130))).at(-1)).toBe(
      'heartRate.high reminded medium on @44',
    );
  });
});
