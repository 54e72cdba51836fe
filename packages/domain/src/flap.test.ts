import { LogEvent } from '@vigil/contracts';
import { FLAPS_MAX } from './flap.js';
import { contentHash } from './hash.js';
import { type BedState, emptyPartition } from './state.js';
import { step } from './step.js';
import { admit, assign, command, deviceAlarm, discharge, message, summary, testRules, tick } from './test-kit.js';

const flap = { onsets: 3, withinS: 100, quietS: 20 };
function ward(alarmCare: object = { flap }, rules: readonly object[] = testRules.rules): LogEvent[] {
  const ruleSet = { ...testRules, rules, alarmCare };
  const about = { v: 1, id: 'rules', key: 'bed:icu-1', origin: 'live', atMs: 1_000_000_000_200_000, kind: 'ruleSetActivated' };
  return [LogEvent.parse({ ...about, hash: contentHash(ruleSet), ruleSet, rate: 1, by: 'test' }), assign('mon-1'), admit(0)];
}
/** The device says that its alarm holds, or no longer. */
const says = (s: number, active: boolean, priority: 'medium' | 'high' = 'medium'): LogEvent =>
  deviceAlarm(s, [{ code: 'tachy', active, priority, kind: 'technical' }]);
const often = (times: number, everyS = 10): LogEvent[] =>
  Array.from({ length: times }, (_, i) => [says(1 + i * everyS, true), says(4 + i * everyS, false)]).flat();
const ticks = (from: number, to: number): LogEvent[] => Array.from({ length: to - from }, (_, i) => tick(from + i));

function told(events: readonly LogEvent[]) {
  const { effects, state } = step(emptyPartition(), events);
  const transitions = effects.map((e) => e.transition).filter(({ conditionCode }) => conditionCode.startsWith('device.'));
  return { lines: summary(transitions), transitions, bed: state.keys.get('bed:icu-1') as BedState };
}

describe('a condition that comes and goes', () => {
  test('is one alarm from its third onset on, which ends once it has been away for a while', () => {
    const { lines, transitions } = told([...ward(), ...often(5), ...ticks(45, 80)]);
    expect(lines).toEqual([
      'device.tachy onset medium on @1',
      'device.tachy end medium off @4',
      'device.tachy onset medium on @11',
      'device.tachy end medium off @14',
      'device.tachy onset medium on @21',
      'device.tachy end medium off @64',
    ]);
    expect(transitions.map((each) => each.flapping)).toEqual([undefined, undefined, undefined, undefined, true, true]);
  });

  test('does not wait longer for each reading that says that it is over', () => {
    const swings = Array.from({ length: 60 }, (_, s) => message(1 + s, { heartRate: s % 10 < 5 && s < 25 ? 130 : 80 }));
    const rules = { ...testRules.rules[0]!, onDelayMs: 0, offDelayMs: 0 };
    const { effects } = step(emptyPartition(), [...ward({ flap }, [rules]), ...swings]);
    expect(summary(effects.map((e) => e.transition)).slice(4)).toEqual([
      'heartRate.high onset medium on @21',
      'heartRate.high end medium off @46',
    ]);
  });

  test('ends at once where the rule set asks for nothing, or where it came back too seldom', () => {
    expect(told([...ward({}), ...often(5)]).lines).toHaveLength(10);
    expect(told([...ward(), ...often(5, 60)]).lines).toHaveLength(10);
  });

  test('a rise is told at once while the end waits, and so is its return', () => {
    const events = [...ward(), ...often(3), says(27, true, 'high'), says(29, false)];
    expect(told([...events, ...ticks(30, 60)]).lines.slice(4)).toEqual([
      'device.tachy onset medium on @21',
      'device.tachy raised high on @27',
      'device.tachy end high off @49',
    ]);
  });

  test('that nobody may shelve sounds each time that it comes back, also after somebody has seen it', () => {
    const spell = (code: string, s: number, active: boolean): LogEvent =>
      deviceAlarm(s, [{ code, active, priority: 'high', kind: 'technical' }]);
    const lines = (code: string): string[] => {
      const first = [1, 11, 21].flatMap((s) => [spell(code, s, true), spell(code, s + 3, false)]);
      const before = step(emptyPartition(), [...ward(), ...first]);
      const { alarmId } = before.effects.at(-1)!.transition;
      return summary(step(before.state, [command(alarmId, 25), spell(code, 30, true)]).effects.map((e) => e.transition));
    };
    expect(lines('tachy')).toEqual(['device.tachy acknowledged high ack @25']);
    expect(lines('apnoea')).toEqual(['device.apnoea acknowledged high ack @25', 'device.apnoea reminded high on @30']);
  });

  test('ends with the next event where other rules ask for nothing of the kind', () => {
    const [activation] = ward({});
    const anew = { ...activation!, id: 'rules-2' } as LogEvent;
    expect(told([...ward(), ...often(3), anew, tick(26)]).lines.at(-1)).toBe('device.tachy end medium off @26');
  });

  test('at times that had not come flaps no more once the time of the bed is put right', () => {
    const wrong = often(3).map((_, i) => says(7_210 + i * 3, i % 2 === 0));
    const { lines } = told([...ward(), ...ticks(7_200, 7_204), ...wrong, ...ticks(10, 45), says(50, true), says(53, false)]);
    expect(lines.slice(-2)).toEqual(['device.tachy onset medium on @50', 'device.tachy end medium off @53']);
  });

  test('that held for long ends with its condition', () => {
    const before = often(3);
    const back = [says(31, true), ...ticks(32, 140), says(140, false)];
    expect(told([...ward(), ...before, ...back]).lines.at(-1)).toBe('device.tachy end medium off @140');
  });

  test('is closed with the stay, whose next patient begins anew', () => {
    const { lines, bed } = told([...ward(), ...often(3), discharge(26)]);
    expect(lines.at(-1)).toBe('device.tachy closed medium off @26');
    expect(bed.flaps).toBeUndefined();
  });

  test('ever new names fill nothing', () => {
    const names = Array.from({ length: FLAPS_MAX + 40 }, (_, i) => [
      deviceAlarm(1 + i / 10, [{ code: `c-${i}` }]),
      deviceAlarm(1 + i / 10, [{ code: `c-${i}`, active: false }]),
    ]).flat();
    const { bed } = told([...ward(), ...names]);
    expect(Object.keys(bed.flaps!)).toHaveLength(FLAPS_MAX);
    const later = told([...ward(), ...names, message(300, { heartRate: 80 }), says(300, true)]);
    expect(Object.keys(later.bed.flaps!)).toEqual(['device.tachy']);
  });
});
