import { bedTargets, bedTargetSince, keyTarget } from './key-target.js';
import { ACCEPTED, alarmOf } from './test-data.js';

const nowhere = { alarmId: undefined, bedId: undefined };
const onAlarm = (id: string) => ({ ...nowhere, alarmId: id.repeat(26) });
const onBed = (bedId: string) => ({ ...nowhere, bedId });
const idOf = (...of: Parameters<typeof keyTarget>) => keyTarget(...of)?.alarm.alarmId.charAt(0) ?? null;

describe('keyTarget', () => {
  const top = alarmOf('a');
  const other = alarmOf('b', { bedId: 'icu-2' });

  test('without a focus on alarm or bed it is the alarm of the bar', () => {
    expect(keyTarget('accept', [top, other], nowhere)).toMatchObject({ alarm: { alarmId: top.alarmId }, by: 'bar' });
    expect(idOf('accept', [], nowhere)).toBeNull();
    expect(idOf('accept', [top, other], onBed('icu-9'))).toBe('a');
  });

  test('with the focus on an alarm it is that one or none, never the one of the bar', () => {
    expect(idOf('accept', [top, other], onAlarm('b'))).toBe('b');
    expect(idOf('accept', [top, alarmOf('b', {}, ACCEPTED)], onAlarm('b'))).toBeNull();
    expect(idOf('acknowledge', [top, alarmOf('b', { presence: 'ack' })], onAlarm('b'))).toBeNull();
    expect(idOf('acknowledge', [top], onAlarm('c'))).toBeNull();
  });

  test('with the focus on a bed that has alarms it is of that bed or none', () => {
    const taken = alarmOf('c', { bedId: 'icu-2' }, ACCEPTED);
    expect(idOf('accept', [top, taken, other], onBed('icu-2'))).toBe('b');
    expect(idOf('accept', [top, taken], onBed('icu-2'))).toBeNull();
    expect(idOf('acknowledge', [top, taken], onBed('icu-2'))).toBe('c');
  });

  test('of the bar it is the one that is shown there, not the next that would take it', () => {
    expect(idOf('accept', [alarmOf('a', {}, ACCEPTED), other], nowhere)).toBeNull();
  });
});

describe('bedTargets', () => {
  test('an alarm that has just become the one of its bed counts from then, the others from before', () => {
    const [first, second] = [alarmOf('a', { priority: 'medium' }), alarmOf('b', { bedId: 'icu-2' })];
    const before = bedTargets(new Map(), [first, second], 1_000);
    const after = bedTargets(before, [alarmOf('c'), first, second], 5_000);
    expect(bedTargetSince(after, 'icu-1', 'acknowledge', 6_000)).toBe(5_000);
    expect(bedTargetSince(after, 'icu-2', 'acknowledge', 6_000)).toBe(1_000);
    expect(bedTargetSince(after, 'icu-3', 'accept', 6_000)).toBe(6_000);
    const back = bedTargets(after, [first, second], 7_000);
    expect(bedTargetSince(back, 'icu-1', 'accept', 8_000)).toBe(7_000);
  });
});
